"""Lines of JSON of home-made endpoints; read as home-made server-sent events are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from scenario.dialects.home_made.generic import GenericReader
from scenario.dialects.home_made.sse import default_body, understands
from scenario.protocols.protocol import (
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
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent


class Ndjson(Dialect):
    """Lines of JSON that are nobody's standard."""

    name: ClassVar[str] = "ndjson"
    framings: ClassVar[tuple[Framing, ...]] = ("ndjson",)
    has_terminal: ClassVar[bool] = False

    def request(self, turn: Turn) -> RequestDraft:
        """The conversation, its id, and the wish for a stream."""
        return RequestDraft(body=default_body(turn))

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        return _LineReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Any lines of JSON may be one."""
        return understands(samples, self.name)


class _LineReader(GenericReader):
    """As for events; but every line must be JSON, and a last line that is none was cut."""

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol, options)
        self._mode = "json"
        self._cut = False

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one line."""
        brought = super().read(event)
        self._cut = brought.kind == "malformed"
        return brought

    def _take_texts(self, texts: list[str], values: list[Any], name: str, /) -> list[str] | None:
        pieces = super()._take_texts(texts, values, name)
        self._cut = self._cut and pieces is None
        return pieces

    def finish(self, ending: Ending) -> Reply:
        """The reply; truncated where the last line is malformed."""
        return super().finish(Ending(clean=ending.clean and not self._cut, half_event=ending.half_event))
