"""What the places that are read in Converse's events, and in Strands' whole messages, may hold."""

from __future__ import annotations

import msgspec


class _Input(msgspec.Struct, gc=False):
    input: str | None = None


class Use(msgspec.Struct, gc=False):
    """A call of a tool."""

    name: str | None = None


class _Delta(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    tool_use: _Input | None = None


class _BlockDelta(msgspec.Struct, gc=False):
    delta: _Delta | None = None


class _Start(msgspec.Struct, gc=False, rename="camel"):
    tool_use: Use | None = None


class _BlockStart(msgspec.Struct, gc=False):
    start: _Start | None = None


class _Redacted(msgspec.Struct, gc=False, rename="camel"):
    redact_assistant_content_message: str | None = None


class Converse(msgspec.Struct, gc=False, rename="camel"):
    """One of Converse's events: an object with one key, its name."""

    content_block_delta: _BlockDelta | None = None
    content_block_start: _BlockStart | None = None
    redact_content: _Redacted | None = None


class _Block(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    tool_use: Use | None = None


class WholeMessage(msgspec.Struct, gc=False):
    """A message that is whole."""

    content: list[_Block] | None = None
