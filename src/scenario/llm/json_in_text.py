"""JSON objects in the text of a model: alone, in a code fence, or between sentences. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final

import msgspec

from scenario.llm.announcement import announces, attributes, closes, is_set_apart, without_fences
from scenario.llm.thoughts import end_of_thoughts, leading_thoughts

# Told apart from null, which is JSON.
NO_VALUE: Final = msgspec.UNSET
_MAX_OBJECTS: Final = 20
_MAX_TRIES: Final = 1000
_MAX_ENCODED: Final = 3
# Strings, and commas before the end of an object or a list.
_LAST_COMMA: Final = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])', re.DOTALL)


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
    text, found = _found(_decoded(text))
    rest: list[str] = []
    at = 0
    for _, start, end in found:
        rest.append(text[at:start])
        at = end
    around, after = "\n".join(rest), text[at:]
    if not announced and without_fences(around + after).strip():
        return []
    is_struck = "<s>" in around and "</s>" in after
    if is_struck or not announces(around, words) or not closes(after, words):
        return []
    return [(value, text[start:end]) for value, start, end in found]


def last_value(text: str, words: Collection[str] = ()) -> tuple[Any, str, str] | None:
    """The only JSON object of a text that ends with it, set apart, how it is written, and the words before it.

    Args:
        text: whatever a model wrote.
        words: more words that may stand around it.
    """
    text, found = _found(text)
    if len(found) != 1:
        return None
    value, start, end = found[0]
    before = text[:start]
    if not closes(text[end:], words) or not is_set_apart(before, words) or attributes(before, words):
        return None
    return value, text[start:end], before


def _decoded(text: str) -> str:
    """The text that a JSON string holds, once or twice encoded."""
    for _ in range(_MAX_ENCODED):
        if not isinstance(decoded := json_value(text.strip()), str):
            break
        text = decoded
    return text


def _found(text: str) -> tuple[str, list[tuple[Any, int, int]]]:
    """The objects and lists of such in a text, with where they stand in it, without commas that end a list."""
    found = _structures(text)
    mended = _LAST_COMMA.sub(lambda part: part[0] if part[0] != "," else "", text)
    if mended != text and "{" in text:
        # What was one thing was found in pieces, or not at all.
        again = _structures(mended)
        if again and (not found or len(again) < len(found) or again[0][1] < found[0][1]):
            return mended, again
    return text, found


def _structures(text: str) -> list[tuple[Any, int, int]]:
    return [one for one in _values(text, "{[") if isinstance(one[0], dict) or _of_objects(one[0])]


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
