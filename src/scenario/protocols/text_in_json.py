"""Where home-made endpoints put the text of an answer in their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# In this order: an object with several of them has the piece of text at the earlier one, as in
# {"token": {"text": "a"}, "generated_text": null} or {"content": "a", "message": "ok"}.
TEXT_KEYS: Final = (
    "content",
    "text",
    "delta",
    "token",
    "chunk",
    "answer",
    "response",
    "output",
    "reply",
    "message",
    "completion",
    "generated_text",
    "output_text",
    "result",
    "data",
    "payload",
)
_REASONING_KEYS: Final = ("reasoning_content", "reasoning", "thinking", "thought")
# Somebody else's words: endpoints that echo the conversation mark them so.
_OTHER_ROLES: Final = frozenset({"user", "human", "system", "tool", "developer", "function"})
_DEPTH: Final = 4


def text_in(value: object, depth: int = _DEPTH) -> str | None:
    """The text in a JSON value; None where there is none, "" where its place is there and empty."""
    if isinstance(value, str):
        return value
    if depth == 0:
        return None
    if isinstance(value, list):
        return _parts(value, depth)
    if not isinstance(value, dict):
        return None
    role = value.get("role")
    if isinstance(role, str) and role in _OTHER_ROLES:
        return None
    for key in TEXT_KEYS:
        if key in value and (found := text_in(value[key], depth - 1)) is not None:
            return found
    return None


def place_of_text(value: object, depth: int = _DEPTH) -> tuple[str, ...]:
    """The keys under which `text_in` finds the text of an object; none where it has none, or an empty one."""
    if not isinstance(value, dict) or not text_in(value, depth):
        return ()
    for key in TEXT_KEYS:
        if key in value and text_in(value[key], depth - 1) is not None:
            return (key, *place_of_text(value[key], depth - 1))
    return ()


def reasoning_in(value: Mapping[str, Any]) -> str:
    """The thinking in a JSON object; "" where there is none."""
    for key in _REASONING_KEYS:
        if isinstance(found := value.get(key), str) and found:
            return found
    return ""


def _parts(parts: list[Any], depth: int) -> str | None:
    """The text of a message's content that is a list of parts: [{"type": "text", "text": "…"}]."""
    texts = [
        found
        for part in parts
        if isinstance(part, dict) and "text" in part and (found := text_in(part["text"], depth - 1)) is not None
    ]
    return "".join(texts) if texts else None
