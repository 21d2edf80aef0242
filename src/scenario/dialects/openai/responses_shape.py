"""What the places that are read in an event of the Responses API may hold, by the event's type.

What tools are called with, and what they give, is of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec


class _Text(msgspec.Struct, gc=False):
    delta: str | None = None
    text: str | None = None
    refusal: str | None = None


class _Arguments(msgspec.Struct, gc=False):
    # Pieces that are no text are passed over: the whole follows.
    delta: str | dict[str, Any] | None = None


class _Part(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    refusal: str | None = None


class _WholePart(msgspec.Struct, gc=False):
    part: _Part | None = None


class _Item(msgspec.Struct, gc=False):
    type: str | None = None
    name: str | None = None
    content: list[str | _Part | None] | dict[str, Any] | str | None = None


class _WholeItem(msgspec.Struct, gc=False):
    item: _Item | None = None


class Response(msgspec.Struct, gc=False):
    """A whole response."""

    status: str | None = None
    output: list[_Item] | None = None


class _Ended(msgspec.Struct, gc=False):
    response: Response | None = None


_TEXTS: Final = ("response.output_text", "response.refusal")
_ARGUMENTS: Final = ("function_call_arguments", "mcp_call_arguments", "custom_tool_call_input")
_ENDS: Final = ("completed", "incomplete", "failed", "cancelled", "done")

SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        **dict.fromkeys((f"{name}.{end}" for name in _TEXTS for end in ("delta", "done")), _Text),
        **dict.fromkeys((f"response.{name}.delta" for name in _ARGUMENTS), _Arguments),
        **dict.fromkeys((f"response.{name}" for name in _ENDS), _Ended),
        "response.content_part.done": _WholePart,
        "response.output_item.added": _WholeItem,
        "response.output_item.done": _WholeItem,
    }
)
