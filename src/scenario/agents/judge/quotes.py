"""Whether what a judge quotes stands in the conversation. Pure.

Letters, digits and signs of currencies must stand there as they are quoted, in the case in which they are; what is not
compared is what models change when they copy: white space, quotation marks, Markdown, escapes, dashes, the marks and
heads of our transcript. Only the first letter may be of the other case. An ellipsis stands for words left out of one
message.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final

import msgspec

from scenario.agents.judge.fence import UNSEEN
from scenario.agents.judge.verdict import Verdict
from scenario.agents.message_text import calls_of, text_of
from scenario.llm.functions import Unreadable
from scenario.types import CriterionResult, Message

_SHOWN: Final = 200
# What models write where they quote nothing.
_NOTHING: Final = frozenset(
    {
        "none",
        "null",
        "nil",
        "na",
        "n a",
        "nothing",
        "empty",
        "empty string",
        "no quote",
        "no quotation",
        "no direct quote",
    }
    | {"not applicable"}
)
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»‹›❝❞〝〞「」『』＂", '"') | dict.fromkeys("‘’‚‛′`´ʼ＇", "'"))
_PLAIN_AROUND: Final = " \t\n\"'`*_|>.…"
_ELLIPSIS: Final = re.compile(r"\[\s*(?:…|\.{3})\s*\]|\(\s*(?:…|\.{3})\s*\)|…|\.{3,}|\. \. \.")
_MAX_PIECES: Final = 8
_TELLING: Final = 8
_HEAD: Final = re.compile(
    r"\A\s*(?:\[\d+\]\s*)?"
    r"(?:(?:user|agent|assistant|system|tool|result of the agent's call of [^:\n]{1,80})\s*:|\[\d+\])",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"^\s*(?:[|=<]|>?\s*calls\b|>)\s?", re.MULTILINE)
_OUTLINE_END: Final = re.compile(r"…?\s*\(\d+ characters\)\s*\Z")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\s[^()]*)?\)|\[[^\[\]]*\])")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_ESCAPED: Final = re.compile(r"\\{1,8}u([0-9a-fA-F]{4})")
_ESCAPED_SPACE: Final = re.compile(r"\\{1,8}[nrtbf]")
_JOINS: Final = re.compile(r"[*_~'\\]")
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
# Signs that say something: of what is counted, and that a number is below zero.
_SIGN: Final = re.compile(r"[%$€£¥₹₽¢]")
_BELOW_ZERO: Final = re.compile(r"(?<![\w.,)])[-−–](?=[$€£]?\d)")
_SAYS_NOTHING: Final = re.compile(r"[^\w%$€£¥₹₽¢−]+|_")
_NO_SPACES: Final = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f"
_CJK_SPACE: Final = re.compile(rf"(?<=[{_NO_SPACES}]) | (?=[{_NO_SPACES}])")


def checked_evidence(verdict: Verdict, messages: Sequence[Message], additional_context: str | None) -> Verdict:
    """The verdict with each quotation held against the conversation, and the message that it stands in.

    Args:
        verdict: as the judge gave it.
        messages: the conversation.
        additional_context: what the script told the judge: it may be quoted too, and is no message.

    Raises:
        Unreadable: quotations stand nowhere; in `partial` the criteria that they decided are inconclusive.
    """
    checked: list[CriterionResult] = []
    problems: list[str] = []
    unfounded: list[str] = []
    said = [_Said(_everything(message)) for message in messages]
    told_by_script = [_Said(additional_context or "")]
    for number, result in enumerate(verdict.criteria, start=1):
        claimed = None if result.quote is None or _is_nothing(result.quote) else result.quote
        found: tuple[str, int | None] | None = None
        if claimed is not None:
            found = _place_of(claimed, result.message_index, said)
            if found is None and _place_of(claimed, None, told_by_script) is not None:
                found = (" ".join(claimed.split()), None)
        quote, index = found or (None, None)
        status, reasoning = result.status, result.reasoning
        if claimed is not None and found is None:
            problems.append(f"criterion {number} ({status}) quotes {_shortened(claimed)}")
            told = (
                f"The judge said {status} and quoted {_shortened(claimed)}, which stands nowhere in the conversation."
            )
            unfounded.append(told)
            status, reasoning = "inconclusive", f"{told} {reasoning}".strip()
        checked.append(
            msgspec.structs.replace(result, status=status, reasoning=reasoning, quote=quote, message_index=index)
        )
    reasoning = verdict.reasoning
    if unfounded and reasoning:
        reasoning = " ".join([*unfounded, reasoning])
    settled = msgspec.structs.replace(verdict, criteria=tuple(checked), reasoning=reasoning)
    if problems:
        raise Unreadable(
            f"These words stand nowhere in the conversation: {'; '.join(problems)}. Judge these criteria again by what "
            'stands there, and copy words exactly, or leave "quote" empty.',
            partial=settled,
            fault="evidence",
        )
    return settled


def checked_quote(messages: Sequence[Message], quote: str, index: int | None) -> tuple[str, int] | None:
    """The quote and the index of the message that it stands in; None where it stands in none, or has no letter.

    The message that the judge names is looked at first, then the others, the newest first: it is numbers that judges
    get wrong.
    """
    return _place_of(quote, index, [_Said(_everything(message)) for message in messages])


def _place_of(quote: str, index: int | None, said: Sequence[_Said]) -> tuple[str, int] | None:
    if not any(char.isalnum() for char in quote):
        return None
    named = [index] if index is not None and 0 <= index < len(said) else []
    readings = list(_readings(quote))
    for candidates in (named, list(range(len(said)))[::-1]):
        for stands in _WAYS:
            for candidate in candidates:
                if any(stands(reading, said[candidate]) for reading in readings):
                    return " ".join(quote.split()), candidate
    return None


class _Said:
    """A message's text, and what is compared of it, made once."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def spaced(self) -> str:
        return _spaced(self._text)

    @cached_property
    def forms(self) -> list[str]:
        return _forms(self._text)


