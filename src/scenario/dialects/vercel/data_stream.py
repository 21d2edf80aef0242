"""The Vercel AI SDK's data stream, of its version 4: lines of a letter, a colon and JSON.

Source: the package ai 4.3.19 (@ai-sdk/ui-utils 1.2.11). Its bodies are plain text by their Content-Type. A stream is
whole when `d:` has come. The text of a step is one message; a step that is continued goes on in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from scenario.dialects.vercel.usage import usage_of
from scenario.late_pattern import late_pattern
from scenario.protocols.assembly import CallDraft
from scenario.protocols.content_parts import Media, calls_of, cannot_carry, parts_of, text_of
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
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
from scenario.types import Message, Reply
from scenario.wire.sse import ServerSentEvent

_HEADER: Final = "x-vercel-ai-data-stream"
_START: Final = late_pattern(r'[0-9a-k]:["{\[]')
_LINE_ENDS: Final = late_pattern(r"[\r\n]+")


class VercelData(Dialect):
    """A chat endpoint of the AI SDK 4, as its `useChat` speaks with it."""

    name: ClassVar[str] = "vercel-data"
    # Lines where the header tells, pieces of text where only the first of them does.
    framings: ClassVar[tuple[Framing, ...]] = ("ndjson", "text")

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation, each message with its content and its parts."""
        return RequestDraft(body={"id": turn.thread_id, "messages": list(_messages(turn.messages))})

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        return VercelDataReader(self.name, in_lines=options.framing == "ndjson", owes_end=options.done is not False)

    def detect(self, head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By its header, or by a first line that is one of its parts."""
        if _HEADER in head.headers:
            return Detection(certainty=CERTAIN, reason=f"the response has the header {_HEADER}")
        if _START.match("".join([sample.event.data for sample in samples[:4]])[:3]):
            return Detection(certainty=CERTAIN, reason="its first line is a part of the AI SDK's data stream")
        return None


class VercelDataReader(Reader):
    """Folds the parts into a reply; pieces of the body are cut into lines here."""

    def __init__(self, protocol: str, *, in_lines: bool, owes_end: bool = True) -> None:
        super().__init__(protocol)
        self._owes_end = owes_end
        self._in_lines = in_lines
        self._line: list[str] = []
        self._calls: dict[str, CallDraft] = {}
        self._message: object = object()
        self._handlers: Mapping[str, Callable[[Any], Brought]] = {
            "0": self._text,
            "g": self._reasoning,
            "3": self._error,
            "b": self._call_start,
            "c": self._call_delta,
            "9": self._call,
            "a": self._result,
            "f": self._step_start,
            "e": self._step_end,
            "d": self._end,
        }

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in a line, or a piece of the body."""
        first, *rest = _LINE_ENDS.split(f"{event.data}\n" if self._in_lines else event.data)
        self._line.append(first)
        brought: list[Brought] = []
        for line in rest:
            brought.append(self._part("".join(self._line)))
            self._line = [line]
        return _most_telling(brought)

    def is_whole(self) -> bool:
        """Never before `d:`, unless it is known that none is sent, as by assistant-stream."""
        return not self._owes_end and not self.reply.is_empty

    def finish(self, ending: Ending) -> Reply:
        """The reply; the last line needs no end."""
        self._part("".join(self._line))
        self._line = []
        return super().finish(ending)

    def _part(self, line: str) -> Brought:
        # An error is the last word, though a piece of the body may hold more lines.
        if self.over or self.reply.error is not None or not line:
            return NOTHING
        code, colon, data = line.partition(":")
        value = read_json(data)
        if not colon or len(code) != 1 or value is NOT_JSON:
            return MALFORMED
        handler = self._handlers.get(code)
        return NOTHING if handler is None else handler(value)

    def _text(self, value: object) -> Brought:
        if not isinstance(value, str):
            return MALFORMED
        return Brought("text", self.reply.text(value, self._message)) if value else NOTHING

    def _reasoning(self, value: object) -> Brought:
        if not isinstance(value, str):
            return MALFORMED
        self.reply.reasoning(value)
        return REASONING

    def _error(self, value: object) -> Brought:
        self.reply.fail(value if isinstance(value, str) else write_json(value))
        return ERROR

    def _draft(self, value: Mapping[str, Any]) -> CallDraft:
        key = _text_at(value, "toolCallId")
        draft = self._calls.get(key)
        if draft is None:
            name = _text_at(value, "toolName")
            draft = self._calls[key] = self.reply.begin_call(key, id=key, name=name, message=self._message)
        return draft

    def _call_start(self, value: object) -> Brought:
        if not isinstance(value, dict) or not isinstance(value.get("toolName"), str | None):
            return MALFORMED
        self._draft(value)
        return TOOL_CALL

    def _call_delta(self, value: object) -> Brought:
        if not isinstance(value, dict) or not isinstance(delta := value.get("argsTextDelta"), str):
            return MALFORMED
        self._draft(value).arguments.append(delta)
        return TOOL_CALL

    def _call(self, value: object) -> Brought:
        if not isinstance(value, dict) or not isinstance(value.get("toolName"), str | None):
            return MALFORMED
        draft = self._draft(value)
        draft.name = _text_at(value, "toolName") or draft.name
        draft.arguments[:] = [write_arguments(value.get("args"))]
        return TOOL_CALL

    def _result(self, value: object) -> Brought:
        if not isinstance(value, dict):
            return MALFORMED
        key = _text_at(value, "toolCallId")
        draft = self._calls.get(key)
        self.reply.result(key, value.get("result"), name=draft.name if draft else "")
        return NOTHING

    def _step_start(self, value: object) -> Brought:
        if isinstance(value, dict) and (message_id := _text_at(value, "messageId")):
            self.reply.session["messageId"] = message_id
        return NOTHING

    def _step_end(self, value: object) -> Brought:
        if not isinstance(value, dict) or value.get("isContinued") is not True:
            self._message = object()
        return NOTHING

    def _end(self, value: object) -> Brought:
        self.over = True
        if isinstance(value, dict):
            self.reply.finish_reason = _text_at(value, "finishReason") or None
            self.reply.usage = usage_of(value)
        return END


def _most_telling(brought: list[Brought]) -> Brought:
    """What several lines of one piece have brought together."""
    if len(brought) < 2:
        return brought[0] if brought else NOTHING
    text = "".join([one.text for one in brought])
    # A line that cannot be read is told whatever stands beside it: how the body was cut makes no difference to that.
    for kind in ("error", "malformed", "end", "text", "tool_call", "reasoning"):
        for one in brought:
            if one.kind == kind:
                return Brought(one.kind, text, one.reason)
    return NOTHING


def _text_at(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _messages(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    """Messages of version 4: a call and its result are one invocation in the message that made the call."""
    results = {message.get("tool_call_id"): message.get("content") for message in messages if _is_result(message)}
    for index, message in enumerate(messages):
        if _is_result(message):
            continue
        text = text_of(message.get("content"))
        role = message.get("role")
        role = role if role in ("assistant", "system") else "system" if role == "developer" else "user"
        parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        for call_id, name, arguments in calls_of(message):
            value = read_json(arguments)
            call = {"toolCallId": call_id, "toolName": name, "args": {} if value is NOT_JSON else value}
            # Without a result the conversation is refused.
            done = {"state": "result", "result": results.get(call_id, "The call has not been answered.")}
            parts.append({"type": "tool-invocation", "toolInvocation": call | done})
        attached = [_attachment(part) for part in parts_of(message.get("content")) if isinstance(part, Media)]
        made = {"id": f"message-{index}", "role": role, "content": text, "parts": parts}
        yield made | ({"experimental_attachments": attached} if attached else {})


def _attachment(media: Media) -> dict[str, str]:
    if not media.url:
        cannot_carry(media, "the AI SDK", "it takes files by their bytes or their URL")
    return {"name": media.name or media.kind, "contentType": media.type_or_any, "url": media.url}


def _is_result(message: Message) -> bool:
    return message.get("role") == "tool"
