"""The parts of a message: which of them are what was said, and which are thinking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from scenario.protocols.event_names import Role, role_of

_KINDS: Final = ("type", "$type", "kind", "response_type")
_TEXTS: Final = frozenset({"text", "output_text", "outputtext", "text_delta", "markdown"})
# What is shown beside an answer, and is none.
_SHOWN: Final = frozenset(
    {"image", "image_url", "card", "file", "button", "buttons", "link", "refusal", "data", "chart"}
)
_REASONING_KEYS: Final = ("reasoning_content", "reasoning", "thinking", "thought")
_LISTS: Final = ("parts", "content", "contents")
_MESSAGES: Final = ("message", "response", "output", "data")


def kind_of(part: Mapping[str, Any]) -> str:
    """What a part says that it is; "" where it says nothing."""
    return next((kind for key in _KINDS if isinstance(kind := part.get(key), str)), "")


def are_typed(parts: list[Any]) -> bool:
    """Whether a list is one of parts, some of which say that they are text."""
    return any(isinstance(part, dict) and kind_of(part).lower() in _TEXTS for part in parts)


def is_said(part: Mapping[str, Any], *, beside_text: bool) -> bool:
    """Whether a part is text that was said.

    Args:
        part: the part.
        beside_text: others call themselves text, so that one with another name is none.
    """
    kind = kind_of(part)
    if not kind or kind.lower() in _TEXTS:
        return not _is_thought(part)
    return not beside_text and kind.lower() not in _SHOWN and role_of(kind) is Role.TEXT


def reasoning_in(value: Mapping[str, Any]) -> str:
    """The thinking in a JSON object, or in its parts; "" where there is none."""
    for key in _REASONING_KEYS:
        if isinstance(found := value.get(key), str) and found:
            return found
    for key in _LISTS:
        if isinstance(parts := value.get(key), list) and (found := reasoning_of(parts)):
            return found
    for key in _MESSAGES:
        inner = value.get(key)
        if isinstance(inner, dict) and any(isinstance(inner.get(one), list) for one in _LISTS):
            return reasoning_in(inner)
    return ""


def reasoning_of(parts: Iterable[Any]) -> str:
    """The thinking among the parts of a message."""
    return "".join(_thought(part) for part in parts if isinstance(part, dict))


def _is_thought(part: Mapping[str, Any]) -> bool:
    # Gemini marks a text so.
    return part.get("thought") is True


def _thought(part: Mapping[str, Any]) -> str:
    if role_of(kind_of(part)) is not Role.REASONING and not _is_thought(part):
        return ""
    places = (*_REASONING_KEYS, "text", "content")
    return next((found for key in places if isinstance(found := part.get(key), str)), "")
