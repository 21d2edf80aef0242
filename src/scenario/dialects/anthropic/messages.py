"""Anthropic's Messages API, streaming and not.

Source: https://docs.anthropic.com/en/api/messages and its page on streaming. A stream is whole when `message_stop` has
come. Each block of text is a message of the reply: between two of them the model has called a server's tool, or begun
a cited passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import msgspec

from scenario.dialects.anthropic.blocks import Blocks
from scenario.dialects.anthropic.body import build_body
from scenario.protocols.assembly import CallDraft
from scenario.protocols.call_arguments import settled
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json, shortened, write_arguments
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    REASONING,
    TOOL_CALL,
    Brought,
    Detection,
    Dialect,
    Framing,
    Head,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.types import Usage
from scenario.wire.sse import ServerSentEvent

__all__ = ["VERSION", "Anthropic", "AnthropicReader", "build_body"]

VERSION = "2023-06-01"
# Where a block's pieces have what they bring.
_PIECES = {"text_delta": "text", "input_json_delta": "partial_json"}
_BLOCK_EVENTS = ("content_block_start", "content_block_delta", "content_block_stop", "message_delta")


class Anthropic(Dialect):
    """`/v1/messages`."""

    name: ClassVar[str] = "anthropic"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json", "ndjson")
    url_endings: ClassVar[tuple[str, ...]] = ("/v1/messages",)

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation each time: the API keeps no state."""
        body = build_body(turn.messages, model=turn.model or "default", stream=turn.stream)
        return RequestDraft(body=body, headers={"anthropic-version": VERSION}, suffix="/messages")

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, events or the whole message."""
        return AnthropicReader(self.name, streaming=options.framing != "json")

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the first event, or by a whole message's shape."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict):
                continue
            if _kind(value, sample.event.event) == "message_start" and isinstance(value.get("message"), dict):
                return Detection(certainty=CERTAIN, reason='an event is a "message_start" with a message')
            error = value.get("error")
            if value.get("type") == "error" and isinstance(error, dict) and str(error.get("type")).endswith("_error"):
                return Detection(certainty=LIKELY, reason="an error event has the type of one of Anthropic's errors")
            if value.get("type") == "message" and "stop_reason" in value and isinstance(value.get("content"), list):
                return Detection(certainty=CERTAIN, reason='it has "type": "message" and a "stop_reason"')
            # A capture may begin in the middle of a message.
            if value.get("type") in _BLOCK_EVENTS and value["type"] == sample.event.event:
                return Detection(
                    certainty=LIKELY, reason="an event has the name and the type of one of a block's events"
                )
        return None


class _TextDelta(msgspec.Struct, gc=False):
    type: Literal["text_delta"]
    text: str


class _BlockText(msgspec.Struct, gc=False):
    """An event that brings nothing but text."""

    type: Literal["content_block_delta"]
    index: int
    delta: _TextDelta


class _Block(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    name: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Message(msgspec.Struct, gc=False):
    content: list[_Block] | str | None = None


class _Shape(msgspec.Struct, gc=False):
    """What the places that are read in an event may hold."""

    type: str | None = None
    delta: _Block | None = None
    content_block: _Block | None = None
    message: _Message | str | None = None
    content: list[_Block] | str | None = None


class AnthropicReader(Reader):
    """Folds events into a reply; a whole message is read as the blocks that it has."""

    decode_text = msgspec.json.Decoder(_BlockText).decode
    shape = msgspec.json.Decoder(_Shape)

    def __init__(self, protocol: str, *, streaming: bool) -> None:
        super().__init__(protocol)
        self._streaming = streaming
        self._message: object = ""
        # The ids of the messages that have begun.
        self._begun: list[object] = []
        self._calls: dict[int | None, CallDraft] = {}
        # Calls whose arguments came with their beginning; proxies that send them so repeat them piece by piece.
        self._begun_whole: set[int | None] = set()
        self._usage: dict[str, int] = {}
        self._blocks = Blocks(self.reply)

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if not isinstance(value, dict):
            return MALFORMED if event.data.strip() not in ("", "[DONE]") else NOTHING
        match _kind(value, event.event):
            case "content_block_delta":
                if self._begun:
                    self._blocks.piece(_index(value))
                return self._delta(_index(value), _object(value.get("delta")))
            case "content_block_start":
                self._blocks.begin(_index(value), check=bool(self._begun))
                return self._block(_index(value), _object(value.get("content_block")))
            case "error":
                error = error_of(value.get("error") or value)
                self.reply.fail(error.message, error.code)
                return ERROR
            case "message":
                return self._whole(value)
            case "message_start":
                return self._started(_object(value.get("message")))
            case "message_stop":
                return self._end()
            case kind:
                return self._note(kind, value)

    def _texts_in(self, values: list[_BlockText], /) -> list[str]:
        return [value.delta.text for value in values]

    def _take_texts(self, texts: list[str], values: list[_BlockText], _name: str, /) -> list[str] | None:
        index = values[0].index
        if self._message != self._blocks.key(index) or {value.index for value in values} != {index}:
            return None
        return self.reply.more_text(texts, self._message)

    def is_whole(self) -> bool:
        """Never before `message_stop`; a message that was not streamed is whole once it is there."""
        return not self._streaming and self.reply.finish_reason is not None

    def _note(self, kind: object, value: dict[str, Any]) -> Brought:
        """What an event says that brings no part of the answer."""
        if kind == "content_block_stop":
            self._blocks.end(_index(value))
            self._end_call(_index(value))
        elif kind == "message_delta":
            self._stop(_object(value.get("delta")))
            self._count(value.get("usage"))
        else:
            return _unknown_piece(_object(value.get("delta")))
        return NOTHING

    def _end(self) -> Brought:
        """The end of the message; proxies write it after a cut, too."""
        if self.reply.finish_reason is None:
            self.reply.cut = self._blocks.any_is_open
            self.doubted = True
            self.reply.notes += ("message_stop came without a stop_reason: a relay may have written it after a cut",)
        self._end_calls()
        self.over = True
        return END

    def _started(self, message: dict[str, Any]) -> Brought:
        """A message begins, and may bring blocks already; servers that try anew begin a second one in the midst."""
        if self._begun and message.get("id") == self._begun[-1]:
            return NOTHING
        if self._begun:
            self.reply.contradict("a message began before the one in front of it had ended")
        self.begun = True
        self._begun.append(message.get("id"))
        self._blocks.next_message()
        self._calls.clear()
        self._begun_whole.clear()
        return self._whole(message)

    def _begin(self, message: dict[str, Any]) -> None:
        if isinstance(message_id := message.get("id"), str):
            self.reply.session["message_id"] = message_id
        self._count(message.get("usage"))

    def _stop(self, delta: dict[str, Any]) -> None:
        if isinstance(reason := delta.get("stop_reason"), str):
            self.reply.finish_reason = reason

    def _whole(self, message: dict[str, Any]) -> Brought:
        self._begin(message)
        blocks = message.get("content")
        brought = [self._block(*block) for block in enumerate(map(_object, blocks if isinstance(blocks, list) else []))]
        self._stop(message)
        if not self._streaming:
            self._end_calls()
        kinds = [one.kind for one in brought if one.content]
        return Brought(kinds[0] if kinds else "nothing", "".join(one.text for one in brought))

    def _block(self, index: int | None, block: dict[str, Any]) -> Brought:
        kind = block.get("type")
        if kind == "text":
            self._message = self._blocks.key(index)
            return self._text(block.get("text"))
        if kind == "thinking":
            return self._thought(block.get("thinking"))
        if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            draft = self.reply.begin_call(
                object(), id=_string(block.get("id")), name=_string(block.get("name")), message=self._message
            )
            self._calls[index] = draft
            self._begun_whole.discard(index)
            if block.get("input"):
                draft.arguments.append(write_arguments(block["input"]))
                self._begun_whole.add(index)
            return TOOL_CALL
        if isinstance(kind, str) and kind.endswith("_tool_result"):
            content = block.get("content")
            failed = block.get("is_error") is True or _string(_object(content).get("type")).endswith("_error")
            self.reply.result(_string(block.get("tool_use_id")), content, is_error=failed)
        return NOTHING

    def _delta(self, index: int | None, delta: dict[str, Any]) -> Brought:
        kind = delta.get("type")
        place = _PIECES.get(kind) if isinstance(kind, str) else None
        if place is not None and place not in delta:
            return Brought("malformed", reason=f"a {kind} has no `{place}`")
        match kind:
            case "text_delta":
                self._message = self._blocks.key(index)
                return self._text(delta.get("text"))
            case "thinking_delta":
                return self._thought(delta.get("thinking"))
            case "input_json_delta":
                return self._input(index, _string(delta.get("partial_json")))
        return _unknown_piece(delta)

    def _input(self, index: int | None, piece: str) -> Brought:
        draft = self._calls.get(index)
        if draft is None or not piece:
            return NOTHING
        if index in self._begun_whole:
            draft.arguments.clear()
            self._begun_whole.discard(index)
        draft.arguments.append(piece)
        return TOOL_CALL

    def _end_call(self, index: int | None) -> None:
        """A call that ended without arguments has none: the API writes that as no pieces at all."""
        draft = self._calls.pop(index, None)
        if draft is None:
            return
        if not draft.arguments:
            draft.arguments.append("{}")
        elif read_json(told := settled(draft.arguments).text) is NOT_JSON:
            self.reply.contradict(f"the pieces of block {index} are no JSON together: {shortened(told)}")

    def _end_calls(self) -> None:
        """End what a message's own end has ended too."""
        for index in tuple(self._calls):
            self._end_call(index)

    def _text(self, text: object) -> Brought:
        return Brought("text", self.reply.text(text, self._message)) if isinstance(text, str) and text else NOTHING

    def _thought(self, thought: object) -> Brought:
        if not isinstance(thought, str) or not thought:
            return NOTHING
        self.reply.reasoning(thought)
        return REASONING

    def _count(self, usage: object) -> None:
        """Usage comes in parts, and each part counts from the beginning."""
        if not isinstance(usage, dict):
            return
        for key in ("input_tokens", "output_tokens"):
            if type(count := usage.get(key)) is int and count >= 0:
                self._usage[key] = count
        taken, given = self._usage.get("input_tokens", 0), self._usage.get("output_tokens", 0)
        self.reply.usage = Usage(input_tokens=taken, output_tokens=given, total_tokens=taken + given)


def _unknown_piece(delta: dict[str, Any]) -> Brought:
    """What is in an event that nobody knows, or whose type was lost: a piece of the answer may not be passed over."""
    place = next((place for place in _PIECES.values() if delta.get(place) and isinstance(delta[place], str)), None)
    kind = _string(delta.get("type"))
    if place is None or "thinking" in kind or "reasoning" in kind:
        return NOTHING
    return Brought("malformed", reason=f"`{place}` stands in an event or a delta of an unknown type")


def _kind(value: dict[str, Any], name: str) -> object:
    """What an event is: its type, or its name where only that says it."""
    return value.get("type", "" if name == "message" else name)


def _index(value: dict[str, Any]) -> int | None:
    index = value.get("index")
    return index if isinstance(index, int) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
