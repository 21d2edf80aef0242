"""What the places that are read in an event of AG-UI may hold, by the event's type.

Identities are texts; agents that number their messages and calls are read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

_Id = str | int | None


class _Text(msgspec.Struct, gc=False, rename="camel"):
    message_id: _Id = None
    role: str | None = None
    delta: str | None = None


class _Call(msgspec.Struct, gc=False, rename="camel"):
    tool_call_id: _Id = None
    tool_call_name: str | None = None
    parent_message_id: _Id = None
    delta: str | None = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _WholeCall(msgspec.Struct, gc=False):
    function: _Function | None = None


class _Message(msgspec.Struct, gc=False, rename="camel"):
    role: str | None = None
    # A user's is a list where there are pictures in it, an activity's an object.
    content: str | list[Any] | dict[str, Any] | None = None
    tool_calls: list[_WholeCall] | None = None


class _Snapshot(msgspec.Struct, gc=False):
    messages: list[_Message] | None = None


class _Custom(msgspec.Struct, gc=False):
    name: str | None = None


class _Finished(msgspec.Struct, gc=False):
    outcome: str | dict[str, Any] | None = None


SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK", "TEXT_MESSAGE_END"),
            _Text,
        ),
        **dict.fromkeys(("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_CHUNK", "TOOL_CALL_END"), _Call),
        "MESSAGES_SNAPSHOT": _Snapshot,
        "CUSTOM": _Custom,
        "RUN_FINISHED": _Finished,
    }
)
