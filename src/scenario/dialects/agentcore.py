"""Agents on Amazon Bedrock AgentCore, and streams of Bedrock's Converse events wherever they are served.

Sources: the `bedrock-agentcore` package (a runtime sends whatever the agent yields, as JSON), Bedrock's ConverseStream
events, and the `strands-agents` package, whose events most such agents hand on. What is particular:

- Strands says everything twice and more: as Converse's event, as `data` or `current_tool_use`, and as a whole
  `message` at the end. The first of them counts.
- Events that hold Python objects arrive as strings of Python's own notation, "{'data': …". They are no text.
- A model's `messageStop` ends a message. The agent's loop goes on after one for `tool_use`, and usage comes after any,
  so no event is the last one: the body's end is.
- An agent may send just strings, or JSON of its own: these are read as home-made streams are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.agentcore_prompt import prompt_of
from scenario.dialects.agentcore_shape import Converse, Use, WholeMessage
from scenario.dialects.home_made.generic import GenericReader
from scenario.protocols.assembly import CallDraft
from scenario.protocols.json_text import read_json, write_arguments
from scenario.protocols.protocol import (
    CERTAIN,
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
from scenario.protocols.shapes import misfit
from scenario.types import Usage
from scenario.wire.sse import ServerSentEvent

SESSION_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
# Amazon's own service refuses shorter ones.
_SHORTEST_SESSION_ID: Final = 33

_CONVERSE: Final = frozenset(
    {
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
        "redactContent",
    }
)
# What Strands' loop tells of itself.
_LOOP: Final = frozenset({"init_event_loop", "start_event_loop", "start", "message"})


class AgentCore(Dialect):
    """`/invocations` of an AgentCore runtime."""

    name: ClassVar[str] = "agentcore"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json", "ndjson")
    has_terminal: ClassVar[bool] = False
    url_endings: ClassVar[tuple[str, ...]] = ("/invocations",)

    def request(self, turn: Turn) -> RequestDraft:
        """What is new, as the prompt: the runtime keeps the conversation under its session id."""
        said = turn.new_messages or turn.messages[-1:]
        headers = {SESSION_HEADER: turn.thread_id.ljust(_SHORTEST_SESSION_ID, "0")} if turn.thread_id else {}
        return RequestDraft(body={"prompt": prompt_of(said)}, headers=headers)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream's events or one JSON value."""
        return AgentCoreReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the names of Converse's events, or of Strands' loop."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict):
                continue
            if (inner := _converse(value)) is not None:
                name = next(iter(_CONVERSE & inner.keys()), "an exception")
                return Detection(certainty=CERTAIN, reason=f"an event holds Converse's {name}")
            if value.get("init_event_loop") is True or value.get("start_event_loop") is True:
                return Detection(certainty=CERTAIN, reason="an event tells that a Strands agent's loop began")
            if {"error", "error_type", "message"} <= value.keys():
                # What the runtime sends where the agent raises an exception.
                return Detection(certainty=LIKELY, reason='an event has "error", "error_type" and "message"')
            if "stopReason" in value and isinstance(_at(value, "output", "message"), dict):
                return Detection(certainty=CERTAIN, reason='it has a "stopReason" and an output message')
        return None


class _TextDelta(msgspec.Struct, gc=False):
    text: str


class _BlockDelta(msgspec.Struct, gc=False):
    delta: _TextDelta


class _Converse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    contentBlockDelta: _BlockDelta  # noqa: N815 - the name on the wire


class _Wrapped(msgspec.Struct, gc=False):
    """An event that brings nothing but text, as Strands wraps it."""

    event: _Converse


