"""A dialect and one recorded answer: the answer read whole, in pieces, and in part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from scenario.exchange import Chunk
from scenario.protocols.framing import framer
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import ACCEPT, Detection, Dialect, Framing, Head, Reader, ReadOptions, Sample
from scenario.protocols.reception import Reception
from scenario.protocols.reception_options import DEFAULT_MAX_EVENT_BYTES, ReceptionOptions
from scenario.protocols.sniffing import framing_of
from scenario.testing.conformance.transcript import Transcript
from scenario.types import Reply
from scenario.wire.event import ServerSentEvent, events_of

# Of a long answer, so many places at which it is cut are tried: evenly chosen ones, and all of the last.
_MOST_CUTS: Final = 200
_LAST_CUTS: Final = 40
# As many first events are looked at where the dialect of a live answer is found out.
_LOOKED_AT: Final = 4


class Read(NamedTuple):
    """A reading.

    Attributes:
        reply: what was read.
        told: the text that a listener was told on the way.
    """

    reply: Reply
    told: str


class Place(NamedTuple):
    """Where an answer is cut.

    Attributes:
        offset: so many bytes come.
        words: for people.
    """

    offset: int
    words: str


class Framed(NamedTuple):
    """An event, and the bytes that it stands in."""

    event: ServerSentEvent
    start: int
    end: int


class Subject:
    """A dialect and a transcript.

    Attributes:
        dialect: the dialect.
        transcript: the answer.
        head: of the response.
        framing: how its body is cut into events.
        ends: the bytes with which other answers end that are whole.
    """

    def __init__(self, dialect: Dialect, transcript: Transcript) -> None:
        self.dialect = dialect
        self.transcript = transcript
        self.ends: frozenset[bytes] = frozenset()
        headers = {name.lower(): value for name, value in transcript.headers.items()}
        self.head = Head(status=transcript.status, headers={"content-type": ACCEPT[dialect.framings[0]], **headers})
        framed = framing_of(self.head, transcript.body, dialect.framings, ended=True)
        self.framing: Framing = dialect.framings[0] if framed is None else framed.framing

    @cached_property
    def whole(self) -> Read:
        """The answer in one piece."""
        return self.read([self.transcript.body])

    def read(self, pieces: Sequence[bytes], *, clean: bool = True) -> Read:
        """Read these pieces; `clean`: the transfer ended as it should."""
        reception = Reception(self.head, ReceptionOptions(protocol=self.dialect.name), self.dialect)
        told = [reception.feed(Chunk(0.0, piece)) for piece in pieces if piece]
        reply = reception.finish(clean=clean)
        return Read(reply, "".join(told) + reception.late_text)

    def detect(self, samples: Sequence[Sample]) -> Detection | None:
        """What the dialect says of these first events; whatever it raises is raised."""
        # Not behind its guard, which would tell of it and go on.
        return type(self.dialect).detect(self.dialect, self.head, samples)

    def reader(self) -> Reader:
        """A reader of the dialect's for such an answer."""
        return self.dialect.reader(ReadOptions(framing=self.framing))

    @cached_property
    def events(self) -> list[Framed]:
        """The events with their places in the body."""
        body, start = self.transcript.body, 0
        if self.framing == "text":
            # Its pieces are no events; where there are lines in it, they are as good as some.
            ends = list(accumulate(map(len, body.splitlines(keepends=True)), initial=0))
            return [
                Framed(ServerSentEvent(data=body[first:last].decode("utf-8", "replace")), first, last)
                for first, last in pairwise(ends)
            ]
        cutter = framer(self.framing, max_event_bytes=DEFAULT_MAX_EVENT_BYTES)
        found: list[Framed] = []
        for end in range(1, len(body) + 1):
            runs = cutter.feed(body[end - 1 : end])
            if runs:
                found += [Framed(event, start, end) for event in events_of(runs)]
                start = end
        found += [Framed(event, start, len(body)) for event in events_of(cutter.close())]
        return found

    @property
    def end(self) -> bytes:
        """The bytes of the last event, where it says that an answer is whole and holds nothing of it; else none."""
        if self.transcript.outcome != "complete" or not self.events:
            return b""
        end = self.transcript.body[self.events[-1].start :]
        reply = self.read([end]).reply
        return b"" if reply.messages or reply.reasoning else end

    def cuts(self) -> Iterator[Place]:
        """Places at which an answer may break off: after each event but the last, and within each."""
        count = len(self.events)
        places: list[Place] = []
        for number, (_, start, end) in enumerate(self.events, start=1):
            within = (start + end) // 2
            places.append(Place(within, f"cut within event {number} of {count} (after byte {within})"))
            if number < count:
                places.append(Place(end, f"cut after event {number} of {count} (after byte {end})"))
        yield from _chosen(places)

    def samples(self) -> list[Sample]:
        """The first events, as detection is given them."""
        return [Sample(event, read_json(event.data)) for event, _, _ in self.events[:_LOOKED_AT]]


def _chosen(places: list[Place]) -> list[Place]:
    if len(places) <= _MOST_CUTS:
        return places
    first, last = places[:-_LAST_CUTS], places[-_LAST_CUTS:]
    step = -(-len(first) // (_MOST_CUTS - _LAST_CUTS))
    return [*first[::step], *last]
