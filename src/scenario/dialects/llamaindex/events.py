"""LlamaIndex's workflow server: a run is started in one place, and its events are read in another.

Source: https://developers.llamaindex.ai/python/llamaagents/workflows/deployment/. An event is an envelope: the `type`
of the application's own event, the `types` it derives from, its `value`. `StopEvent` ends a run, and so does everything
that derives from it; of these, those that mean a failure are errors. `InputRequiredEvent` asks a human: the stream then
stays open and silent, so that it is the end of this reply.

Fields that an event's class does not name stand one level deeper, at `_data`.

What the text is, the application decides. Pieces stand at `delta`, `token` or `chunk`; what stands elsewhere (`text`,
`content`, …) tells of progress, and is the answer only where the run's result has no text.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.llamaindex import requests as llamaindex_requests
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    REASONING,
    TOOL_CALL,
    Answered,
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
from scenario.protocols.text_in_json import text_in
from scenario.wire.sse import ServerSentEvent

QUESTION: Final = "llamaindex-input-required"
_PIECES: Final = ("delta", "token", "chunk")
_WHOLE: Final = ("text", "content", "answer", "response", "message", "msg")
_FAILURES: Final = {
    "WorkflowFailedEvent": "the workflow failed",
    "WorkflowTimedOutEvent": "the workflow ran out of time",
    "WorkflowCancelledEvent": "the workflow was cancelled",
}


class LlamaIndex(Dialect):
    """`/workflows/NAME/run-nowait` and `/events/HANDLER`."""

    name: ClassVar[str] = "llamaindex"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "ndjson", "json")
    url_endings: ClassVar[tuple[str, ...]] = ("/run-nowait",)

    def request(self, turn: Turn) -> RequestDraft:
        """The run's start; its events are read elsewhere, so that `requests` is what a turn needs."""
        return llamaindex_requests.start(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The run is started, or what it waits for is sent to it; then its events are read."""
        return llamaindex_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream of events or a run's outcome."""
        return LlamaIndexReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the envelope."""
        for sample in samples:
            value = sample.value
            if isinstance(value, dict) and "value" in value and isinstance(value.get("type"), str):
                for key in ("qualified_name", "types"):
                    if key in value:
                        return Detection(certainty=CERTAIN, reason=f'an event is an envelope with "{key}"')
            if isinstance(value, dict) and "handler_id" in value and "workflow_name" in value:
                return Detection(certainty=CERTAIN, reason='its JSON has a "handler_id" and a "workflow_name"')
        return None


class _Piece(msgspec.Struct, gc=False):
    delta: str | None = None


class _Call(msgspec.Struct, gc=False):
    tool_name: str | None = None


# What the places that are read in the agents' own events may hold; in an application's, what stands where is its own.
_SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = {"AgentStream": _Piece, "ToolCall": _Call}


class LlamaIndexReader(Reader):
    """Folds a run's events into a reply."""

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol)
        self._path = JsonPath(options.text_path, argument="reply") if options.text_path else None
        self._pieces = False
        self._progress = ""
        # Where the application's own events have had their pieces, by their kinds.
        self._places: dict[str, str] = {}

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over or not event.data:
            return NOTHING
        value = read_json(event.data)
        if not isinstance(value, dict):
            return MALFORMED if value is NOT_JSON or value is not None else NOTHING
        if "handler_id" in value and "workflow_name" in value:
            return self._handler(value)
        kind, content = value.get("type"), value.get("value")
        if not isinstance(kind, str) or not isinstance(content, dict | None):
            return MALFORMED
        fields = _with_unnamed(content) if isinstance(content, dict) else {}
        bases = value.get("types")
        kinds = {kind, *(base for base in (bases if isinstance(bases, list) else ()) if isinstance(base, str))}
        if "StopEvent" in kinds or kind in _FAILURES:
            return self._stopped(kinds, fields)
        if "InputRequiredEvent" in kinds:
            return self._asked(kind, fields, event.id)
        return self._event(kind, fields)

    def is_whole(self) -> bool:
        """Never: a run ends with an event that says so."""
        return False

    def _event(self, kind: str, fields: dict[str, Any]) -> Brought:
        if (shape := _SHAPES.get(kind)) and (wrong := misfit(fields, shape)) is not None:
            return wrong
        match kind:
            case "ToolCall":
                return self._tool_call(fields)
            case "ToolCallResult":
                return self._tool_result(fields)
            case "AgentInput" | "AgentSetup" | "AgentOutput":
                # The agent's own steps: what they hold has come, or comes, in other events.
                return NOTHING
        if isinstance(fields.get(self._places.get(kind, "")), int | float):
            return Brought("malformed", reason="a number stands where others of its kind have their text")
        if isinstance(thought := fields.get("thinking_delta"), str) and thought:
            self.reply.reasoning(thought)
            return self._text(kind, fields, REASONING)
        return self._text(kind, fields, NOTHING)

    def _text(self, kind: str, fields: dict[str, Any], otherwise: Brought) -> Brought:
        if self._path is not None:
            found = self._path.find(fields)
            text = found if isinstance(found, str) else ""
            self._pieces = self._pieces or bool(text)
            return Brought("text", self.reply.text(text)) if text else otherwise
        place = next((key for key in _PIECES if isinstance(fields.get(key), str)), None)
        if place is None:
            self._progress = next((fields[key] for key in _WHOLE if isinstance(fields.get(key), str)), self._progress)
            return otherwise
        self._pieces = True
        self._places[kind] = place
        return Brought("text", self.reply.text(fields[place])) if fields[place] else otherwise

    def _tool_call(self, fields: dict[str, Any]) -> Brought:
        arguments = fields.get("tool_kwargs")
        draft = self.reply.begin_call(object(), id=_word(fields.get("tool_id")), name=_word(fields.get("tool_name")))
        draft.arguments.append(write_arguments({} if arguments is None else arguments))
        return TOOL_CALL

    def _tool_result(self, fields: dict[str, Any]) -> Brought:
        output = fields.get("tool_output")
        content, failed = output, False
        if isinstance(output, dict):
            failed = output.get("is_error") is True
            content = output.get("content", _blocks(output) or output)
        self.reply.result(_word(fields.get("tool_id")), content, name=_word(fields.get("tool_name")), is_error=failed)
        return NOTHING

    def _asked(self, kind: str, fields: dict[str, Any], position: str) -> Brought:
        self.over = True
        self.reply.interrupt = {
            "kind": QUESTION,
            "interrupts": [{"type": kind, "value": fields} | ({"after": position} if position else {})],
        }
        return END

    def _stopped(self, kinds: set[str], fields: dict[str, Any]) -> Brought:
        failure = next((name for name in _FAILURES if name in kinds), None)
        if failure is not None:
            self.reply.fail(_failure(fields) or _FAILURES[failure], _error_type(fields) or failure)
            return ERROR
        self.over = True
        if self._pieces or self._path is not None:
            return END
        result = fields.get("result", fields)
        text = _result_text(result) or self._progress or _result_json(result)
        return Brought("end", self.reply.text(text)) if text else END

    def _handler(self, value: dict[str, Any]) -> Brought:
        """A run's outcome, where it was waited for."""
        result = value.get("result")
        if value.get("error") or value.get("status") == "failed":
            self.reply.fail(_word(value.get("error")) or "the workflow failed", _word(value.get("status")))
            return ERROR
        fields = result.get("value", result) if isinstance(result, dict) else {"result": result}
        return self._stopped({"StopEvent"}, fields if isinstance(fields, dict) else {"result": fields})


