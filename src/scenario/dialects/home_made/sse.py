"""Server-sent events of home-made endpoints; see `scenario.dialects.home_made.generic` for how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from scenario.dialects.home_made.generic import GenericReader
from scenario.protocols.protocol import (
    LIKELY,
    POSSIBLE,
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


def default_body(turn: Turn) -> dict[str, Any]:
    """What a home-made endpoint is sent: the conversation, its id, and whether to stream."""
    body: dict[str, Any] = {"messages": turn.messages, "thread_id": turn.thread_id, "stream": turn.stream}
    return body if turn.model is None else body | {"model": turn.model}


def understands(samples: Sequence[Sample], name: str) -> Detection:
    """What a home-made dialect says of a stream: it reads anything, and is sure where it finds something to read."""
    reader = GenericReader(name, ReadOptions())
    brought = [reader.read(sample.event) for sample in samples]
    if any(one.content or one.kind in ("end", "error") for one in brought):
        return Detection(certainty=LIKELY, reason="its events have a text where home-made endpoints put it")
    return Detection(certainty=POSSIBLE, reason="its events are of no known dialect")


class Sse(Dialect):
    """Server-sent events whose JSON or raw text is nobody's standard."""

    name: ClassVar[str] = "sse"
    framings: ClassVar[tuple[Framing, ...]] = ("sse",)
    has_terminal: ClassVar[bool] = False

    def request(self, turn: Turn) -> RequestDraft:
        """The conversation, its id, and the wish for a stream."""
        return RequestDraft(body=default_body(turn))

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply."""
        return GenericReader(self.name, options)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """Any event stream may be one."""
        return understands(samples, self.name)
