"""What the places that are read in a chunk of OpenAI's chat may hold."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class _TextDelta(msgspec.Struct, gc=False):
    content: str
    reasoning_content: None = None
    reasoning: None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None
    role: Literal["assistant"] | None = None
    error: None = None


class _TextChoice(msgspec.Struct, gc=False):
    delta: _TextDelta
    index: Literal[0] = 0
    finish_reason: None = None
    error: None = None


class TextChunk(msgspec.Struct, gc=False):
    """A chunk that brings nothing but text: whatever else could be read in one must be null or missing."""

    object: Literal["chat.completion.chunk"]
    choices: tuple[_TextChoice]
    usage: None = None
    error: None = None
    base_resp: None = None


class _Part(msgspec.Struct, gc=False):
    text: str | None = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None


class _Call(msgspec.Struct, gc=False):
    function: _Function | str | None = None
    custom: _Function | None = None
    name: str | None = None


class _Said(msgspec.Struct, gc=False):
    content: str | list[str | _Part] | _Part | None = None
    refusal: str | None = None
    tool_calls: list[_Call | None] | dict[str, Any] | None = None
    function_call: _Function | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Said | None = None
    message: _Said | None = None
    text: str | None = None
    finish_reason: str | None = None


class Shape(msgspec.Struct, gc=False):
    """What the places that are read in a chunk may hold."""

    choices: list[_Choice] | None = None
