"""L40 of home-made streams: an event called done, end, …, or a flag that says so, is the last that holds anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.data import Data
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.protocols.event_names import Role, role_of
from scenario.protocols.protocol import Reader, ReadOptions
from scenario.protocols.registry import dialect_named
from scenario.wire.sse import ServerSentEvent

_FLAGS: Final = ("done", "is_done", "finished", "is_finished", "is_final", "final")


def is_closing(data: Data) -> bool:
    """Whether an event may be the end of a home-made stream, by its name or by a flag."""
    names = (data.event.event, data.word("type"), data.word("event"))
    return any(role_of(name) is Role.END for name in names) or any(data.get(flag) is True for flag in _FLAGS)


def after_a_home_made_end(evidence: Evidence) -> Iterator[Seen]:
    """Pieces of the answer that come after its end, which is where readers stop, and the same end again."""
    last = len(evidence.data) - 1
    if not any(data.index < last and is_closing(data) for data in evidence.data):
        return
    reader, end = _reader(evidence), None
    for data in evidence.data:
        if end is None:
            _read(reader, data)
            if reader.over:
                # What follows is read as if nothing had ended.
                reader, end = _reader(evidence), data
        elif data.event.data == end.event.data and is_closing(data):
            yield Seen("the terminal event came a second time", "Send it once, as the last event.", data.index)
        elif not reader.over and _read(reader, data):
            remedy = "Send nothing after the terminal event: readers have stopped there."
            yield Seen("a piece of the answer came after the terminal event", remedy, data.index)


def _reader(evidence: Evidence) -> Reader:
    return dialect_named(evidence.dialect).reader(ReadOptions(framing=evidence.framing or "sse"))


def _read(reader: Reader, data: Data) -> bool:
    """Whether it brought a part of the answer."""
    event = data.event
    return reader.read(ServerSentEvent(event=event.event, data=event.data, id=event.id)).content
