"""Dify's chat, agent, completion and workflow apps.

Source: https://docs.dify.ai/en/api-reference/guides/streaming. The kind of an event stands in its JSON; keep-alives are
blocks with an event name and no data. `message_end` ends a chat; a workflow ends with `workflow_finished`, which in
chats stands before it. `message_replace` takes the place of all the text so far. An agent's thought comes several times
under one id, growing; the models that call functions show their text as a message and then as a thought once more.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.dify import requests as dify_requests
from scenario.dialects.openai.chat import usage_of
from scenario.protocols.assembly import CallDraft
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
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
from scenario.protocols.shapes import misfit
from scenario.protocols.text_in_json import text_in
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent

QUESTION: Final = "human_input_required"
_ID_KEYS: Final = ("task_id", "conversation_id", "message_id", "workflow_run_id")
_KEPT: Final = ("conversation_id", "task_id", "message_id")


class Dify(Dialect):
    """`/v1/chat-messages`, `/v1/completion-messages` and `/v1/workflows/run`."""

    name: ClassVar[str] = "dify"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")
    url_endings: ClassVar[tuple[str, ...]] = dify_requests.ENDINGS

    def request(self, turn: Turn) -> RequestDraft:
        """The user's new text, in the conversation that the server keeps."""
        return dify_requests.run(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The answer to a form is sent first, and the rest of that run read elsewhere."""
        return dify_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream or a whole answer."""
        return DifyReader(self.name, whole=options.framing == "json")

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By an event's kind beside the ids that Dify gives to each."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict):
                continue
            if _is_run(value):
                return Detection(certainty=CERTAIN, reason='it has a "workflow_run_id" and the run\'s "outputs"')
            if not isinstance(value.get("event"), str):
                continue
            found = next((key for key in _ID_KEYS if isinstance(value.get(key), str)), None)
            if found is not None:
                return Detection(certainty=CERTAIN, reason=f'an event has an "event" and a "{found}"')
            if (
                value["event"] == "error"
                and isinstance(value.get("status"), int)
                and isinstance(value.get("code"), str)
            ):
                # A request that fails before its task has begun.
                return Detection(certainty=LIKELY, reason='an error event has a "status" and a "code"')
        return None


class _Said(msgspec.Struct, gc=False):
    answer: str | None = None


class _Thought(msgspec.Struct, gc=False):
    thought: str | None = None
    tool: str | None = None


class _Data(msgspec.Struct, gc=False):
    text: str | None = None


class _Piece(msgspec.Struct, gc=False):
    data: _Data | None = None


class _Outcome(msgspec.Struct, gc=False):
    status: str | None = None
    outputs: dict[str, Any] | list[Any] | str | None = None


class _Finished(msgspec.Struct, gc=False):
    data: _Outcome | None = None


class _Whole(_Said, gc=False):
    data: _Outcome | None = None


# What the places that are read in an event may hold, by its kind.
_SHAPES: Final[Mapping[object, type[msgspec.Struct]]] = {
    **dict.fromkeys(("message", "agent_message", "message_replace"), _Said),
    "agent_thought": _Thought,
    "text_chunk": _Piece,
    "text_replace": _Piece,
    "workflow_finished": _Finished,
}


class DifyReader(Reader):
    """Folds events into a reply."""

    def __init__(self, protocol: str, *, whole: bool) -> None:
        super().__init__(protocol)
        self._whole = whole
        self._chats = False
        self._finished = False
        self._questions: list[dict[str, Any]] = []
        self._thoughts: dict[str, str] = {}
        self._calls: dict[str, list[CallDraft]] = {}
        self._observed: set[str] = set()
        self._since_thought: list[str] = []

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over or not event.data:
            return NOTHING
        value = read_json(event.data)
        if value is NOT_JSON or not isinstance(value, dict):
            return MALFORMED
        kind = value.get("event")
        if not isinstance(kind, str | None):
            return MALFORMED
        if (shape := _Whole if self._whole else _SHAPES.get(kind)) and (wrong := misfit(value, shape)) is not None:
            return wrong
        for key in _KEPT:
            if isinstance(found := value.get(key), str) and found:
                self.reply.session[key] = found
        return self._answer(value) if self._whole else self._event(kind, value)

    def is_whole(self) -> bool:
        """Whether the run has ended: a workflow's own end is not yet that of a chat."""
        return bool(self._questions) or (self._finished and not self._chats)

    def finish(self, ending: Ending) -> Reply:
        """The reply, with what it waits for."""
        if self._questions:
            self.reply.interrupt = {"kind": QUESTION, "interrupts": self._questions}
        return super().finish(ending)

    def _event(self, kind: object, value: dict[str, Any]) -> Brought:
        match kind:
            case "message" | "agent_message":
                return self._text(value.get("answer"))
            case "agent_thought":
                return self._thought(value)
            case "message_replace":
                return self._replace(value.get("answer"))
            case "error":
                return self._failed(value)
            case "message_end":
                return self._end(value)
            case _:
                return self._workflow(kind, value)

    def _text(self, text: object) -> Brought:
        self._chats = True
        if not isinstance(text, str) or not text:
            return NOTHING
        self._since_thought.append(text)
        return Brought("text", self.reply.text(text))

    def _replace(self, text: object) -> Brought:
        self._chats = True
        if isinstance(text, str):
            self.reply.message().texts.clear()
            self.reply.text(text)
        return NOTHING

    def _failed(self, value: dict[str, Any]) -> Brought:
        error = error_of(value)
        self.reply.fail(error.message, error.code)
        return ERROR

    def _end(self, value: dict[str, Any]) -> Brought:
        self._metadata(value.get("metadata"))
        self.over = True
        return END

    def _metadata(self, metadata: object) -> None:
        usage = metadata.get("usage") if isinstance(metadata, dict) else None
        if isinstance(usage, dict):
            self.reply.usage = usage_of(usage)

    def _answer(self, value: dict[str, Any]) -> Brought:
        """An answer that was not streamed: a message, or a workflow's outcome."""
        if value.get("event") == "error" or (value.get("code") and value.get("status")):
            return self._failed(value)
        self._metadata(value.get("metadata"))
        self.over = True
        if isinstance(value.get("data"), dict):
            return self._workflow("workflow_finished", value)
        return self._text(value.get("answer"))

    def _thought(self, value: dict[str, Any]) -> Brought:
        key = _word(value.get("id"))
        thinks = self._thinks(_word(value.get("thought")), key)
        called = self._called(value, key)
        observation = value.get("observation")
        if observation and key not in self._observed:
            self._observed.add(key)
            self._result(observation, value, key)
        if called:
            return TOOL_CALL
        return REASONING if thinks else NOTHING

    def _thinks(self, thought: str, key: str) -> bool:
        """Take in a thought, as far as it has come; whether it says what no message and no earlier state of it said."""
        known = self._thoughts.get(key, "")
        if not thought or not thought.startswith(known) or thought == known:
            return False
        self._thoughts[key] = thought
        said, self._since_thought = "".join(self._since_thought).strip(), []
        if said and said == thought.strip():
            return False
        self.reply.reasoning(thought[len(known) :])
        return True

    def _called(self, value: dict[str, Any], key: str) -> bool:
        """Take in a thought's tool calls: several names stand with semicolons between them."""
        names, given = _word(value.get("tool")), value.get("tool_input")
        if not names:
            return False
        raw = given if isinstance(given, str) else write_json(given or {})
        drafts = self._calls.get(key)
        new = drafts is None
        if drafts is None:
            drafts = self._calls[key] = [
                self.reply.begin_call(object(), id=key, name=name) for name in names.split(";") if name
            ]
        inputs = read_json(raw) if len(drafts) > 1 else None
        for draft in drafts:
            own = inputs.get(draft.name) if isinstance(inputs, dict) else None
            draft.arguments[:] = [raw if own is None else write_arguments(own)]
        return new

    def _result(self, observation: object, value: Mapping[str, Any], key: str) -> None:
        drafts = self._calls.get(key, [])
        outputs = read_json(observation) if isinstance(observation, str) and len(drafts) > 1 else None
        if isinstance(outputs, dict):
            for draft in drafts:
                self.reply.result(key, outputs.get(draft.name), name=draft.name)
        else:
            self.reply.result(key, observation, name=_word(value.get("tool")))

    def _workflow(self, kind: object, value: dict[str, Any]) -> Brought:
        data = value.get("data")
        if not isinstance(data, dict):
            return NOTHING
        match kind:
            case "text_chunk":
                text = data.get("text")
                return Brought("text", self.reply.text(text)) if isinstance(text, str) and text else NOTHING
            case "text_replace":
                return self._replace(data.get("text"))
            case "human_input_required":
                run = value.get("workflow_run_id")
                self._questions.append(data | ({"workflow_run_id": run} if isinstance(run, str) else {}))
                return NOTHING
            case "workflow_paused":
                self.over = True
                return END
            case "workflow_finished":
                return self._outcome(data)
        return NOTHING

    def _outcome(self, data: dict[str, Any]) -> Brought:
        self._finished = True
        status = data.get("status")
        if status in ("failed", "stopped") or data.get("error"):
            self.reply.fail(_word(data.get("error")) or f"the workflow has {status}", _word(status))
            return ERROR
        if self._chats or self.reply.has_text:
            return NOTHING
        outputs = data.get("outputs")
        text = text_in(outputs) or (_only_text(outputs) if isinstance(outputs, dict) else "")
        return Brought("text", self.reply.text(text)) if text else NOTHING


def _is_run(value: dict[str, Any]) -> bool:
    """Whether it is a workflow's outcome that was not streamed, which has no event's name."""
    data = value.get("data")
    return "workflow_run_id" in value and isinstance(data, dict) and {"status", "outputs"} <= data.keys()


def _only_text(outputs: dict[str, Any]) -> str:
    """The text of an outcome whose one text has a name of its own."""
    texts = [value for value in outputs.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else ""


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