def _is_nothing(quote: str) -> bool:
    """Whether no words are quoted: no letter, a single one, or a word that says so."""
    return sum(char.isalnum() for char in quote) < 2 or _folded(quote).casefold() in _NOTHING


def _everything(message: Message) -> str:
    return "\n".join([text_of(message), *(f"calls {call}" for call in calls_of(message))])


def _readings(quote: str) -> Iterable[str]:
    """The quote as it is, and without what a judge has copied of the heads, marks and lengths that it is shown."""
    yield quote
    bare = _OUTLINE_END.sub("", _MARK.sub("", _HEAD.sub("", quote, count=1)))
    if bare != quote and any(char.isalnum() for char in bare):
        yield bare


def _verbatim(quote: str, said: _Said) -> bool:
    wanted = _spaced(quote).strip(_PLAIN_AROUND)
    return bool(wanted) and _place(wanted, said.spaced) >= 0


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(_QUOTES).replace("&lt;", "<"))


def _by_words(quote: str, said: _Said) -> bool:
    wanted = _folded(quote)
    return bool(wanted) and any(_place(one, form) >= 0 for one in (wanted, _other_case(wanted)) for form in said.forms)


def _with_words_left_out(quote: str, said: _Said) -> bool:
    """Whether the pieces around ellipses stand in this order, and are more than single words."""
    pieces = [piece for piece in map(_folded, _ELLIPSIS.split(quote)) if piece]
    if not 2 <= len(pieces) <= _MAX_PIECES or len(" ".join(pieces)) < _TELLING:
        return False
    if any(" " not in piece and len(piece) < _TELLING for piece in pieces[1:-1]):
        return False
    return any(_stand_in_order(pieces, form) for form in said.forms)


def _stand_in_order(pieces: Sequence[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        starts = [_place(one, text, at, words=True) for one in (piece, _other_case(piece))]
        if not (found := [start for start in starts if start >= 0]):
            return False
        at = min(found) + len(piece)
    return True


def _place(wanted: str, text: str, at: int = 0, *, words: bool = False) -> int:
    """Where words stand in a text; -1 where they do not. No number begins or ends within another one.

    Args:
        wanted: the words.
        text: the text.
        at: where to begin.
        words: whether no word may begin or end within another one either.
    """
    while (start := text.find(wanted, at)) >= 0:
        end = start + len(wanted)
        before, after = text[start - 1 : start] + wanted[0], wanted[-1] + text[end : end + 1]
        if not (_is_within(before, words=words) or _is_within(after, words=words)):
            return start
        at = start + 1
    return -1


def _is_within(pair: str, *, words: bool) -> bool:
    return len(pair) == 2 and (pair.isdigit() or (words and pair.isascii() and pair.isalnum()))


_WAYS: Final[tuple[Callable[[str, _Said], bool], ...]] = (_verbatim, _by_words, _with_words_left_out)


def _other_case(text: str) -> str:
    return text[:1].swapcase() + text[1:]


def _forms(text: str) -> list[str]:
    """A message's words, as they stand there and without what a judge leaves out: targets of links, and tags."""
    if "](" not in text and "][" not in text and "<" not in text:
        return [_folded(text)]
    without_targets = _LINK.sub(r"\1", text)
    return [*{_folded(one) for one in (text, without_targets, _TAG.sub(" ", without_targets), _TAG.sub("", text))}]


def _folded(text: str) -> str:
    """The words of a text, each a space apart."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", html.unescape(html.unescape(text))))
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), _ESCAPED_SPACE.sub(" ", plain))
    plain = _SIGN.sub(r" \g<0> ", _BELOW_ZERO.sub(" −", _JOINS.sub("", plain.translate(_QUOTES))))
    return _CJK_SPACE.sub("", _SAYS_NOTHING.sub(" ", plain).strip())


def _shortened(quote: str) -> str:
    said = " ".join(quote.split())
    return repr(said if len(said) <= _SHOWN else said[:_SHOWN] + "…")
