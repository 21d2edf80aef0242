"""Google's Agent Development Kit: the events of `/run_sse`.

Source: https://google.github.io/adk-docs/events/. While a model streams, its events are `partial` and hold what is new;
the event after them repeats the whole, with the tool calls, and is the one that the server keeps. So pieces count as
they come, and the whole counts for what it adds to them. A stream has no terminal event; one that ends in the midst of
pieces was cut. Agents that work side by side are told apart by `author` and `branch`.

A call that waits for a human is named in `longRunningToolIds`; its name is the interrupt's kind. A first result of it
says only that it waits, a second one that it no longer does. A workflow may end in an event's `output` alone. Servers
that write events by themselves often have their fields in snake_case, as Python names them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.adk import requests as adk_requests
from scenario.late_pattern import late_pattern
from scenario.protocols.errors_in_json import error_in
from scenario.protocols.json_text import NOT_JSON, read_json, shortened, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    REASONING,
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
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent

_UNDERSCORE: Final = late_pattern("_([a-z])")
# These stand in errorCode too, beside an answer that is cut short as models' answers are; that is how it finished.
_FINISHED_SHORT: Final = ("MAX_TOKENS", "STOP")


class Adk(Dialect):
    """`/run_sse`."""

    name: ClassVar[str] = "adk"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")
    has_terminal: ClassVar[bool] = False
    url_endings: ClassVar[tuple[str, ...]] = ("/run_sse",)

    def request(self, turn: Turn) -> RequestDraft:
        """The user's new message, in the conversation's session."""
        return adk_requests.run(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The app is looked up and the session made first, where the conversation has none."""
        return adk_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream or the list of events of `/run`."""
        return AdkReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By what each event has: who said it, in which invocation."""
        for sample in samples:
            value = sample.value[0] if isinstance(sample.value, list) and sample.value else sample.value
            if not isinstance(value, dict):
                continue
            for name in ("invocationId", "invocation_id"):
                if name in value and "author" in value:
                    return Detection(certainty=CERTAIN, reason=f'an event has an "{name}" and an "author"')
            if "error" in value and "error_details" in value:
                return Detection(certainty=LIKELY, reason='an event has "error" and "error_details"')
        return None


class _Call(msgspec.Struct, gc=False):
    name: str | None = None


class _Part(msgspec.Struct, gc=False):
    text: str | None = None
    functionCall: _Call | None = None  # noqa: N815 - the name on the wire
    function_call: _Call | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part | None] | None = None


class _Shape(msgspec.Struct, gc=False):
    """What the places that are read in an event may hold."""

    content: _Content | None = None
    partial: bool | None = None


