"""What agents and tests hand over, as JSON and text that SQLite can hold: a record is never lost to one odd value."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from scenario.received_events import ReceivedEvents
from scenario.types import Message

_DEEPEST: Final = 100


def json_text(value: object) -> str:
    """The value as JSON; what JSON cannot hold is shown by its text."""
    try:
        return msgspec.json.encode(value, enc_hook=_plain).decode()
    except (TypeError, ValueError, RecursionError):  # lone surrogates, odd keys, a list inside itself
        return msgspec.json.encode(_cleaned(value, 0), enc_hook=_plain).decode()


def storable(value: str) -> str:
    """The text with what UTF-8 cannot hold, lone surrogates, shown by its code."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def number(value: int | float | None) -> int | float | None:
    """A finite number, or None; an integer that SQLite can hold."""
    if isinstance(value, int):
        return max(-(2**63), min(2**63 - 1, value))
    return value if value is not None and math.isfinite(value) else None


def message_text(message: Message) -> str:
    """What can be read of a message: its text, the text of its parts, its refusal, its tool calls and what they say."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    pieces: list[object] = []
    if isinstance(content, list):
        pieces += [part.get("text") or part.get("refusal") for part in content if isinstance(part, dict)]
    pieces.append(message.get("refusal"))
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            pieces += [function.get("name"), function.get("arguments")]
    return "\n".join(piece for piece in pieces if isinstance(piece, str) and piece)


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else repr(value)


def _cleaned(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "..."
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {str(_cleaned(key, depth + 1)): _cleaned(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() | ReceivedEvents():
            return [_cleaned(item, depth + 1) for item in value]
        case None | bool() | int() | float():
            return value
        case msgspec.Struct():
            return _cleaned(msgspec.structs.asdict(value), depth + 1)
        case _:
            return _cleaned(repr(value), depth + 1)
