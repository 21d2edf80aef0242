"""A whole answer in one JSON value, as home-made endpoints without streaming send it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.home_made.generic import GenericReader
from scenario.dialects.home_made.sse import default_body
from scenario.dialects.openai.chat import usage_of
from scenario.dialects.openai.tool_calls import ToolCallDeltas
from scenario.protocols.event_names import kinds_of
from scenario.protocols.foreign_errors import error_of_body
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.looks import check_number
from scenario.protocols.parts_in_json import reasoning_in
from scenario.protocols.protocol import (
    ERROR,
    LIKELY,
    MALFORMED,
    POSSIBLE,
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
from scenario.protocols.speakers_in_json import own_messages, speaker_of
from scenario.protocols.text_in_json import text_in, text_of_message
from scenario.wire.sse import ServerSentEvent

_CONVERSATIONS: Final = ("messages", "data", "output", "result", "response", "state", "values")


class JsonBody(Dialect):
    """`application/json`: the text stands at one of the usual keys, or at a given path."""

    name: ClassVar[str] = "json"
    framings: ClassVar[tuple[Framing, ...]] = ("json",)
    has_terminal: ClassVar[bool] = False

    def request(self, turn: Turn) -> RequestDraft:
        """The conversation and its id; no stream is asked for."""
        return RequestDraft(body=default_body(msgspec.structs.replace(turn, stream=False)))

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        return _JsonReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Any JSON may be one."""
        value = samples[0].value if samples else None
        if text_in(value) is not None or _messages_in(value):
            return Detection(certainty=LIKELY, reason="its JSON has a text where home-made endpoints put it")
        return Detection(certainty=POSSIBLE, reason="its body is JSON of no known dialect")


class _JsonReader(GenericReader):
    """The whole body comes as one event."""

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol, options)
        self._mode = "json"
        self._seen = False

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in the body."""
        value = read_json(event.data)
        if value is NOT_JSON:
            return MALFORMED
        self._seen = True
        if (error := error_of_body(value)) is not None:
            self.reply.fail(error.message, error.code)
            return ERROR
        if self._path is not None:
            return self._text(self._found(value).text)
        messages = _messages_in(value)
        if messages is not None:
            return self._conversation(messages)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            check_number(value)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            return self._events(value)
        return self._answer_object(value) if isinstance(value, dict) else self._text(text_in(value))

    def is_whole(self) -> bool:
        """Whether the JSON was whole."""
        return self._seen

    def _events(self, values: list[dict[str, Any]]) -> Brought:
        """A list of objects is read as a stream of them would be."""
        if len(values) == 1 and not kinds_of("", values[0]):
            return self._answer_object(values[0])
        brought = [self._object("", value, "") for value in values]
        wrong = next((one for one in brought if one.kind in ("error", "malformed")), None)
        return wrong or Brought("text", "".join(one.text for one in brought))

    def _answer_object(self, value: dict[str, Any]) -> Brought:
        """A whole answer has no kind: {"type": "done", "answer": "…"} is an answer."""
        if isinstance(usage := value.get("usage"), dict):
            self.reply.usage = usage_of(usage)
        brought = self._content(value)
        self._note_reason(value, ends=False)
        return brought

    def _conversation(self, messages: list[dict[str, Any]]) -> Brought:
        """Messages that the agent hands over as the conversation has them."""
        texts: list[str] = []
        for index, message in enumerate(messages):
            if speaker_of(message) == "tool":
                self.reply.result(str(message.get("tool_call_id", "")), message.get("content"))
                continue
            ToolCallDeltas(self.reply, index).add(message.get("tool_calls", message.get("toolCalls")))
            self.reply.reasoning(reasoning_in(message))
            texts.append(self.reply.text(text_of_message(message), index))
        return Brought("text", "".join(texts))


def _messages_in(value: object, depth: int = 3) -> list[dict[str, Any]] | None:
    """The agent's own messages, where a body is a conversation, or has one inside."""
    if isinstance(value, dict):
        for key in _CONVERSATIONS:
            if depth and (found := _messages_in(value.get(key), depth - 1)) is not None:
                return found
        return None
    return own_messages(value) if isinstance(value, list) else None
