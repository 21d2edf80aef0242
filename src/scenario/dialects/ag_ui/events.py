"""AG-UI, the Agent User Interaction Protocol: 1.0, and the 0.1 versions with their own names for thinking.

Source: https://docs.ag-ui.com and the packages ag-ui-protocol 1.0.0 and 0.1.9. A run is whole when RUN_FINISHED has
come; RUN_ERROR ends it too. Chunk events stand for start, content and end, and name a message or a call only where it
changes; each subagent's chunks continue its own. MESSAGES_SNAPSHOT repeats the conversation: it is read only for what
was not streamed, and goes back on the next turn in place of our own, because agents know their messages by their ids.
LangGraph's adapter (ag-ui-langgraph 0.0.47) tells of an interrupt in a custom event named on_interrupt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

import msgspec

from scenario.dialects.ag_ui.json_patch import PatchedState
from scenario.dialects.ag_ui.run_input import ON_INTERRUPT, run_input
from scenario.dialects.ag_ui.shape import SHAPES
from scenario.late_pattern import late_pattern
from scenario.protocols.assembly import CallDraft
from scenario.protocols.json_text import NOT_JSON, read_json, repaired, shortened, write_json
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
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent

_NAMES: Final = late_pattern(
    r"(?:TEXT_MESSAGE|TOOL_CALL|RUN|STEP|STATE|MESSAGES|REASONING|THINKING|ACTIVITY|SUBAGENT)_[A-Z_]+"
)
_REASONING: Final = ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT")

_Event = Mapping[str, Any]


class AgUi(Dialect):
    """An AG-UI endpoint, over server-sent events or lines of JSON."""

    name: ClassVar[str] = "ag-ui"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "ndjson")
    url_endings: ClassVar[tuple[str, ...]] = ("/ag-ui", "/agui", "/ag_ui")

    def request(self, turn: Turn) -> RequestDraft:
        """A run of the thread: the whole conversation, the shared state, and answers to what was asked."""
        return RequestDraft(body=run_input(turn))

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return AgUiReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the names of its events."""
        for sample in samples:
            value = sample.value
            kind = value.get("type") if isinstance(value, dict) else None
            if not isinstance(kind, str):
                continue
            if _NAMES.fullmatch(kind):
                return Detection(certainty=CERTAIN, reason=f'an event says "type": "{kind}"')
            if kind in ("RAW", "CUSTOM") and ("event" in value or "name" in value):
                return Detection(certainty=LIKELY, reason=f'an event says "type": "{kind}"')
        return None


class _TextContent(msgspec.Struct, gc=False):
    """An event that brings nothing but text."""

    type: Literal["TEXT_MESSAGE_CONTENT"]
    delta: str
    messageId: str = ""  # noqa: N815 - the name on the wire


