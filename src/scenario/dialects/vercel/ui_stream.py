"""The Vercel AI SDK's UI message stream, of its versions 5 to 7.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol and the packages ai 7.0.173 and 5.0.277. A stream ends with
`[DONE]`; one that has its `finish` and ends cleanly is whole too, since home-made backends leave the marker out. A
text part is a message of its own; tool calls belong to the text before them in their step. `reset-step` takes back
what the step has brought: the model is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

import msgspec

from scenario.dialects.vercel.full_parts import as_chunk, own_mark
from scenario.dialects.vercel.ui_messages import chat_request
from scenario.dialects.vercel.ui_shape import BEGINNINGS, SHAPES, is_data_part
from scenario.dialects.vercel.usage import usage_of
from scenario.protocols.assembly import CallDraft, MessageDraft
from scenario.protocols.call_arguments import settled
from scenario.protocols.json_text import NOT_JSON, read_json, shortened, write_arguments
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    POSSIBLE,
    REASONING,
    TOOL_CALL,
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

_HEADER: Final = "x-vercel-ai-ui-message-stream"
# Those that other streams of the SDK's have too.
_SHARED: Final = ("start", "text-start", "reasoning-start")
_DISTINCTIVE: Final[Mapping[str, tuple[str, ...]]] = {
    "start-step": (),
    "text-delta": ("id", "delta"),
    "reasoning-delta": ("id", "delta"),
    "tool-input-start": ("toolCallId",),
    "tool-input-available": ("toolCallId",),
    "tool-output-available": ("toolCallId",),
    "tool-approval-request": ("approvalId",),
    "message-metadata": ("messageMetadata",),
    "source-url": ("sourceId",),
    "error": ("errorText",),
}
_Chunk = Mapping[str, Any]


class VercelUI(Dialect):
    """A chat endpoint of the AI SDK, as `useChat` speaks with it."""

    name: ClassVar[str] = "vercel-ui"
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)
    url_endings: ClassVar[tuple[str, ...]] = ("/api/chat",)

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation as UI messages, with answers to the approvals that were asked for."""
        return RequestDraft(body=chat_request(turn))

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return VercelUIReader(self.name)

    def detect(self, head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By its header, or by types of chunks that nobody else has."""
        if _HEADER in head.headers:
            return Detection(certainty=CERTAIN, reason=f"the response has the header {_HEADER}")
        possible: Detection | None = None
        for sample in samples:
            value = sample.value
            kind = value.get("type") if isinstance(value, dict) else None
            if not isinstance(kind, str) or own_mark(value):
                continue
            marks = _DISTINCTIVE.get(kind)
            if marks is not None and all(isinstance(value.get(mark), str | dict) for mark in marks):
                return Detection(
                    certainty=LIKELY if kind == "error" else CERTAIN, reason=f'an event says "type": "{kind}"'
                )
            if is_data_part(value):
                return Detection(certainty=LIKELY, reason=f'an event says "type": "{kind[:60]}", and has data')
            if kind in _SHARED:
                possible = Detection(certainty=POSSIBLE, reason=f'an event says "type": "{kind}"')
        return possible


class _TextDelta(msgspec.Struct, gc=False):
    """A chunk that brings nothing but text."""

    type: Literal["text-delta"]
    delta: str
    id: str = ""


class VercelUIReader(Reader):
    """Folds chunks into a reply."""

    decode_text: ClassVar[Callable[..., Any] | None] = msgspec.json.Decoder(_TextDelta).decode

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._finished = False
        self._aborted = False
        self._parts: dict[str, object] = {}
        # Whether texts and inputs are told to begin, and texts whose pieces came before that.
        self._tells_starts = False
        self._too_early: set[str] = set()
        self._open_texts: set[str] = set()
        self._in_pieces: set[str] = set()
        self._calls: dict[str, CallDraft] = {}
        self._preliminary: dict[str, object] = {}
        self._answered: set[str] = set()
        self._approvals: dict[str, dict[str, Any]] = {}
        self._message: object = object()
        # What the step in progress has brought; a step that is begun again takes it back.
        self._step: list[MessageDraft] = []
        self._thoughts: list[str] = []
        self._handlers: Mapping[str, Callable[[_Chunk], Brought]] = {
            "start": self._started,
            "message-metadata": self._started,
            "start-step": self._next_step,
            "finish-step": self._next_step,
            "reset-step": self._reset_step,
            "text-start": self._text_start,
            "text-end": self._text_end,
            "text-delta": self._text_delta,
            "reasoning-delta": self._reasoning_delta,
            "tool-input-start": self._input_start,
            "tool-input-delta": self._input_delta,
            "tool-input-available": self._input_available,
            "tool-input-error": self._input_error,
            "tool-output-available": self._output_available,
            "tool-output-error": self._output_error,
            "tool-output-denied": self._output_denied,
            "tool-approval-request": self._approval_request,
            "tool-approval-response": self._approval_response,
            "error": self._error,
            "abort": self._abort,
            "finish": self._finish,
        }

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one chunk."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is not dict or type(kind := value.get("type")) is not str:
            if event.data.strip() == "[DONE]":
                self.over = True
                # The server's stream writes it when it is closed, whether or not the model's was whole.
                self.reply.cut = bool(self._open_texts) and not self._finished and not self._aborted
                return END
            return MALFORMED if event.data.strip() else NOTHING
        value = as_chunk(value)
        kind = value["type"]
        if (shape := SHAPES.get(kind)) and (wrong := misfit(value, shape)) is not None:
            return wrong
        if self._finished and kind in BEGINNINGS:
            self._begin_again()
        handler = self._handlers.get(kind)
        return NOTHING if handler is None else handler(value)

    def _texts_in(self, values: list[_TextDelta], /) -> list[str]:
        return [value.delta for value in values]

    def _take_texts(self, texts: list[str], values: list[_TextDelta], _name: str, /) -> list[str] | None:
        part = values[0].id
        key = self._parts.get(part)
        if key is None or self._finished or {value.id for value in values} != {part}:
            return None
        return self.reply.more_text(texts, key)

    @property
    def ended(self) -> bool:
        """Whether the message has been finished, or `[DONE]` has come."""
        return self.over or self._finished

    def is_whole(self) -> bool:
        """Whether the message has been finished."""
        return self._finished

    def finish(self, ending: Ending) -> Reply:
        """The reply; an answer that its server aborted is not whole, although it ends as one that is."""
        self._next_step({})
        for call_id, output in self._preliminary.items():
            self._result(call_id, output)
        self._preliminary.clear()
        waiting = list(self._approvals.values())
        if waiting:
            first = {"kind": "tool-approval-request", "toolCallId": waiting[0]["toolCallId"]}
            self.reply.interrupt = first | {"interrupts": waiting}
        reply = super().finish(ending)
        if self._aborted and reply.complete:
            reply.outcome = "aborted"
        return reply

    def _started(self, chunk: _Chunk) -> Brought:
        self.begun = self.begun or chunk.get("type") == "start"
        if message_id := _text(chunk, "messageId"):
            self.reply.session["messageId"] = message_id
        if (usage := usage_of(chunk.get("messageMetadata"))) is not None:
            self.reply.usage = usage
        return NOTHING

    def _begin_again(self) -> None:
        """After its `finish`, the stream goes on: it owes another one."""
        self._next_step({})
        self._finished = False
        self.reply.finish_reason = None

    def _next_step(self, _chunk: _Chunk, /) -> Brought:
        for thought in self._thoughts:
            self.reply.reasoning(thought)
        self._thoughts.clear()
        self._step.clear()
        self._message = object()
        return NOTHING

    def _reset_step(self, _chunk: _Chunk, /) -> Brought:
        self._thoughts.clear()
        for draft in self._step:
            draft.texts.clear()
            draft.calls.clear()
        return self._next_step({})

    def _begin_message(self) -> object:
        key = self._message = object()
        self._step.append(self.reply.message(key))
        return key

    def _text_start(self, chunk: _Chunk) -> Brought:
        part = _text(chunk, "id")
        self._tells_starts = True
        if part in self._too_early:
            self.reply.contradict(f"text {part[:60]!r} began after a piece of it had come")
        self._parts[part] = self._begin_message()
        self._open_texts.add(part)
        return NOTHING

    def _text_end(self, chunk: _Chunk) -> Brought:
        self._open_texts.discard(_text(chunk, "id"))
        return NOTHING

    def _text_delta(self, chunk: _Chunk) -> Brought:
        delta = chunk.get("delta")
        if type(delta) is not str:
            return MALFORMED
        if not delta:
            return NOTHING
        key = self._parts.get(_text(chunk, "id"))
        if key is None:
            if self._tells_starts:
                self.reply.contradict(f"a piece of text {_text(chunk, 'id')[:60]!r} came, which has not begun")
            self._too_early.add(_text(chunk, "id"))
            key = self._parts[_text(chunk, "id")] = self._begin_message()
        return Brought("text", self.reply.text(delta, key))

    def _reasoning_delta(self, chunk: _Chunk) -> Brought:
        if thought := _text(chunk, "delta"):
            self._thoughts.append(thought)
        return REASONING

    def _call(self, chunk: _Chunk) -> CallDraft:
        """The call of a chunk, begun where it is new."""
        key = _text(chunk, "toolCallId")
        draft = self._calls.get(key)
        if draft is None:
            if not self._step:
                self._begin_message()
            name = _text(chunk, "toolName")
            draft = self._calls[key] = self.reply.begin_call(key, id=key, name=name, message=self._message)
        return draft

    def _input_start(self, chunk: _Chunk) -> Brought:
        self.begun = True
        # An identity that comes again is another call, unless its beginning is all that has come of it.
        known = self._calls.get(_text(chunk, "toolCallId"))
        if known is not None and known.arguments:
            del self._calls[known.id]
            self._answered.discard(known.id)
        self._call(chunk)
        return TOOL_CALL

    def _input_delta(self, chunk: _Chunk) -> Brought:
        delta = chunk.get("inputTextDelta")
        if type(delta) is not str:
            return MALFORMED
        key = _text(chunk, "toolCallId")
        if key not in self._calls:
            self.reply.contradict(f"a piece of the input of call {key[:60]!r} came, which has not begun")
        self._in_pieces.add(key)
        self._call(chunk).arguments.append(delta)
        return TOOL_CALL

    def _input_available(self, chunk: _Chunk) -> Brought:
        draft = self._call(chunk)
        if draft.id in self._in_pieces and chunk.get("type") == "tool-input-available":
            self._in_pieces.discard(draft.id)
            if (told := settled(draft.arguments).text) and read_json(told) is NOT_JSON:
                self.reply.contradict(f"the pieces of a call's input are no JSON together: {shortened(told)}")
        draft.name = _text(chunk, "toolName") or draft.name
        if "input" in chunk:
            # What the tool gets, which may have been repaired since the fragments came.
            value = chunk["input"]
            draft.arguments[:] = [value if isinstance(value, str) else write_arguments(value)]
        return TOOL_CALL

    def _input_error(self, chunk: _Chunk) -> Brought:
        self._input_available(chunk)
        # It is what the model wrote, and the stream says itself what is wrong with it.
        self._call(chunk).free_text = True
        self._result(_text(chunk, "toolCallId"), _text(chunk, "errorText"), is_error=True)
        return TOOL_CALL

    def _result(self, call_id: str, output: object, *, is_error: bool = False) -> None:
        self._approvals.pop(call_id, None)
        if call_id in self._answered:
            # Version 5 tells of input that a tool refuses twice: as an error of the input, and of the output.
            return
        self._answered.add(call_id)
        draft = self._calls.get(call_id)
        self.reply.result(call_id, output, name=draft.name if draft else "", is_error=is_error)

    def _output_available(self, chunk: _Chunk) -> Brought:
        call_id, output = _text(chunk, "toolCallId"), chunk.get("output")
        if chunk.get("preliminary") is True:
            self._preliminary[call_id] = output
        else:
            self._preliminary.pop(call_id, None)
            self._result(call_id, output)
        return NOTHING

    def _output_error(self, chunk: _Chunk) -> Brought:
        self._preliminary.pop(_text(chunk, "toolCallId"), None)
        self._result(_text(chunk, "toolCallId"), _text(chunk, "errorText"), is_error=True)
        return NOTHING

    def _output_denied(self, chunk: _Chunk) -> Brought:
        self._result(_text(chunk, "toolCallId"), "denied", is_error=True)
        return NOTHING

    def _approval_request(self, chunk: _Chunk) -> Brought:
        call_id = _text(chunk, "toolCallId")
        if chunk.get("isAutomatic") is True:
            return NOTHING
        draft = self._calls.get(call_id)
        asked = {"id": _text(chunk, "approvalId"), "toolCallId": call_id}
        if draft is not None:
            call = draft.build()
            asked |= {"toolName": call.name, "input": call.arguments}
        self._approvals[call_id] = asked | {key: chunk[key] for key in ("reason", "signature") if key in chunk}
        return NOTHING

    def _approval_response(self, chunk: _Chunk) -> Brought:
        answered = _text(chunk, "approvalId")
        for call_id in [call_id for call_id, asked in self._approvals.items() if asked["id"] == answered]:
            del self._approvals[call_id]
        return NOTHING

    def _error(self, chunk: _Chunk) -> Brought:
        self.reply.fail(_text(chunk, "errorText") or "an error chunk without words")
        return ERROR

    def _abort(self, chunk: _Chunk) -> Brought:
        self._aborted = True
        if reason := _text(chunk, "reason"):
            self.reply.notes += (f"the agent says why it was aborted: {reason[:200]}",)
        self.reply.finish_reason = "abort"
        return END

    def _finish(self, chunk: _Chunk) -> Brought:
        self._started(chunk)
        self._finished = True
        self.reply.finish_reason = _text(chunk, "finishReason") or self.reply.finish_reason
        return END


def _text(chunk: _Chunk, key: str) -> str:
    found = chunk.get(key)
    return found if type(found) is str else ""