class AdkReader(Reader):
    """Folds events into a reply."""

    shape = msgspec.json.Decoder(_Shape | list[_Shape])

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol)
        self._listed = options.framing == "json"
        self._speakers: dict[tuple[str, str], _Speaker] = {}
        self._begun = False
        self._calls: set[str] = set()
        self._waiting: dict[str, dict[str, Any]] = {}
        self._answered: set[str] = set()
        self._output: object = None

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if not event.data:
            return NOTHING
        value = read_json(event.data)
        if value is NOT_JSON:
            return MALFORMED
        if self._listed and isinstance(value, list):
            self.over = True
            brought = [self._event(one) for one in value if isinstance(one, dict)]
            return Brought("text", "".join([one.text for one in brought]))
        return self._event(value) if isinstance(value, dict) else MALFORMED

    def is_whole(self) -> bool:
        """Whether the end of the body may be the end of the run: no message is left in pieces."""
        return self._begun and not any(speaker.in_pieces for speaker in self._speakers.values())

    def finish(self, ending: Ending) -> Reply:
        """The reply, with what it waits for; where nothing was said, it is what the run has put out."""
        if self._output is not None and not (self.reply.has_text or self.reply.error or self._waiting):
            output = self._output
            self.reply.text(output if isinstance(output, str) else write_json(output))
        waiting = list(self._waiting.values())
        if waiting:
            # One question is the usual case, and stands by itself.
            self.reply.interrupt = waiting[0] | ({"interrupts": waiting} if len(waiting) > 1 else {})
        return super().finish(ending)

    def _event(self, value: dict[str, Any]) -> Brought:
        if "invocation_id" in value:
            value = _in_camel_case(value)
        if (error := error_in(value)) is not None:
            details = value.get("error_details")
            code = details.get("error_type") if isinstance(details, dict) else None
            self.reply.fail(error.message, code if isinstance(code, str) else error.code)
            return ERROR
        self._begun = True
        if isinstance(invocation := value.get("invocationId"), str) and invocation:
            self.reply.session["invocationId"] = invocation
        content = value.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        brought = NOTHING
        if isinstance(parts, list) and value.get("author") != "user":
            brought = self._parts([part for part in parts if isinstance(part, dict)], value)
        self._about(value)
        return self._error(value) or brought

    def _about(self, value: dict[str, Any]) -> None:
        """What an event says beside its content."""
        if isinstance(usage := value.get("usageMetadata"), dict):
            self.reply.usage = _usage(usage)
        if isinstance(reason := value.get("finishReason"), str) and reason:
            self.reply.finish_reason = reason
        if (output := value.get("output")) is not None:
            self._output = output

    def _error(self, value: dict[str, Any]) -> Brought | None:
        code, message = value.get("errorCode"), value.get("errorMessage")
        if not code and not message:
            return None
        if code in _FINISHED_SHORT and not self.reply.is_empty:
            self.reply.finish_reason = str(code)
            return None
        self.reply.fail(str(message or code), str(code or ""))
        return ERROR

    def _parts(self, parts: list[dict[str, Any]], value: dict[str, Any]) -> Brought:
        speaker = self._speaker(value)
        text = "".join([part["text"] for part in parts if _is_text(part) and not part.get("thought")])
        thought = "".join([part["text"] for part in parts if _is_text(part) and part.get("thought")])
        partial = value.get("partial") is True
        new_thought = speaker.think(thought, partial=partial)
        new_text, added = speaker.say(text, partial=partial)
        self.reply.reasoning(new_thought)
        told = ""
        if new_text is None:
            self.reply.contradict(
                f"the pieces have brought {shortened(speaker.told)}, and the whole that follows is {shortened(text)}"
            )
            self.reply.message(speaker.message).texts.clear()
            self.reply.text(text, speaker.message)
        elif added:
            told = self.reply.text(new_text, speaker.message)
        called = self._called(parts, value, speaker, partial=partial)
        if not partial and (text or thought or called or value.get("finishReason")):
            speaker.end()
        if called:
            return Brought("tool_call", told) if told else TOOL_CALL
        if told:
            return Brought("text", told)
        return REASONING if new_thought else NOTHING

    def _speaker(self, value: dict[str, Any]) -> _Speaker:
        author, branch = value.get("author"), value.get("branch")
        key = (author if isinstance(author, str) else "", branch if isinstance(branch, str) else "")
        if key not in self._speakers:
            self._speakers[key] = _Speaker()
        return self._speakers[key]

    def _called(self, parts: list[dict[str, Any]], value: dict[str, Any], speaker: _Speaker, *, partial: bool) -> bool:
        """Take in tool calls and their results; whether there was a call."""
        found = False
        waiting = value.get("longRunningToolIds")
        for part in parts:
            if isinstance(call := part.get("functionCall"), dict):
                found = True
                if not partial:
                    self._call(call, speaker, waiting if isinstance(waiting, list) else [])
            elif isinstance(response := part.get("functionResponse"), dict):
                self._result(response)
        return found

    def _call(self, call: dict[str, Any], speaker: _Speaker, waiting: list[Any]) -> None:
        call_id, name, arguments = _word(call.get("id")), _word(call.get("name")), call.get("args")
        if call_id and call_id in self._calls:
            return
        self._calls.add(call_id)
        draft = self.reply.begin_call(object(), id=call_id, name=name, message=speaker.message)
        draft.arguments.append(write_arguments({} if arguments is None else arguments))
        if call_id in waiting:
            self._waiting[call_id] = {"kind": name, "id": call_id, "args": arguments}

    def _result(self, response: dict[str, Any]) -> None:
        call_id, output = _word(response.get("id")), response.get("response")
        if self._calls and call_id and call_id not in self._calls:
            self.reply.contradict(f"a result of call {call_id[:60]!r} came, which was never made")
        failed = isinstance(output, dict) and set(output) == {"error"}
        self.reply.result(call_id, output, name=_word(response.get("name")), is_error=failed)
        if call_id in self._answered:
            self._waiting.pop(call_id, None)
        self._answered.add(call_id)


class _Speaker:
    """One agent's message in the making.

    Attributes:
        message: the key of its message in the reply.
        in_pieces: pieces of it have come, and the whole has not.
    """

    def __init__(self) -> None:
        self.message: object = object()
        self.in_pieces = False
        self._texts: list[str] = []
        self._thoughts: list[str] = []

    @property
    def told(self) -> str:
        """What has come of the message in pieces."""
        return "".join(self._texts)

    def say(self, text: str, *, partial: bool) -> tuple[str | None, bool]:
        """What a text adds to the message, and whether it adds anything; None where it stands in place of the rest."""
        if partial:
            self.in_pieces = self.in_pieces or bool(text)
            self._texts.append(text)
            return text, bool(text)
        known = "".join(self._texts)
        if text.startswith(known):
            return text[len(known) :], len(text) > len(known)
        return ("", False) if not text or known.endswith(text) else (None, True)

    def think(self, thought: str, *, partial: bool) -> str:
        """What a thought adds to those before it."""
        if partial:
            self.in_pieces = self.in_pieces or bool(thought)
            self._thoughts.append(thought)
            return thought
        known = "".join(self._thoughts)
        return thought[len(known) :] if thought.startswith(known) else ""

    def end(self) -> None:
        """The whole has come: what follows is another message."""
        self.message = object()
        self.in_pieces = False
        self._texts = []
        self._thoughts = []


def _in_camel_case(event: dict[str, Any]) -> dict[str, Any]:
    """An event with the names that the server's own JSON has; names inside arguments and results stay."""
    renamed = _renamed(event)
    content, usage = event.get("content"), renamed.get("usageMetadata")
    parts = content.get("parts") if isinstance(content, dict) else None
    if isinstance(parts, list):
        renamed["content"] = {"parts": [_renamed(part) if isinstance(part, dict) else part for part in parts]}
    if isinstance(usage, dict):
        renamed["usageMetadata"] = _renamed(usage)
    return renamed


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    return {_UNDERSCORE.sub(lambda found: found[1].upper(), name): value for name, value in fields.items()}


def _usage(usage: dict[str, Any]) -> Usage:
    taken = _count(usage, "promptTokenCount")
    given = _count(usage, "candidatesTokenCount") + _count(usage, "thoughtsTokenCount")
    return Usage(
        input_tokens=taken, output_tokens=given, total_tokens=_count(usage, "totalTokenCount") or taken + given
    )


def _count(usage: dict[str, Any], key: str) -> int:
    value = usage.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _is_text(part: dict[str, Any]) -> bool:
    return isinstance(part.get("text"), str)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