class AgUiReader(Reader):
    """Folds the events of one run into a reply."""

    decode_text = msgspec.json.Decoder(_TextContent).decode

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._calls: dict[str, CallDraft] = {}
        # Messages whose role is somebody else's: what an agent shows of the user's or its own prompts.
        self._others: set[str] = set()
        # Messages and calls that have begun and have not ended, where the agent tells their beginnings at all.
        self._open: set[str] = set()
        self._tells_starts = False
        self._retold: set[str] = set()
        self._results: set[tuple[str, str]] = set()
        self._answered: set[str] = set()
        # The message and the call that chunks without an id continue, by subagent.
        self._open_message: dict[str, str] = {}
        self._open_call: dict[str, str] = {}
        self._snapshot: list[Any] = []
        # What LangGraph's graphs ask for, which ends their runs as if they were finished.
        self._asked: list[dict[str, Any]] = []
        self._state = PatchedState()
        self._handlers: Mapping[str, Callable[[_Event], Brought]] = {
            "RUN_STARTED": self._run_started,
            "TEXT_MESSAGE_START": self._text_start,
            "TEXT_MESSAGE_CONTENT": self._text_content,
            "TEXT_MESSAGE_END": self._part_end,
            "TOOL_CALL_END": self._part_end,
            "TEXT_MESSAGE_CHUNK": self._text_chunk,
            "TOOL_CALL_START": self._call_start,
            "TOOL_CALL_ARGS": self._call_arguments,
            "TOOL_CALL_CHUNK": self._call_chunk,
            "TOOL_CALL_RESULT": self._call_result,
            "STATE_SNAPSHOT": self._state_snapshot,
            "STATE_DELTA": self._state_delta,
            "MESSAGES_SNAPSHOT": self._messages_snapshot,
            "CUSTOM": self._custom,
            "RUN_FINISHED": self._finished,
            "RUN_ERROR": self._failed,
        } | dict.fromkeys(_REASONING, self._reasoning)

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        value = read_json(event.data)
        if type(value) is not dict or type(kind := value.get("type")) is not str:
            return MALFORMED if event.data.strip() else NOTHING
        if (shape := SHAPES.get(kind)) and (wrong := misfit(value, shape)) is not None:
            return wrong
        handler = self._handlers.get(kind)
        return NOTHING if handler is None else handler(value)

    def _texts_in(self, values: list[_TextContent], /) -> list[str]:
        return [value.delta for value in values]

    def _take_texts(self, texts: list[str], values: list[_TextContent], _name: str, /) -> list[str] | None:
        key = values[0].messageId
        if (
            key in self._others
            or (self._tells_starts and key not in self._open)
            or {value.messageId for value in values} != {key}
        ):
            return None
        return self.reply.more_text(texts, key)

    def is_whole(self) -> bool:
        """Never before RUN_FINISHED: a run that was cut looks like one that is whole to those who do not wait."""
        return False

    def finish(self, ending: Ending) -> Reply:
        """The reply; a run that was cancelled ends as it should and is aborted all the same."""
        reply = super().finish(ending)
        if reply.complete and reply.finish_reason == "cancelled":
            reply.outcome = "aborted"
        return reply

    def _run_started(self, event: _Event) -> Brought:
        self.begun = self._tells_starts = True
        return self._started(event)

    def _started(self, event: _Event) -> Brought:
        for key in ("threadId", "runId"):
            if value := _text(event, key):
                self.reply.session[key] = value
        return NOTHING

    def _text_start(self, event: _Event) -> Brought:
        key = _text(event, "messageId")
        if event.get("type") == "TEXT_MESSAGE_START":
            self._part_start(key)
        if event.get("role") in (None, "assistant"):
            self._others.discard(key)
        else:
            self._others.add(key)
        return NOTHING

    def _text_content(self, event: _Event) -> Brought:
        key, delta = _text(event, "messageId"), event.get("delta")
        if type(delta) is not str:
            return MALFORMED
        if event.get("type") == "TEXT_MESSAGE_CONTENT":
            self._check_part(key)
        if not delta or key in self._others:
            return NOTHING
        return Brought("text", self.reply.text(delta, key))

    def _text_chunk(self, event: _Event) -> Brought:
        lane = _text(event, "subagentRunId")
        key = _text(event, "messageId")
        if key and key != self._open_message.get(lane):
            self._text_start(event)
            self._open_message[lane] = key
        delta = _text(event, "delta")
        return self._text_content({"messageId": key or self._open_message.get(lane, lane), "delta": delta})

    def _part_start(self, key: str) -> None:
        if key in self._open:
            self.reply.contradict(f"the message or call {key[:60]!r} began twice")
        self._open.add(key)

    def _part_end(self, event: _Event) -> Brought:
        self._open.discard(_text(event, "messageId") or _text(event, "toolCallId"))
        return NOTHING

    def _check_part(self, key: str) -> None:
        """A message or a call has begun, and has not ended, when a piece of it comes."""
        if self._tells_starts and key not in self._open:
            self.reply.contradict(f"a piece of {key[:60]!r} came, which has not begun or had ended")

    def _call_start(self, event: _Event) -> Brought:
        key = _text(event, "toolCallId")
        if event.get("type") == "TOOL_CALL_START":
            self._part_start(key)
        if (known := self._calls.get(key)) is not None:
            # A call that is told again, as agents do after a pause, is told from its beginning, or its name only.
            known.name = _text(event, "toolCallName") or known.name
            self._retold.add(key)
            return NOTHING
        message = _text(event, "parentMessageId") or key
        self._calls[key] = self.reply.begin_call(key, id=key, name=_text(event, "toolCallName"), message=message)
        return TOOL_CALL

    def _call_arguments(self, event: _Event) -> Brought:
        key, delta = _text(event, "toolCallId"), event.get("delta")
        if type(delta) is not str:
            return MALFORMED
        if event.get("type") == "TOOL_CALL_ARGS":
            self._check_part(key)
        draft = self._calls.get(key)
        if draft is None:
            self._call_start(event)
            draft = self._calls[key]
        if key in self._retold:
            self._retold.discard(key)
            draft.arguments.clear()
        draft.arguments.append(delta)
        return TOOL_CALL

    def _call_chunk(self, event: _Event) -> Brought:
        lane = _text(event, "subagentRunId")
        key = _text(event, "toolCallId")
        if key:
            self._open_call[lane] = key
            if key not in self._calls:
                self._call_start(event)
        delta = _text(event, "delta")
        return self._call_arguments({"toolCallId": key or self._open_call.get(lane, lane), "delta": delta})

    def _call_result(self, event: _Event) -> Brought:
        call, message = _text(event, "toolCallId"), _text(event, "messageId")
        if (call, message) in self._results:
            return NOTHING
        self._results.add((call, message))
        self._answered.add(call)
        draft = self._calls.get(call)
        self.reply.result(call, event.get("content"), name=draft.name if draft else "")
        return NOTHING

    def _reasoning(self, event: _Event) -> Brought:
        self.reply.reasoning(_text(event, "delta"))
        return REASONING

    def _state_snapshot(self, event: _Event) -> Brought:
        self._state.replace(event.get("snapshot"))
        return NOTHING

    def _state_delta(self, event: _Event) -> Brought:
        return NOTHING if self._state.patch(event.get("delta")) else MALFORMED

    def _messages_snapshot(self, event: _Event) -> Brought:
        messages = event.get("messages")
        if not isinstance(messages, list):
            return MALFORMED
        self._snapshot = messages
        return NOTHING

    def _custom(self, event: _Event) -> Brought:
        if event.get("name") == ON_INTERRUPT:
            value, raw = event.get("value"), event.get("rawEvent")
            parsed = read_json(value) if isinstance(value, str) else value
            asked = {"id": raw["id"]} if isinstance(raw, dict) and isinstance(raw.get("id"), str) else {}
            self._asked.append({**asked, "value": value if parsed is NOT_JSON else parsed})
        return NOTHING

    def _failed(self, event: _Event) -> Brought:
        code = event.get("code")
        message = _text(event, "message") or "RUN_ERROR without a message"
        self.reply.fail(message, code if isinstance(code, str) else "" if code is None else write_json(code))
        self._end(event)
        return ERROR

    def _finished(self, event: _Event) -> Brought:
        self._started(event)
        text = self._unstreamed()
        outcome = event.get("outcome")
        if isinstance(outcome, str):
            # Drafts of 0.1 had the interrupt beside the outcome's name.
            outcome = {**event, "type": outcome}
        if isinstance(outcome, dict):
            self.reply.finish_reason = _text(outcome, "type") or None
            if outcome.get("type") == "interrupt":
                found = outcome.get("interrupts") or [outcome.get("interrupt")]
                interrupts = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
                self.reply.interrupt = {"kind": "agui-interrupt", "interrupts": interrupts}
        if self._asked and self.reply.interrupt is None:
            self.reply.finish_reason = "interrupt"
            self.reply.interrupt = {"kind": ON_INTERRUPT, "interrupts": self._asked}
        if self._snapshot:
            self.reply.carried["snapshot"] = {"runId": self.reply.session.get("runId"), "messages": self._snapshot}
        self._end(event)
        return Brought("end", text) if text else END

    def _end(self, event: _Event) -> None:
        self.over = True
        if isinstance(entries := event.get("usage"), list):
            self.reply.usage = sum((_usage(entry) for entry in entries if isinstance(entry, dict)), Usage())
        if self._state.known:
            self.reply.carried["state"] = self._state.value

    def _unstreamed(self) -> str:
        """What only the last snapshot of the messages holds: an answer that was not streamed, or its end."""
        own: list[_Event] = []
        for message in self._snapshot:
            role = message.get("role") if isinstance(message, dict) else None
            if role == "user":
                own.clear()
            elif role in ("assistant", "tool"):
                own.append(message)
        self._compare(own)
        # With nothing streamed, all is told by the snapshot; with calls alone, the texts; else what comes after a
        # message that was streamed under the same id.
        whole = self.reply.is_empty
        if self.reply.has_text:
            known = [place for place, message in enumerate(own) if self.reply.has_begun(_text(message, "id"))]
            told = set(map(str.rstrip, self.reply.texts()))
            own = [one for one in own[known[-1] + 1 :] if _text(one, "content").rstrip() not in told] if known else []
            whole = True
        added: list[str] = []
        for message in own:
            key = _text(message, "id")
            if message["role"] == "assistant":
                added.append(self.reply.text(_text(message, "content"), key))
                if whole:
                    self._whole_calls(message, key)
            elif whole and _text(message, "toolCallId") not in self._answered:
                self._call_result({**message, "messageId": key})
        return "".join(added)

    def _compare(self, own: list[_Event]) -> None:
        """Hold what was streamed against the last snapshot, which has it whole."""
        for message in own:
            key, whole = _text(message, "id"), repaired(_text(message, "content"))
            told = self.reply.message(key).text if self.reply.has_own(key) else ""
            # Agents cut the spaces at the end of what they keep.
            if whole and told and told.rstrip() != whole.rstrip():
                self.reply.contradict(
                    f"the pieces of message {key[:60]!r} have brought {shortened(told)}, and the snapshot of the "
                    f"messages has {shortened(whole)}"
                )

    def _whole_calls(self, message: _Event, key: str) -> None:
        calls = message.get("toolCalls")
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                start = {"toolCallId": _text(call, "id"), "toolCallName": function.get("name"), "parentMessageId": key}
                self._call_start(start)
                self._call_arguments({**start, "delta": _text(function, "arguments")})


def _text(value: _Event, key: str) -> str:
    found = value.get(key)
    return found if type(found) is str else ""


def _usage(entry: _Event) -> Usage:
    taken, given, total = (_count(entry.get(key)) for key in ("inputTokens", "outputTokens", "totalTokens"))
    return Usage(input_tokens=taken, output_tokens=given, total_tokens=total or taken + given)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