class AgentCoreReader(GenericReader):
    """Folds events into a reply."""

    decode_text = msgspec.json.Decoder(_Wrapped).decode

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol, options)
        self._speaking = False
        self._loop = False
        self._streamed = False
        self._echo: str | None = None
        self._at: object = ""
        self._blocks: dict[int | None, CallDraft] = {}
        self._uses: dict[str, CallDraft] = {}
        self._from_converse: set[str] = set()

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is str:
            return self._string(value, event)
        if type(value) is not dict:
            return super().read(event)
        if (inner := _converse(value)) is not None:
            return misfit(inner, Converse) or self._event(inner)
        if value.keys() == {"event"} and not isinstance(value["event"], str | dict | None):
            return MALFORMED
        self._loop = self._loop or not _LOOP.isdisjoint(value)
        if isinstance(message := value.get("message"), dict) and isinstance(message.get("content"), list):
            return self._whole(message)
        if value.keys() == {"metadata"} and isinstance(usage := _at(value, "metadata", "usage"), dict):
            self._count(usage)
            return NOTHING
        if isinstance(whole := _at(value, "output", "message"), dict):
            self._stop(value)
            self._count(value.get("usage"))
            return self._whole(whole)
        return self._other(value, event)

    def _texts_in(self, values: list[Any], /) -> list[str]:
        return [value.event.contentBlockDelta.delta.text for value in values]

    def _take_texts(self, texts: list[str], _values: list[Any], _name: str, /) -> list[str] | None:
        if not self._speaking or not self._streamed:
            return None
        pieces = self.reply.more_text(texts, self._at)
        if pieces is not None:
            self._echo = pieces[-1]
        return pieces

    def is_whole(self) -> bool:
        """Whether no message is open, and the agent does not owe an answer to a tool's result."""
        if self._speaking or (self._loop and self.reply.finish_reason == "tool_use"):
            return False
        return super().is_whole()

    def _string(self, value: str, event: ServerSentEvent) -> Brought:
        if value.startswith("{'"):
            return NOTHING
        return self._own_text(value) if self._speaking or self._streamed else super().read(event)

    def _other(self, value: dict[str, Any], event: ServerSentEvent) -> Brought:
        """What is not Converse's."""
        if value.get("force_stop") is True:
            reason = value.get("force_stop_reason")
            self.reply.fail(reason if isinstance(reason, str) else "the agent was forced to stop", "force_stop")
            return ERROR
        if isinstance(thought := value.get("reasoningText"), str):
            return NOTHING if self._streamed else self._thought(thought)
        if isinstance(use := value.get("current_tool_use"), dict):
            return misfit(use, Use) or self._in_use(use)
        if isinstance(data := value.get("data"), str):
            if data == self._echo:
                self._echo = None
                return NOTHING
            self._places.setdefault(("", "", ""), ("data",))
            return self._own_text(data)
        if "result" in value and self.reply.has_text:
            # The answer once more, whole.
            return NOTHING
        return super().read(event)

    def _own_text(self, text: str) -> Brought:
        self._streamed = True
        return Brought("text", self.reply.text(text, self._at)) if text else NOTHING

    def _event(self, inner: Mapping[str, Any]) -> Brought:
        """One of Converse's events: an object with one key, its name."""
        for name, value in inner.items():
            match name:
                case "contentBlockDelta" if type(value) is dict:
                    return self._delta(value.get("contentBlockIndex"), value.get("delta"))
                case "contentBlockStart":
                    return self._begin(_index(value), _at(value, "start", "toolUse"))
                case "messageStart":
                    self._speaking, self._streamed, self._at = True, False, object()
                    self._blocks.clear()
                case "contentBlockStop":
                    self._end_block(_index(value))
                case "messageStop":
                    self._stop(value)
                case "metadata":
                    self._count(_at(value, "usage"))
                case "redactContent":
                    self._redact(_at(value, "redactAssistantContentMessage"))
                case _ if name.endswith("Exception"):
                    message = _at(value, "message")
                    self.reply.fail(message if isinstance(message, str) else name, name)
                    return ERROR
        return NOTHING

    def _delta(self, index: object, delta: object) -> Brought:
        self._speaking = True
        if type(delta) is dict and type(text := delta.get("text")) is str:
            self._echo = text
            return self._own_text(text)
        if isinstance(thought := _at(delta, "reasoningContent", "text"), str):
            self._streamed = True
            return self._thought(thought)
        piece = _at(delta, "toolUse", "input")
        draft = self._blocks.get(index if isinstance(index, int) else None)
        if draft is None or not isinstance(piece, str) or not piece:
            return NOTHING
        draft.arguments.append(piece)
        return TOOL_CALL

    def _begin(self, index: int | None, use: object) -> Brought:
        if not isinstance(use, dict):
            return NOTHING
        self._speaking = self._streamed = True
        draft = self._call(use)
        self._blocks[index] = draft
        self._from_converse.add(draft.id)
        return TOOL_CALL

    def _end_block(self, index: int | None) -> None:
        """A call that ended without input has none: models write that as no pieces at all."""
        draft = self._blocks.pop(index, None)
        if draft is not None and not draft.arguments:
            draft.arguments.append("{}")

    def _redact(self, text: object) -> None:
        """A guardrail puts its own words in the place of the message's."""
        if isinstance(text, str):
            self.reply.message(self._at).texts.clear()
            self.reply.text(text, self._at)

    def _call(self, use: Mapping[str, Any]) -> CallDraft:
        call_id, name = use.get("toolUseId"), use.get("name")
        draft = self.reply.begin_call(
            object(),
            id=call_id if isinstance(call_id, str) else "",
            name=name if isinstance(name, str) else "",
            message=self._at,
        )
        self._uses[draft.id] = draft
        return draft

    def _in_use(self, use: Mapping[str, Any]) -> Brought:
        """A call as far as it has come; Converse's own events have told of it already, where they are sent."""
        call_id = use.get("toolUseId")
        draft = self._uses.get(call_id) if isinstance(call_id, str) else None
        if draft is None:
            draft = self._call(use)
        if draft.id in self._from_converse:
            return NOTHING
        self._streamed = True
        _set_input(draft, use.get("input"))
        return TOOL_CALL

    def _whole(self, message: Mapping[str, Any]) -> Brought:
        """A whole message: new where none of it was streamed; a user's one holds the tools' results."""
        if (wrong := misfit(message, WholeMessage)) is not None:
            return wrong
        blocks = message.get("content")
        own, new = message.get("role", "assistant") == "assistant", not self._streamed
        texts: list[str] = []
        brought = NOTHING
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(result := _at(block, "toolResult"), dict):
                self._result(result)
            elif own and new:
                part = self._block(block)
                texts.append(part.text)
                brought = part if brought is NOTHING else brought
        self._streamed = self._speaking = False
        self._echo, self._at = None, object()
        return Brought(brought.kind, "".join(texts))

    def _block(self, block: object) -> Brought:
        if isinstance(text := _at(block, "text"), str):
            return Brought("text", self.reply.text(text, self._at)) if text else NOTHING
        if isinstance(thought := _at(block, "reasoningContent", "reasoningText", "text"), str):
            return self._thought(thought)
        if isinstance(use := _at(block, "toolUse"), dict):
            _set_input(self._call(use), use.get("input"))
            return TOOL_CALL
        return NOTHING

    def _result(self, result: Mapping[str, Any]) -> None:
        call_id, content = result.get("toolUseId"), result.get("content")
        call_id = call_id if isinstance(call_id, str) else ""
        call = self._uses.get(call_id)
        texts = [_at(part, "text") for part in content] if isinstance(content, list) else []
        output = "\n".join(text for text in texts if isinstance(text, str)) if texts and all(texts) else content
        name = call.name if call else ""
        self.reply.result(call_id, output, name=name, is_error=result.get("status") == "error")

    def _thought(self, thought: str) -> Brought:
        self.reply.reasoning(thought)
        return REASONING if thought else NOTHING

    def _stop(self, value: object) -> None:
        self._speaking = False
        if isinstance(reason := _at(value, "stopReason"), str):
            self.reply.finish_reason = reason

    def _count(self, usage: object) -> None:
        """Each of the model's calls has its own usage; the reply's is their sum."""
        if not isinstance(usage, dict):
            return
        counts = [usage.get(key) for key in ("inputTokens", "outputTokens", "totalTokens")]
        taken, given, total = (count if type(count) is int and count >= 0 else 0 for count in counts)
        one = Usage(input_tokens=taken, output_tokens=given, total_tokens=total or taken + given)
        self.reply.usage = one if self.reply.usage is None else self.reply.usage + one


def _converse(value: dict[str, Any]) -> dict[str, Any] | None:
    """Converse's event in a value, whether wrapped as Strands does it or by itself; None where it is none."""
    inner = value.get("event", value)
    if type(inner) is not dict or len(inner) != 1:
        return None
    (name,) = inner
    if name == "contentBlockDelta":
        return inner
    known = name in _CONVERSE or (name.endswith("Exception") and isinstance(inner[name], dict))
    return inner if known and (inner is not value or name != "metadata") else None


def _index(value: object) -> int | None:
    """The block's index; Strands leaves it out, and then there is one block at a time."""
    index = _at(value, "contentBlockIndex")
    return index if isinstance(index, int) else None


def _set_input(draft: CallDraft, given: object) -> None:
    if given is not None and given != "":
        draft.arguments[:] = [given if isinstance(given, str) else write_arguments(given)]


def _at(value: object, *keys: str) -> Any:
    """What stands at these keys, one below the other; None where something else does."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
