"""JSON objects in the text of a model: alone, in a code fence, or between sentences. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final

import msgspec

from scenario.llm.thoughts import end_of_thoughts, leading_thoughts

# Told apart from null, which is JSON.
NO_VALUE: Final = msgspec.UNSET
_MAX_OBJECTS: Final = 20
_MAX_TRIES: Final = 1000
_MAX_ENCODED: Final = 3
_MAX_WORDS: Final = 20
# What may stand around an answer and says nothing of its own: how it is announced, and the marks of templates. It is a
# list of what is allowed, since what takes an object back ("the agent wrote", "a draft:") can be said in any words.
_ANNOUNCEMENT: Final = """
    sure certainly absolutely ok okay of course here here's is are this below following follows the a an my i i'll will
    let me now give provide final json object response output requested in for with and you to done hope helps know if
    need anything else thank thanks answers results parameter parameters argument arguments commentary assistantfinal
    both all each every criterion met passed satisfied fulfilled were have has been
"""
_OWN: Final = "answer result verdict verdicts evaluation assessment judgement judgment decision ruling criteria"
_ANNOUNCING: Final = frozenset([*_ANNOUNCEMENT.split(), *_OWN.split()])
_OWNED: Final = re.compile(rf"\b(?:{'|'.join(_OWN.split())})\b", re.IGNORECASE)
_FENCE: Final = re.compile(
    r"```(?:json[c5l]?|javascript|js|text|plaintext|tool_\w+)?|~~~json|^~~~$", re.IGNORECASE | re.M
)
# Marks of templates: of a turn and of calls, but not of thoughts.
_THOUGHT: Final = "(?![^|｜>]*(?:think|thought|inner|analysis))"
_TEMPLATE: Final = re.compile(
    r"<\|(?:im_start|start|start_header_id)\|>assistant(?:<\|end_header_id\|>)?|(?<=[|｜]>)function(?=<[|｜])"
    rf"|<[|｜]{_THOUGHT}[\w▁:=. -]{{1,40}}[|｜]>|\[/?TOOL_CALLS\]|</?tool_?calls?>|\bto=functions\."
    r"|</?function(?:_calls?|=\w+)?\s*>"
    r"|\A\s*<s>(?!.*</s>)|</s>\s*\Z|\bin (?:valid )?json format\b",
    re.IGNORECASE | re.DOTALL,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# An exclamation mark that follows no word denies what follows it; quotation marks, a bar before a line and strokes say
# that it is another's.
_NOT_ANNOUNCING: Final = re.compile(r"[^\sa.:,;!*#_\-–—<>|/=\[\]()`]|(?<![^\W\d_])!|^[^\S\n]*>|//", re.MULTILINE)
_FENCE_AT_END: Final = re.compile(r"```\w*\s*\Z")
_OWN_LINE: Final = re.compile(r"(?:\n|```\w*)[^\S\n]*\Z")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys says two things: readers differ in which of them counts."""
    value: dict[str, Any] = {}
    for key, inner in pairs:
        if value.setdefault(key, inner) != inner:
            raise ValueError(key)
    return value


# Models put line ends into strings as they are.
_DECODER: Final = json.JSONDecoder(strict=False, object_pairs_hook=_once)


def without_thoughts(text: str) -> str:
    """A model's text without what it thought aloud before it: "" where it was cut in the midst of its thoughts.

    Templates may have begun the thoughts already, so that only their end is in the text; in a JSON object it is a
    quotation.
    """
    while True:
        at = leading_thoughts(text)
        if at is None:
            return ""
        if at == 0:
            end = end_of_thoughts(text)
            if end is None or any(start < end.start() < past for _, start, past in _values(text, "{")):
                return text
            at = end.end()
        text = text[at:]


def json_value(text: str) -> Any:
    """The JSON value that the text is, or `NO_VALUE`; an object that says two things under one key is none."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return NO_VALUE


def json_objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects of a text, in order. What is no JSON is passed over."""
    return [value for value, _, _ in _values(text, "{")]


def json_lists(text: str) -> list[list[Any]]:
    """The lists of JSON objects in a text that stand in no object, in order."""
    return [value for value, _, _ in _values(text, "{[") if isinstance(value, list) and _of_objects(value)]


def sole_values(text: str, words: Collection[str] = (), *, announced: bool = True) -> list[tuple[Any, str]]:
    """The JSON objects, and lists of such, that a text consists of, each with how it is written; [] where it has more.

    A code fence is nothing more, nor is what announces an answer: "Here is my verdict:". Anything else may take back
    what the object says, or say whose it is.

    Args:
        text: whatever a model wrote.
        words: more words that may stand there.
        announced: whether anything may stand there at all.
    """
    text = _decoded(text)
    found = _structures(text)
    rest: list[str] = []
    at = 0
    for _, start, end in found:
        rest.append(text[at:start])
        at = end
    around = "\n".join([*rest, text[at:]])
    if (not announced and _FENCE.sub("", around).strip()) or not _announces(around, words):
        return []
    return [(value, text[start:end]) for value, start, end in found]


def final_values(text: str, words: Collection[str] = ()) -> tuple[list[tuple[Any, str]], str]:
    """The JSON objects of a text that ends with one, all of them, and the words before; ([], "") where it does not.

    The last one stands on lines of its own, behind one that announces it as the answer ("Final verdict:"): what stands
    within or behind other sentences may be quoted.

    Args:
        text: whatever a model wrote.
        words: more words that may announce it.
    """
    found = _structures(text)
    if not found or not _announces(text[found[-1][2] :], words):
        return [], ""
    before, at = "", 0
    for _, start, end in found:
        before += text[at:start]
        at = end
    line = _FENCE_AT_END.sub("", before).rstrip().rpartition("\n")[2]
    if not (_OWN_LINE.search(before) and _OWNED.search(line) and _announces(line, words)):
        return [], ""
    return [(value, text[start:end]) for value, start, end in found], before


def _decoded(text: str) -> str:
    """The text that a JSON string holds, once or twice encoded."""
    for _ in range(_MAX_ENCODED):
        if not isinstance(decoded := json_value(text.strip()), str):
            break
        text = decoded
    return text


def _structures(text: str) -> list[tuple[Any, int, int]]:
    return [one for one in _values(text, "{[") if isinstance(one[0], dict) or _of_objects(one[0])]


def _announces(text: str, words: Collection[str]) -> bool:
    """Whether a text says nothing, or only that an answer follows or is over."""
    plain = _FENCE.sub(" ", _TEMPLATE.sub(" ", text))
    said = [word.casefold().replace("’", "'") for word in _WORD.findall(plain)]
    if len(said) > _MAX_WORDS or _NOT_ANNOUNCING.search(_WORD.sub("a", plain)):
        return False
    return _ANNOUNCING.union(part.casefold() for word in words for part in _WORD.findall(word)).issuperset(said)


def _of_objects(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(item, dict) for item in value)


def _values(text: str, opening: str) -> list[tuple[Any, int, int]]:
    """The outermost values that begin with one of these characters, with where they begin and end."""
    found: list[tuple[Any, int, int]] = []
    starts = re.compile(f"[{re.escape(opening)}]")
    at = starts.search(text)
    for _ in range(_MAX_TRIES):
        if at is None or len(found) == _MAX_OBJECTS:
            break
        try:
            value, end = _DECODER.raw_decode(text, at.start())
        except (ValueError, RecursionError):
            end = at.end()
        else:
            found.append((value, at.start(), end))
        at = starts.search(text, end)
    return found