def _with_unnamed(fields: dict[str, Any]) -> dict[str, Any]:
    """An event's fields, those that its class does not name among them."""
    unnamed = fields.get("_data")
    if not isinstance(unnamed, dict):
        return fields
    return unnamed | {name: value for name, value in fields.items() if name != "_data"}


def _result_text(result: object) -> str:
    """The text of a run's result: text itself, an agent's message in blocks, or a text where home-made ones put it."""
    if isinstance(result, Mapping) and isinstance(message := result.get("response"), Mapping):
        return _blocks(message) or text_in(message) or ""
    if isinstance(result, Mapping) and set(result) <= {"result"}:
        return _result_text(result["result"]) if result else ""
    return text_in(result) or ""


def _result_json(result: object) -> str:
    """A run that ends in a value without a text has said that value; an agent's output is none."""
    if not isinstance(result, dict | list) or not result or (isinstance(result, dict) and "response" in result):
        return ""
    return write_json(result)


def _blocks(message: Mapping[str, Any]) -> str:
    """The text of a message's or a tool output's blocks."""
    blocks = message.get("blocks")
    texts = [block.get("text") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return "".join(text for text in texts if isinstance(text, str))


def _failure(fields: dict[str, Any]) -> str:
    exception = fields.get("exception")
    if isinstance(exception, dict):
        exception = exception.get("message") or exception.get("exception_message")
    return _word(exception) or _word(fields.get("exception_message")) or _word(fields.get("message"))


def _error_type(fields: dict[str, Any]) -> str:
    exception = fields.get("exception")
    found = exception.get("type") or exception.get("exception_type") if isinstance(exception, dict) else None
    return _word(found) or _word(fields.get("exception_type"))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
