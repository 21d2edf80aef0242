"""LangServe's `/stream`: `metadata`, `data` for each piece of the output, `error`, and `end`; and what `/invoke` says.

Source: https://github.com/langchain-ai/langserve (0.3). A piece is what the runnable yields: a chat model's chunk, a
text, or a part of a mapping. `end` has no data; a stream without it was cut, and one that failed ends with `error`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import zip_longest
from typing import Any, ClassVar

from scenario.dialects.langgraph.langchain_folding import MessageFolding
from scenario.dialects.langgraph.langchain_messages import Fields, message_in
from scenario.dialects.langserve import requests as langserve_requests
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import (
    CERTAIN,
    ERROR,
    MALFORMED,
    NOTHING,
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

_CHANNEL = "data"


class LangServe(Dialect):
    """`PATH/stream` and `PATH/invoke` of a runnable."""

    name: ClassVar[str] = "langserve"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")

    def request(self, turn: Turn) -> RequestDraft:
        """The input, as most chat chains take it; `requests` looks first what it has to be."""
        return langserve_requests.run(turn)

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The input in the shape that the runnable's schema tells."""
        return langserve_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream or a whole output."""
        return LangServeReader(self.name, whole=options.framing == "json")

    def detect(self, head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the first two events, or by an output beside the run that it is of."""
        for sample, after in zip_longest(samples, samples[1:]):
            value = sample.fields
            begins = sample.event.event == "metadata" and value.keys() == {"run_id"}
            if begins and after is not None and _is_yielded(after):
                return Detection(certainty=CERTAIN, reason="a run_id comes first, and then data, as LangServe has it")
            metadata = value.get("metadata")
            is_output = head.content_type == "application/json" and value.keys() == {"output", "metadata"}
            if is_output and isinstance(metadata, dict) and "run_id" in metadata:
                return Detection(certainty=CERTAIN, reason="an output stands beside the run_id of its run")
        return None


def _is_yielded(sample: Sample) -> bool:
    """Whether an event is what a runnable yields, or how it failed; LangGraph names other events so early."""
    failed = sample.event.event == "error" and "status_code" in sample.fields
    return sample.event.event == "data" or failed


class LangServeReader(Reader):
    """Folds what a runnable yields into a reply."""

    def __init__(self, protocol: str, *, whole: bool) -> None:
        super().__init__(protocol)
        self._whole = whole
        self._messages = MessageFolding(self.reply)

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over:
            return NOTHING
        if not event.data:
            return NOTHING
        value = read_json(event.data)
        if value is NOT_JSON:
            return MALFORMED
        if self._whole:
            return self._output(value)
        self.begun = True
        match event.event:
            case "data":
                return self._piece(value)
            case "error":
                return self._failed(value)
        return NOTHING

    def is_whole(self) -> bool:
        """Never without the event that says so."""
        return False

    def finish(self, ending: Ending) -> Reply:
        """The reply: the end has no data, so that by the standard no event comes of it."""
        self.over = self.over or (not self._whole and "event: end" in ending.last_block)
        return super().finish(ending)

    def _output(self, value: Any) -> Brought:
        if not isinstance(value, dict):
            return MALFORMED
        if "output" not in value:
            return self._failed(value)
        self.over = True
        return self._piece(value["output"])

    def _failed(self, value: Any) -> Brought:
        error = error_of(value)
        self.reply.fail(error.message, error.code)
        return ERROR

    def _piece(self, value: Any) -> Brought:
        """What the runnable yields: a text, a message or a piece of one, or a part of a mapping."""
        if isinstance(value, str):
            return Brought("text", self.reply.text(value)) if value else NOTHING
        if isinstance(value, list):
            return self._listed(value)
        if not isinstance(value, dict):
            return NOTHING if value is None else MALFORMED
        if not isinstance(value.get("type", ""), str):
            return MALFORMED
        if (message := message_in(value)) is not None:
            if message.speaker == "other":
                return NOTHING
            if (wrong := misfit(message.fields, Fields)) is not None:
                return wrong
            return self._messages.add(message, _CHANNEL) if message.chunk else self._messages.take(message)
        if isinstance(messages := value.get("messages"), list) and not isinstance(value.get("output"), str):
            return self._listed(messages)
        text = value.get("output") if isinstance(value.get("output"), str) else text_in(value)
        return Brought("text", self.reply.text(text)) if text else NOTHING

    def _listed(self, messages: list[Any]) -> Brought:
        """Messages of a state: those that the agent has said since the user last spoke."""
        found = [message for one in messages if (message := message_in(one)) is not None]
        if messages and not found:
            return MALFORMED
        users = [place for place, one in enumerate(found) if one.speaker == "other"]
        brought = [self._messages.take(one) for one in found[(users[-1] + 1 if users else 0) :]]
        texts = "".join(one.text for one in brought)
        telling = next((one for one in brought if one.kind == "malformed"), brought[-1] if brought else NOTHING)
        return Brought(telling.kind, texts, telling.reason) if texts else telling
