"""What chunks of the UI message stream look like: what the places that are read in one may hold, by its type.

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
# Another message begins with these, or the same goes on: what has been finished by then is not the end.
BEGINNINGS: Final = frozenset(
    {"start", "start-step", "text-start", "text-delta", "reasoning-start", "reasoning-delta"}
    | {"tool-input-start", "tool-input-available"}
)


def is_data_part(chunk: Mapping[str, object]) -> bool:
    """Whether a chunk is an application's own data: home-made streams, whose types may begin so, have a text there."""
    kind, data = chunk.get("type"), chunk.get("data")
    own = isinstance(kind, str) and kind.startswith("data-") and chunk.keys() <= {"type", "id", "data", "transient"}
    return own and (isinstance(data, dict | list) or (data is not None and chunk.get("transient") is True))
