"""LangGraph Server's event protocol, version 3: a thread's channels as one stream of numbered events.

Source: the packages langchain-protocol 0.0.19 and langgraph-api 0.16.7. A message comes block by block between its
`message-start` and its `message-finish`; which message a block is of, its namespace says. The channels `updates` and
`values` repeat the messages, which count once by their ids, and bring those that no model streamed. The stream stays
open: the run's end is what the root's `lifecycle` says. A stream that begins earlier holds older runs as well; the one
that comes after an interrupt goes on with the same reply.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.langgraph import requests_v3 as langgraph_v3_requests
from scenario.dialects.langgraph.langchain_messages import ChatMessage, ToolCall, message_in, word
from scenario.dialects.langgraph.streams import KIND, LangGraphReader
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    TOOL_CALL,
    Answered,
    Brought,
    Detection,
    Dialect,
    Ending,
    Framing,
    Head,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.protocols.shapes import misfit
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

_CHANNEL: Final = "messages"
_ENDS: Final = frozenset({"completed", "interrupted"})
_CALLS: Final = frozenset({"tool_call", "server_tool_call", "invalid_tool_call"})
_CALL_PIECES: Final = frozenset({"tool_call_chunk", "server_tool_call_chunk"})


class LangGraphV3(Dialect):
    """`/threads/ID/commands` and `/threads/ID/stream/events`."""

    name: ClassVar[str] = "langgraph-v3"
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)
    url_endings: ClassVar[tuple[str, ...]] = ("/stream/events",)

    def request(self, turn: Turn) -> RequestDraft:
        """The stream of the thread's events; the run in it is started before, by `requests`."""
        return langgraph_v3_requests.stream(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The thread is made where there is none, the run started or answered; then its events are read."""
        return langgraph_v3_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        return LangGraphV3Reader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the envelope that each event has."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or value.get("type") != "event":
                continue
            if isinstance(value.get("method"), str) and isinstance(value.get("params"), dict):
                return Detection(certainty=CERTAIN, reason='an event has "type": "event" and a "method"')
        return None


class _Block(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    name: str | None = None
    fields: _Block | None = None


class _Told(msgspec.Struct, gc=False):
    event: str | None = None
    id: str | None = None
    role: str | None = None
    content: _Block | None = None
    delta: _Block | None = None


class _Message(msgspec.Struct, gc=False):
    namespace: list[str] | None = None
    data: _Told | None = None


class _AtWork(msgspec.Struct, gc=False):
    event: str | None = None
    tool_name: str | None = None


class _Tool(msgspec.Struct, gc=False):
    data: _AtWork | None = None


# What the places that are read in the channels' events may hold.
_SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = {_CHANNEL: _Message, "tools": _Tool}


class LangGraphV3Reader(LangGraphReader):
    """Folds a thread's events into a reply; its messages are put together as those of the older protocol are."""

    reads_on = True

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol, options)
        # The message that is being told, by namespace, and the tool calls that have come.
        self._open: dict[str, str] = {}
        self._known_calls: set[str] = set()
        self._phase = ""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if not event.data:
            return NOTHING
        value = read_json(event.data)
        params = value.get("params") if isinstance(value, dict) else None
        if value is NOT_JSON or not isinstance(value, dict) or not isinstance(params, dict):
            return MALFORMED
        if isinstance(seq := value.get("seq"), int):
            self.reply.carried["seq"] = seq
        if not isinstance(method := value.get("method"), str | None):
            return MALFORMED
        if method == "lifecycle":
            return self._lifecycle(params.get("data"), is_root=not params.get("namespace"))
        if self.over and (self._phase != "interrupted" or method != "input.requested"):
            # All that is asked may come after the word that the run waits for it.
            return NOTHING
        self._begun = True
        if (shape := _SHAPES.get(method or "")) and (wrong := misfit(params, shape)) is not None:
            return wrong
        return self._on_channel(method or "", params)

    def _on_channel(self, method: str, params: dict[str, Any]) -> Brought:
        data, namespace = params.get("data"), params.get("namespace")
        lane = f"{namespace or ''}|{params.get('node') or ''}"
        match method:
            case "messages":
                return self._told(data, lane) if isinstance(data, dict) else MALFORMED
            case "tools":
                return self._tool(data) if isinstance(data, dict) else MALFORMED
            case "input.requested":
                return self._requested(data, namespace)
            case "values":
                # A subgraph's state becomes a part of the root's.
                return NOTHING if namespace else self._state(method, data)
            case "updates":
                return self._state(method, _update(data))
            case _:
                return self._other(method, data)

    def _take_texts(self, _texts: list[str], _values: list[Any], _name: str, /) -> list[str] | None:
        return None

    def is_whole(self) -> bool:
        """Whether the run has ended; where nothing is told of runs, whether no message is left open."""
        if self._phase:
            return self._phase in _ENDS
        return super().is_whole() and not self._open

    def finish(self, ending: Ending) -> Reply:
        """The reply; how its run ended is its reason, where no model has given one."""
        if self.reply.finish_reason is None and self._phase in _ENDS:
            self.reply.finish_reason = self._phase
        return super().finish(ending)

    def _lifecycle(self, data: object, *, is_root: bool) -> Brought:
        phase = word(data.get("event")) if isinstance(data, dict) else ""
        if not is_root or not isinstance(data, dict):
            return NOTHING
        self._begun, self._phase = True, phase
        self.over = phase in _ENDS or phase == "failed"
        if phase in ("running", "started"):
            # What an older run asked for has been answered.
            self._interrupts.clear()
            self.reply.interrupt = None
        if phase == "failed":
            self.reply.fail(word(data.get("error")) or "the run failed", "failed")
            return ERROR
        self._tell_interrupt()
        return END if self.over else NOTHING

    def _tell_interrupt(self) -> None:
        """Who reads on would wait for the tools that are called; a run that is interrupted waits for a human first."""
        if self._phase == "interrupted" and self._interrupts:
            self.reply.interrupt = {"kind": KIND, "interrupts": list(self._interrupts.values())}

    def _told(self, data: dict[str, Any], lane: str) -> Brought:
        """An event of a message's life."""
        match data.get("event"):
            case "message-start":
                self._open[lane] = word(data.get("id")) or f"{lane}{len(self._open)}"
                if data.get("role") not in (None, "ai", "assistant"):
                    self._open[lane] = ""
                return NOTHING
            case "content-block-start" | "content-block-delta" as name:
                content = data.get("content" if name.endswith("start") else "delta")
                return self._piece_of(content, data.get("index"), lane) if isinstance(content, dict) else MALFORMED
            case "content-block-finish":
                return self._whole_block(data.get("content"), lane)
            case "message-finish":
                return self._finished(data, lane)
            case "error":
                error = error_of({key: value for key, value in data.items() if key != "event"})
                self.reply.fail(error.message, error.code)
                return ERROR
        return NOTHING

    def _piece_of(self, content: dict[str, Any], index: object, lane: str) -> Brought:
        """What a block begins with, or what a delta adds to it."""
        kind, fields = word(content.get("type")), dict[str, Any]()
        if kind == "block-delta" and isinstance(inner := content.get("fields"), dict):
            content, kind = inner, word(inner.get("type"))
        if kind in ("text", "text-delta"):
            fields["content"] = word(content.get("text"))
        elif kind in ("reasoning", "reasoning-delta"):
            fields["content"] = [{"type": "reasoning", "reasoning": word(content.get("reasoning"))}]
        elif kind in _CALL_PIECES or kind == "tool-call-delta":
            self._known_calls.add(word(content.get("id")))
            fields["tool_call_chunks"] = [{**content, "index": index}]
        return self._add(fields, lane) if fields else NOTHING

    def _whole_block(self, content: object, lane: str) -> Brought:
        """A block once more and whole: of these, the calls are taken, which may not have come in pieces."""
        if not isinstance(content, dict) or word(content.get("type")) not in _CALLS:
            return NOTHING
        call = ToolCall(word(content.get("id")), word(content.get("name")), content.get("args"))
        self._known_calls.add(call.id)
        key = self._open.get(lane, lane)
        return TOOL_CALL if self._messages.complete(call, key) else NOTHING

    def _finished(self, data: dict[str, Any], lane: str) -> Brought:
        reason = {"finish_reason": data.get("reason"), **_mapping(data.get("metadata"))}
        self._add({"content": "", "usage_metadata": data.get("usage"), "response_metadata": reason}, lane)
        self._open.pop(lane, None)
        return NOTHING

    def _add(self, fields: dict[str, Any], lane: str) -> Brought:
        key = self._open.setdefault(lane, lane)
        return self._messages.add(ChatMessage("agent", True, {**fields, "id": key}), _CHANNEL) if key else NOTHING

    def _tool(self, data: dict[str, Any]) -> Brought:
        """A tool at work."""
        call_id, kind = word(data.get("tool_call_id")), data.get("event")
        if kind == "tool-started" and call_id not in self._known_calls:
            self._known_calls.add(call_id)
            call = ToolCall(call_id, word(data.get("tool_name")), data.get("input"))
            self._messages.complete(call, f"tool {call_id}")
            return TOOL_CALL
        if kind in ("tool-finished", "tool-error"):
            output = data.get("output") if kind == "tool-finished" else word(data.get("message"))
            message = message_in(output)
            fields = message.fields if message is not None and message.speaker == "tool" else {"content": output}
            if kind == "tool-error":
                fields = {**fields, "status": "error"}
            self._messages.take(ChatMessage("tool", False, {**fields, "tool_call_id": call_id}))
        return NOTHING

    def _requested(self, data: object, namespace: object) -> Brought:
        if not isinstance(data, dict):
            return MALFORMED
        key = word(data.get("interrupt_id"))
        place = {"namespace": namespace} if namespace else {}
        self._interrupts[key] = {"id": key, "value": data.get("payload"), **place}
        self._tell_interrupt()
        return NOTHING


def _update(data: object) -> Any:
    """A step's outcome as the older protocol has it: by the node's name."""
    if isinstance(data, dict) and isinstance(values := data.get("values"), dict):
        return {word(data.get("node")): values}
    return data


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
