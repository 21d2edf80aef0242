"""A Gradio call's events: `generating`, each with all outputs so far, then `complete`, which tells them once more.

Source: what gradio 6.31 sends at `GET /gradio_api/call/NAME/EVENT_ID`. The data are the function's outputs in their
order, of which the first is the answer: a text, a message, or the conversation. `error` ends a call that failed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar, Final

from scenario.dialects.gradio import requests as gradio_requests
from scenario.errors import ConfigurationError
from scenario.protocols.json_text import NOT_JSON, read_json, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
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
from scenario.wire.sse import ServerSentEvent

_GENERATING: Final = "generating"
_COMPLETE: Final = "complete"
_NAMES: Final = frozenset({_GENERATING, _COMPLETE, "error", "heartbeat"})


class Gradio(Dialect):
    """`/gradio_api/call/NAME` of a Gradio app."""

    name: ClassVar[str] = "gradio"
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)

    def request(self, turn: Turn) -> RequestDraft:
        """The first of `requests`: how the function is called."""
        return next(self.requests(turn))

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The description of the app's functions, the call, and its events.

        Raises:
            ConfigurationError: an interrupt is to be answered; Gradio has none.
        """
        if turn.resume is not None:
            raise ConfigurationError("Gradio has no interrupts that could be answered.")
        return gradio_requests.requests(turn)

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return GradioReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By an event's name beside a list of outputs, where all events have such names."""
        for sample in samples:
            if sample.event.event not in _NAMES:
                return None
        for sample in samples:
            name = sample.event.event
            if name in (_GENERATING, _COMPLETE) and _is_list(sample):
                sure = CERTAIN if name == _GENERATING else LIKELY
                return Detection(certainty=sure, reason=f"an event {name!r} has a list of outputs")
            if name == "error" and {"error", "visible", "title"} <= sample.fields.keys():
                return Detection(certainty=LIKELY, reason="an event 'error' is as Gradio's are")
        return None


def _is_list(sample: Sample) -> bool:
    # One that was damaged is a list still: its event would else be taken for the agent's own words.
    data = sample.event.data
    return isinstance(sample.value, list) or (sample.value is NOT_JSON and (data.startswith("[") or data.endswith("]")))


class GradioReader(Reader):
    """Folds events into a reply."""

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._so_far = ""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over or event.event not in (_GENERATING, _COMPLETE, "error"):
            return NOTHING
        self.begun = True
        value = read_json(event.data)
        if event.event == "error":
            return self._failed(event.data if value is NOT_JSON else value)
        if not isinstance(value, list):
            return MALFORMED
        text = _said(value[0]) if value else ""
        if text is None:
            return Brought("malformed", reason="the first output is neither a text nor a message")
        if self._so_far and (value == [] or isinstance(value[0], int | float | None)):
            return Brought("malformed", reason="the first output was a text, and is none any more")
        piece = self._grown(text)
        if event.event == _COMPLETE:
            self.over = True
            self.retold = bool(text) and not piece
            return Brought("end", piece) if piece else END
        return Brought("text", piece) if piece else NOTHING

    def is_whole(self) -> bool:
        """Never without the event that says so."""
        return False

    def _grown(self, text: str) -> str:
        """What is new in the whole text so far; where it is another text, that replaces what came before it."""
        before, self._so_far = self._so_far, text
        if text.startswith(before):
            return self.reply.text(text[len(before) :])
        self.reply.message().texts[:] = [text]
        self.reply.note("the text was replaced by what came after it")
        return text

    def _failed(self, value: Any) -> Brought:
        told = value.get("error") if isinstance(value, dict) else value
        said = told if isinstance(told, str) else "" if told is None else write_json(told)
        self.reply.fail(said or "the function failed; launch(show_error=True) lets Gradio say how")
        return ERROR


def _said(output: Any) -> str | None:
    """What an output says: a text, a message's, or those of the conversation's last turn; None where it is neither."""
    match output:
        case None:
            return ""
        case str():
            return output
        case bool():
            return None
        case int() | float():
            return str(output)
        case list():
            return _of_messages(output)
        case dict():
            return _of_message(output)
    return None


def _of_messages(messages: list[Any]) -> str | None:
    """Messages that follow the user's last one; pairs, of older chats, hold what was said and what was answered."""
    if messages and isinstance(messages[-1], list):
        return _said(messages[-1][1]) if len(messages[-1]) == 2 and isinstance(messages[-1][1], str | None) else None
    if not all(isinstance(one, dict) for one in messages):
        return None
    users = [place for place, one in enumerate(messages) if one.get("role") == "user"]
    texts = [_of_message(one) for one in messages[users[-1] + 1 if users else 0 :]]
    told = [text for text in texts if text is not None]
    return "\n".join(filter(None, told)) if len(told) == len(texts) else None


def _of_message(message: dict[str, Any]) -> str | None:
    """Its text; what stands under a title is shown as a thought, and not said."""
    meta = message.get("metadata")
    if isinstance(meta, dict) and meta.get("title"):
        return ""
    content = message.get("content", message.get("text", message))
    if isinstance(content, list):
        parts = [one.get("text") for one in content if isinstance(one, dict) and one.get("type") == "text"]
        told = [one for one in parts if isinstance(one, str)]
        return "".join(told) if len(told) == len(parts) else None
    return content if isinstance(content, str) else "" if content is None else None
