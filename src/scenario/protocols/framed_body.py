"""The events of a body, made from its bytes: while it arrives, and once more when somebody looks at them later."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from scenario.errors import WireLimitError
from scenario.exchange import Chunk
from scenario.protocols.framing import Framer
from scenario.protocols.protocol import Framing, Head
from scenario.protocols.response_framing import framer_of
from scenario.received_events import ReceivedEvents
from scenario.types import ReceivedEvent
from scenario.wire.event import EventRun

CONTENT: Final = 1
MALFORMED: Final = 2
# Of a larger piece, no more is cut into events at once: what a piece may hold millions of is counted on the way.
_SLICE: Final = 64 * 1024


class Cutting(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How a body is cut into events.

    Attributes:
        framing: its framing.
        charset: the one that it declares; empty where it declares none.
        is_websocket: whether each piece is a message.
        max_event_bytes: the most that one event may have.
        max_events: the most that there may be; a little more than that is made at most.
    """

    framing: Framing
    charset: str
    is_websocket: bool
    max_event_bytes: int
    max_events: int

    @classmethod
    def of(cls, head: Head, framing: Framing, *, max_event_bytes: int, max_events: int) -> Cutting:
        """How the body of a response is cut."""
        return cls(
            framing=framing,
            charset=head.charset,
            is_websocket=head.is_websocket,
            max_event_bytes=max_event_bytes,
            max_events=max_events,
        )

    def framer(self) -> Framer:
        """A framer for one body."""
        return framer_of(
            self.framing,
            charset=self.charset,
            is_websocket=self.is_websocket,
            max_event_bytes=self.max_event_bytes,
            max_events=self.max_events,
        )

    def slices(self, data: bytes) -> Iterable[bytes]:
        """A piece in parts that are each cut at once; how it is sliced makes no difference to its events."""
        if len(data) <= _SLICE or self.is_websocket or self.framing not in ("sse", "ndjson"):
            return (data,)
        return (data[start : start + _SLICE] for start in range(0, len(data), _SLICE))


class UnseenBody(msgspec.Struct, frozen=True):
    """What makes the events of a body whose bytes are not at hand: each with its time, and none with its data.

    Attributes:
        flags: of each event, what its reader made of it.
        times: when events came.
        counts: how many at each of these times.
    """

    flags: bytes
    times: array[float]
    counts: array[int]

    def __iter__(self) -> Iterator[ReceivedEvent]:
        """The events, in order, as far as they are known."""
        for at, flags in self._moments():
            for flag in flags:
                yield ReceivedEvent(at, "", "message", "", flag & CONTENT != 0, flag & MALFORMED != 0)

    def content_times(self) -> Iterable[tuple[float, int]]:
        """When parts of the answer arrived, and how many at that moment."""
        for at, flags in self._moments():
            if count := flags.count(CONTENT) + flags.count(CONTENT | MALFORMED):
                yield at, count

    @property
    def is_of_lines(self) -> bool:
        """Whether what they say is known to stand in lines of their own: here, nothing is known."""
        return False

    def _moments(self) -> Iterator[tuple[float, bytes]]:
        position = 0
        for at, count in zip(self.times, self.counts, strict=True):
            yield at, self.flags[position : position + count]
            position += count


class FramedBody(UnseenBody, frozen=True):
    """What makes the events of a body that has been read.

    Attributes:
        chunks: its pieces.
        cutting: how they are cut into events.
    """

    chunks: Sequence[Chunk]
    cutting: Cutting

    def __iter__(self) -> Iterator[ReceivedEvent]:
        """The events, in order."""
        flags, position = self.flags, 0
        for at, run in self._runs():
            of_run = flags[position : position + len(run.data)]
            position += len(of_run)
            name, last_id = run.event, run.id
            for data, flag in zip(run.data, of_run, strict=False):
                yield ReceivedEvent(at, data, name, last_id, flag & CONTENT != 0, flag & MALFORMED != 0)
            if position == len(flags):
                return

    @property
    def is_of_lines(self) -> bool:
        """Whether they are server-sent events of the body itself, and of no messages in it."""
        return self.cutting.framing == "sse" and not self.cutting.is_websocket

    def _runs(self) -> Iterator[tuple[float, EventRun]]:
        framer, at = self.cutting.framer(), 0.0
        try:
            for chunk in self.chunks:
                at = chunk.at
                for data in self.cutting.slices(chunk.data):
                    for run in framer.feed(data):
                        yield at, run
            for run in framer.close():
                yield at, run
        except WireLimitError:
            return


class EventNotes:
    """What is noted of each event while a body is read: nothing that stands in its bytes."""

    def __init__(self) -> None:
        self._flags = bytearray()
        self._times = array("d")
        self._counts = array("l")

    def __len__(self) -> int:
        return len(self._flags)

    def add(self, at: float, flags: int, count: int = 1) -> None:
        """Note events that came at one moment, and of which the same was made."""
        if count == 1:
            self._flags.append(flags)
        else:
            self._flags += bytes((flags,)) * count
        if self._times and self._times[-1] == at:
            self._counts[-1] += count
        else:
            self._times.append(at)
            self._counts.append(count)

    def add_unread(self, at: float, upto: int) -> None:
        """Note events that nobody could read, so that there are so many in all."""
        if upto > len(self._flags):
            self.add(at, 0, upto - len(self._flags))

    def events(self, chunks: Sequence[Chunk], cutting: Cutting | None, last: ReceivedEvent | None) -> ReceivedEvents:
        """The events of these pieces."""
        if cutting is None or not self._flags:
            return ReceivedEvents(NO_EVENTS, 0)
        flags = bytes(self._flags)
        body = FramedBody(flags, self._times[:], self._counts[:], chunks, cutting)
        if last is not None:
            content, malformed = flags[-1] & CONTENT != 0, flags[-1] & MALFORMED != 0
            last = msgspec.structs.replace(last, content=content, malformed=malformed)
        return ReceivedEvents(body, len(flags), last)


NO_EVENTS: Final = UnseenBody(b"", array("d"), array("l"))
