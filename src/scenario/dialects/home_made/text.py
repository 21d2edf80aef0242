"""Plain text, in pieces: the body is the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from scenario.dialects.home_made.sse import default_body
from scenario.late_pattern import late_pattern
from scenario.protocols.protocol import (
    LIKELY,
    NOTHING,
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
from scenario.wire.sse import ServerSentEvent

# What may still become the first part of the AI SDK's data stream.
_UNDECIDED: Final = late_pattern(r"[0-9a-k]:?")


class Text(Dialect):
    """`text/plain`. It has no terminal event: only a broken transfer shows that it was cut."""

    name: ClassVar[str] = "text"
    framings: ClassVar[tuple[Framing, ...]] = ("text",)
    has_terminal: ClassVar[bool] = False

    def request(self, turn: Turn) -> RequestDraft:
        """The conversation, its id, and the wish for a stream."""
        return RequestDraft(body=default_body(turn))

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return _TextReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Any text is one; a letter or two may be the beginning of another dialect's line."""
        undecided = _UNDECIDED.fullmatch("".join([sample.event.data for sample in samples]))
        return Detection(certainty=POSSIBLE if undecided else LIKELY, reason="its body is plain text")


class _TextReader(Reader):
    def read(self, event: ServerSentEvent) -> Brought:
        return Brought("text", self.reply.text(event.data)) if event.data else NOTHING

    def is_whole(self) -> bool:
        return True
