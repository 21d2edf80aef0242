"""What the places that are read in a chunk of the UI message stream may hold, by the chunk's type.

Identities are texts; backends that number their texts are read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

_Id = str | int | None


class _Text(msgspec.Struct, gc=False):
    id: _Id = None


class _Input(msgspec.Struct, gc=False, rename="camel"):
    tool_call_id: str | None = None
    tool_name: str | None = None


class _Asked(msgspec.Struct, gc=False, rename="camel"):
    tool_call_id: str | None = None
    approval_id: str | None = None


class _Finished(msgspec.Struct, gc=False, rename="camel"):
    finish_reason: str | None = None


SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        **dict.fromkeys(("text-start", "text-delta", "text-end"), _Text),
        **dict.fromkeys(
            ("tool-input-start", "tool-input-delta", "tool-input-available", "tool-input-error"),
            _Input,
        ),
        "tool-approval-request": _Asked,
        "finish": _Finished,
    }
)
