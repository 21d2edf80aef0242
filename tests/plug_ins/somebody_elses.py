"""Dialects as other packages may bring them: one that is sound, and others that are broken, each in one way."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar

from scenario.errors import AgentError
from scenario.protocol import (
    CERTAIN,
    END,
    MALFORMED,
    NOTHING,
    Answered,
    Brought,
    Detection,
    Dialect,
    Ending,
    Head,
    Reader,
    ReadOptions,
    Reply,
    RequestDraft,
    Sample,
    ServerSentEvent,
    Turn,
    read_json,
)

BODY = b'data: {"w": "It is "}\n\ndata: {"w": "18."}\n\ndata: {"end": 1}\n\n'


class SoundReader(Reader):
    """Words, and an end."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        value = read_json(event.data)
        if self.over:
            return NOTHING
        if not isinstance(value, dict) or not isinstance(value.get("w", ""), str):
            return MALFORMED
        self.over = "end" in value
        return END if self.over else Brought("text", self.reply.text(value.get("w", "")))

    def is_whole(self) -> bool:
        """Never."""
        return False


class Sound(Dialect):
    """Nothing is wrong with it."""

    name: ClassVar[str] = "sound"
    url_endings: ClassVar[tuple[str, ...]] = ("/sound",)
    reads: ClassVar[type[Any]] = SoundReader

    def request(self, turn: Turn) -> RequestDraft:
        """All messages."""
        return RequestDraft(body={"messages": turn.messages})

    def reader(self, options: ReadOptions) -> Reader:
        """A reader."""
        del options
        reader: Reader = self.reads(self.name)
        return reader

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By a word."""
        if any(isinstance(one.value, dict) and "w" in one.value for one in samples):
            return Detection(certainty=CERTAIN, reason='an event has a "w"')
        return None


class Renamed(Sound):
    """Its name is another than its entry point's."""

    name: ClassVar[str] = "another"


class Frameless(Sound):
    """It is cut in a way that nobody knows."""

    framings: ClassVar[Any] = ("csv",)


class Everywhere(Sound):
    """It is spoken at all URLs."""

    url_endings: ClassVar[tuple[str, ...]] = ("",)


class Abstract(Dialect):
    """It lacks everything."""

    name: ClassVar[str] = "sound"


class Demanding(Sound):
    """It cannot be made."""

    def __init__(self, key: str) -> None:
        self.key = key


def not_a_class() -> Sound:
    """A function, where a class is meant."""
    return Sound()


class RaisingReader(SoundReader):
    """Takes for granted that each event has words."""

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        return Brought("text", self.reply.text(read_json(event.data)["w"]))


class SilentReader(SoundReader):
    """Says nothing of what an event brought."""

    def read(self, event: ServerSentEvent) -> Any:
        """Take in one event."""
        super().read(event)


class HurriedReader(SoundReader):
    """Fails where events come many at a time."""

    def read_texts(self, data: Sequence[str], name: str) -> list[str] | None:
        """Take in events of which each brings nothing but text."""
        raise IndexError(f"no {name} among {len(data)}")


class UnfinishedReader(SoundReader):
    """Fails at the end."""

    def finish(self, ending: Ending) -> Reply:
        """The reply."""
        raise RuntimeError("nothing to finish")


class BareReader(SoundReader):
    """Does not begin as readers do."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol


class Asking(Sound):
    """Its requests fail in a way that is chosen."""

    def __init__(self, failure: Exception | object) -> None:
        self.failure = failure

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """One to prepare the turn, one to put it."""
        answered = yield self.request(turn)
        if isinstance(self.failure, Exception):
            raise self.failure
        if answered.head.status != 200:
            raise AgentError(f"status {answered.head.status}")
        return self.failure  # type: ignore[return-value]  # that is the fault


class Unsure(Sound):
    """Its detection fails in a way that is chosen."""

    def __init__(self, found: object) -> None:
        self.found = found

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Any:
        """Fail."""
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class Raising(Sound):
    """Its reader takes too much for granted."""

    name: ClassVar[str] = "raising"
    reads: ClassVar[type[Any]] = RaisingReader
