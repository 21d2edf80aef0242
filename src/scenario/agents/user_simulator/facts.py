"""Whether a line contradicts what the user knows: another order number, another name. Pure.

Only what is said as the user's own counts, and only values that stand nowhere else in the conversation or the test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# Values that can be written in many ways, so that another form is no contradiction.
_MANY_FORMS: Final = re.compile(
    r"\b(?:dates?|days?|time|birthday|birth|dob|when|amount|price|cost|total|budget|weight|height|age|size|address)\b",
    re.IGNORECASE,
)
_NOT_SAID: Final = re.compile(
    r"\b(?:not|isn't|wasn't|aren't|wrong|instead|other|old|previous|another|different|said|says|told|if|than|example|like"
    r"|no longer|new)\b[^.!?\n]*\Z",
    re.IGNORECASE,
)
_GAP: Final = r"[\s_-]*"
_LINK: Final = r"(?:\s+(?:is|was|are|number|no\.?|nr\.?|code|id|it's))*\s*[:#=]?\s*(?:is\s+)?[\"'“(]?"
_IDENTIFIER: Final = r"([A-Za-z]{0,4}[-#]?\d[\w-]*(?:[ -]\d[\w-]*)*)"
# What is told of a value, and is none: "4-digit", "8 characters", "3 years old".
_MEASURE: Final = re.compile(
    r"\d+[ -]?(?:digits?|characters?|chars?|letters?|years?|months?|weeks?|days?|hours?|minutes?|times?|percent)\b",
    re.IGNORECASE,
)
# Of whose it is said: the user's own, or nobody's else.
_MINE: Final = re.compile(
    r"(?:\A|[.!?,;:\n(]|\b(?:my|it'?s|is|and|i have|here'?s|for|with|on|about|the))\s*\Z", re.IGNORECASE
)
_QUESTION: Final = re.compile(r"[^.!?\n]*\?")
_PHONE: Final = re.compile(r"\b(?:phone|mobile|cell|fax|tel)", re.IGNORECASE)
# So many digits at the end tell a number, however its country is written.
_OWN_DIGITS: Final = 7
_EMAIL: Final = re.compile(r"\bmy e-?mail(?: address)?(?: is|:)?\s+<?([\w.+-]+@[\w-]+\.[\w.-]*\w)", re.IGNORECASE)
_NAMES: Final = ("name", "full name", "first name", "last name", "surname", "family name")
_MY_NAME: Final = re.compile(
    r"\b[Mm]y (full |first |last |family |sur)?name is ([A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+)*)"
    r"(?=\s*(?:[.,!;]|\Z|and\b|but\b))"
)


def contradicted(line: str, knows: Mapping[str, str], elsewhere: str) -> tuple[str, str] | None:
    """The name of a fact and what is said in its place; None where nothing is contradicted for sure.

    Args:
        line: what the user says.
        knows: what the user knows.
        elsewhere: all else that was said, by the test and in the conversation.
    """
    known = _joined(" ".join(knows.values()))
    others = _joined(elsewhere)
    for name, value in knows.items():
        said = _email(line, name, value) or _identifier(line, name, value) or _name(line, name, value)
        if not said or len(joined := _joined(said)) < 3:
            continue
        mine = _joined(value)
        # A part of it, or it with a part, is another form: "ends in 711".
        if joined in mine or mine in joined or joined in others or joined in known or mine in _joined(line):
            continue
        if _is_same_phone(name, said, value):
            continue
        return name, said
    return None


def _identifier(line: str, name: str, value: str) -> str:
    if not any(letter.isdigit() for letter in value) or "@" in value or _MANY_FORMS.search(name.replace("_", " ")):
        return ""
    words = [re.escape(word) for word in re.split(r"[\s_-]+", name) if word]
    found = re.search(rf"\b{_GAP.join(words)}\b{_LINK}{_IDENTIFIER}", line, re.IGNORECASE)
    if found is None and len(words) > 1 and words[-1].lower() in ("number", "id", "code", "no"):
        found = re.search(rf"\b{_GAP.join(words[:-1])}\s*#\s*{_IDENTIFIER}", line, re.IGNORECASE)
    if found is None or _NOT_SAID.search(line[: found.start(1)]) or not _MINE.search(line[: found.start()]):
        return ""
    # What is asked, or told of the value's form, states nothing.
    if _MEASURE.match(line, found.start(1)) or _QUESTION.match(line, found.end()):
        return ""
    return found[1].strip()


def _is_same_phone(name: str, said: str, value: str) -> bool:
    ends = [re.sub(r"\D", "", one)[-_OWN_DIGITS:] for one in (said, value)]
    return _PHONE.search(name) is not None and len(ends[0]) == _OWN_DIGITS and ends[0] == ends[1]


def _email(line: str, name: str, value: str) -> str:
    found = _EMAIL.search(line) if "@" in value and "mail" in name.lower() else None
    return "" if found is None or _NOT_SAID.search(line[: found.start(1)]) else found[1]


def _name(line: str, name: str, value: str) -> str:
    plain = name.lower().replace("_", " ").removeprefix("my ").removeprefix("user ").removeprefix("customer ")
    if plain not in _NAMES or (found := _MY_NAME.search(line)) is None or _NOT_SAID.search(line[: found.start(2)]):
        return ""
    kind = (found[1] or "").strip().lower()
    if kind and not plain.startswith(kind) and plain not in ("name", "full name"):
        return ""
    tokens = {token.casefold() for token in re.findall(r"\w+", value)}
    said = [token for token in re.findall(r"\w+", found[2]) if token.casefold() in tokens]
    return "" if said else found[2]


def _joined(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
