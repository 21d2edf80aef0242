"""Messages in the order and under the roles that servers demand: their models' templates know no others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

from scenario.types import Message

_SYSTEM: Final = ("system", "developer")
# Said in the user's place where a template demands that the user begins, or has the last word.
_OPENING: Final = "Begin."
_CLOSING: Final = "Go on."


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same without a system role: instructions stand before what the user says first, later ones are the user's."""
    told, rest = _instructions(messages)
    if told is None:
        return rest
    told = {"role": "user", "content": told.get("content")}
    if rest and rest[0].get("role") == "user":
        return [_with(told, rest[0]), *rest[1:]]
    return [told, *rest]


def system_first(messages: Sequence[Message]) -> list[Message]:
    """The same with one system message, at its beginning: later ones are the user's."""
    told, rest = _instructions(messages)
    return rest if told is None else [told, *rest]


def _instructions(messages: Sequence[Message]) -> tuple[Message | None, list[Message]]:
    """The system messages at the beginning as one, and the rest, in which there are none."""
    begun = next((at for at, message in enumerate(messages) if message.get("role") not in _SYSTEM), len(messages))
    rest = [{**message, "role": "user"} if message.get("role") in _SYSTEM else message for message in messages[begun:]]
    return (reduce(_with, messages[:begun]) if begun else None), rest


def alternating(messages: Sequence[Message]) -> list[Message]:
    """The same with neighbours of one role as one message, and the user first."""
    merged = _merged(messages)
    at = next((index for index, message in enumerate(merged) if message.get("role") not in _SYSTEM), len(merged))
    if at == len(merged) or merged[at].get("role") == "assistant":
        merged.insert(at, {"role": "user", "content": _OPENING})
    return merged


def ending_with_user(messages: Sequence[Message]) -> list[Message]:
    """The same with a last word of the user."""
    if messages and messages[-1].get("role") == "assistant":
        return [*messages, {"role": "user", "content": _CLOSING}]
    return list(messages)


def _merged(messages: Sequence[Message]) -> list[Message]:
    merged: list[Message] = []
    for message in messages:
        if merged and _can_join(merged[-1], message):
            merged[-1] = _with(merged[-1], message)
        else:
            merged.append(message)
    return merged


def _can_join(before: Message, after: Message) -> bool:
    """Whether two messages are of one role, and neither is a part of a tool's call."""
    if before.get("role") != after.get("role") or before.get("role") == "tool":
        return False
    return not (before.get("tool_calls") or after.get("tool_calls"))


def _with(before: Message, after: Message) -> Message:
    one, other = before.get("content"), after.get("content")
    joined: Any
    if isinstance(one, str) and isinstance(other, str):
        joined = "\n\n".join(text for text in (one, other) if text)
    else:
        joined = [*_parts(one), *_parts(other)]
    return {**before, "content": joined}


def _parts(content: object) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content) if isinstance(content, list) else []
