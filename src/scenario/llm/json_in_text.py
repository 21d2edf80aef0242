"""JSON objects in the text of a model: alone, in a code fence, or between sentences. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

_MAX_OBJECTS: Final = 20
_MAX_TRIES: Final = 1000
_DECODER: Final = json.JSONDecoder()


def json_objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects of a text, in order. What is no strict JSON is passed over."""
    found: list[dict[str, Any]] = []
    at = text.find("{")
    for _ in range(_MAX_TRIES):
        if at < 0 or len(found) == _MAX_OBJECTS:
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found.append(value)
        at = text.find("{", end)
    return found
