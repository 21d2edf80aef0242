"""OpenAI's ChatKit: what a self-hosted ChatKit server streams of a thread.

Source: https://openai.github.io/chatkit-python and the package openai-chatkit 1.6.5. Items of the thread are added,
updated and done; those of the user come back as an echo. There is no event that ends a stream: an answer is whole when
the assistant has said something and every item that was added is done. What an item is at its end must be what its
updates have brought; an item that is replaced or removed is told anew, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.protocols.content_parts import Media, cannot_carry, parts_of
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import read_json, repaired, shortened, write_arguments
from scenario.protocols.protocol import (
    CERTAIN,
    ERROR,
    MALFORMED,
    NOTHING,
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
from scenario.types import Message
from scenario.wire.sse import ServerSentEvent

_ITEMS: Final = ("thread.item.added", "thread.item.done", "thread.item.replaced")
_THREAD: Final = ("thread.created", "thread.updated")
# An item has hardly more parts than one.
_MOST_PARTS: Final = 64
_PART: Final = "assistant_message.content_part."

_Event = Mapping[str, Any]


class ChatKit(Dialect):
    """A ChatKit server's endpoint."""

    name: ClassVar[str] = "chatkit"
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)
    has_terminal: ClassVar[bool] = False
    url_endings: ClassVar[tuple[str, ...]] = ("/chatkit",)

    def request(self, turn: Turn) -> RequestDraft:
        """What was said, in a new thread or in the one that the last answer named: the server keeps the rest."""
        thread = turn.session.get("thread_id")
        content = [part for message in turn.new_messages or turn.messages for part in _parts(message)]
        said = {"content": content, "attachments": [], "inference_options": {}}
        if isinstance(thread, str):
            params = {"thread_id": thread, "input": said}
            return RequestDraft(body={"type": "threads.add_user_message", "params": params})
        return RequestDraft(body={"type": "threads.create", "params": {"input": said}})

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return ChatKitReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the types of its events, and what they are of."""
        for sample in samples:
            value = sample.fields
            kind = value.get("type")
            of_thread = kind in _THREAD and isinstance(value.get("thread"), dict)
            of_item = kind in _ITEMS and isinstance(value.get("item"), dict)
            of_update = kind == "thread.item.updated" and isinstance(value.get("update"), dict)
            if of_thread or of_item or of_update:
                return Detection(certainty=CERTAIN, reason=f'an event says "type": "{kind}"')
        return None


class _Content(msgspec.Struct, gc=False):
    text: str | None = None


class _Item(msgspec.Struct, gc=False):
    type: str | None = None
    name: str | None = None
    content: list[_Content | None] | str | None = None


class _ItemEvent(msgspec.Struct, gc=False):
    item: _Item | None = None


class _Update(msgspec.Struct, gc=False):
    type: str | None = None
    delta: str | None = None
    content: _Content | str | None = None


class _UpdateEvent(msgspec.Struct, gc=False):
    update: _Update | None = None


_SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = {
    **dict.fromkeys(_ITEMS, _ItemEvent),
    "thread.item.updated": _UpdateEvent,
}


class ChatKitReader(Reader):
    """Folds the events of a turn into a reply."""

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._open: set[str] = set()
        self._answered = False
        self._called: set[str] = set()
        self._handlers: Mapping[str, Callable[[_Event], Brought]] = {
            "thread.item.added": self._added,
            "thread.item.updated": self._updated,
            "thread.item.done": self._done,
            "thread.item.replaced": self._done,
            "thread.item.removed": self._removed,
            "thread.created": self._thread,
            "thread.updated": self._thread,
            "error": self._error,
        }

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        value = read_json(event.data)
        if type(value) is not dict or type(kind := value.get("type")) is not str:
            return MALFORMED if event.data.strip() not in ("", "[DONE]") else NOTHING
        if (shape := _SHAPES.get(kind)) and (wrong := misfit(value, shape)) is not None:
            return wrong
        handler = self._handlers.get(kind)
        return NOTHING if handler is None else handler(value)

    @property
    def ended(self) -> bool:
        """Whether the assistant has said something, and nothing of it is open."""
        return self._answered and not self._open

    def is_whole(self) -> bool:
        """The same: a stream has no other end than the body's."""
        return self.ended

    def _thread(self, event: _Event) -> Brought:
        thread = event.get("thread")
        if isinstance(thread, dict) and isinstance(thread_id := thread.get("id"), str) and thread_id:
            self.reply.session["thread_id"] = thread_id
        return NOTHING

    def _added(self, event: _Event) -> Brought:
        item = _object(event, "item")
        if item.get("type") != "user_message":
            self.begun = True
            self._open.add(_text(item, "id"))
        return NOTHING

    def _updated(self, event: _Event) -> Brought:
        update, key = _object(event, "update"), _text(event, "item_id")
        kind = _text(update, "type")
        if not kind.startswith(_PART):
            return NOTHING
        self.begun = True
        self._open.add(key)
        if kind == f"{_PART}text_delta":
            place = (key, update.get("content_index") or 0)
            if delta := _text(update, "delta"):
                return Brought("text", self.reply.text(delta, _hashable(place)))
        elif kind == f"{_PART}done":
            return self._whole((key, update.get("content_index") or 0), _text(_object(update, "content"), "text"))
        return NOTHING

    def _done(self, event: _Event) -> Brought:
        item = _object(event, "item")
        key, kind = _text(item, "id"), item.get("type")
        self._open.discard(key)
        if kind == "assistant_message":
            self._answered = True
            content = item.get("content")
            texts = (
                [content]
                if isinstance(content, str)
                else [_text(part, "text") for part in content or () if isinstance(part, dict)]
            )
            replaced = event.get("type") == "thread.item.replaced"
            brought = [self._whole((key, place), text, replaced=replaced) for place, text in enumerate(texts)]
            text = "".join([one.text for one in brought])
            return Brought("text", text) if text else NOTHING
        if kind == "client_tool_call" and key not in self._called:
            self._called.add(key)
            self._answered = True
            draft = self.reply.begin_call(key, id=_text(item, "call_id") or key, name=_text(item, "name"))
            draft.arguments.append(write_arguments(item.get("arguments") or {}))
            return TOOL_CALL
        return NOTHING

    def _whole(self, place: tuple[str, Any], text: str, *, replaced: bool = False) -> Brought:
        """A part that is done: it counts where no piece of it has come, and must equal what has."""
        place = _hashable(place)
        told = self.reply.message(place).text if self.reply.has_own(place) else ""
        if replaced and told:
            self.reply.message(place).texts[:] = [text]
            return NOTHING
        if not told:
            return Brought("text", self.reply.text(text, place)) if text else NOTHING
        if told != repaired(text):
            self.reply.contradict(f"the pieces of an item are {shortened(told)}, and at its end {shortened(text)}")
        return NOTHING

    def _removed(self, event: _Event) -> Brought:
        key = _text(event, "item_id")
        self._open.discard(key)
        for place in range(_MOST_PARTS):
            if self.reply.has_own((key, place)):
                self.reply.message((key, place)).texts.clear()
        return NOTHING

    def _error(self, event: _Event) -> Brought:
        error = error_of({name: one for name, one in event.items() if name != "type"})
        self.reply.fail(error.message, error.code)
        return ERROR


def _hashable(place: tuple[str, Any]) -> tuple[str, int]:
    key, index = place
    return key, index if type(index) is int else 0


def _object(value: _Event, key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: _Event, key: str) -> str:
    found = value.get(key)
    return found if type(found) is str else ""


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    """What the user says."""
    if message.get("role") not in (None, "user"):
        return
    for part in parts_of(message.get("content")):
        if isinstance(part, Media):
            cannot_carry(part, "ChatKit", "its clients upload files to the server's own store first")
        yield {"type": "input_text", "text": part}
