"""JSON objects in the text of a model: alone, in a code fence, or between sentences. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from scenario.llm.thoughts import end_of_thoughts, leading_thoughts

_MAX_OBJECTS: Final = 20
_MAX_TRIES: Final = 1000
# Models put line ends into strings as they are.
_DECODER: Final = json.JSONDecoder(strict=False)


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


def json_objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects of a text, in order. What is no JSON is passed over."""
    return [value for value, _, _ in _values(text, "{")]


def json_lists(text: str) -> list[list[Any]]:
    """The lists of JSON objects in a text that stand in no object, in order."""
    return [value for value, _, _ in _values(text, "{[") if isinstance(value, list) and _of_objects(value)]


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
