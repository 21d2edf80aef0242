"""Whatever the bytes and however they are cut, the events are those that the standard's own text gives."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, strategies as st

from scenario.wire.sse import EventStreamParser, ServerSentEvent

# What streams are made of, and what breaks readers: ends cut in two, half marks, names that are almost right.
ALPHABET = [
    *[b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b":", b" ", b"\t", b"\0"],
    *[
        b"data",
        b"data:",
        b"data: ",
        b"data: x\n\n",
        b"data: y\n",
        b"event: e\n",
        b"event",
        b"id: 7\n",
        b"id",
        b"id: a\0b\n",
    ],
    *[b"retry: 10\n", b"retry: 1x\n", b": ping\n\n", b"Data: x\n", b"abc", "é🌍".encode(), "\u2028".encode()],
    *[b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", b"\xff", b"\xf0\x9f", b"\xe2\x82"],
]
bodies = st.one_of(st.lists(st.sampled_from(ALPHABET), max_size=40).map(b"".join), st.binary(max_size=60))


class Standard:
    """The standard's algorithm, sentence by sentence, on a body that is there as a whole."""

    def __init__(self, body: bytes) -> None:
        self.data = self.event_type = self.id_buffer = self.last_event_id = ""
        self.retry: int | None = None
        self.new_retry: int | None = None
        self.events: list[ServerSentEvent] = []
        self.comments: list[str] = []
        stream = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        lines = stream.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        # What no line end follows is no line: at the end of the file, any pending data must be discarded.
        for line in lines[:-1]:
            self.process(line)

    def process(self, line: str) -> None:
        if line == "":
            self.dispatch()
        elif line[0] == ":":
            self.comments.append(line[1:])
        elif ":" in line:
            colon = line.index(":")
            value = line[colon + 1 :]
            self.field(line[:colon], value[1:] if value[:1] == " " else value)
        else:
            self.field(line, "")

    def field(self, name: str, value: str) -> None:
        if name == "event":
            self.event_type = value
        elif name == "data":
            self.data += value + "\n"
        elif name == "id" and "\0" not in value:
            self.id_buffer = value
        elif name == "retry" and value and all(character in "0123456789" for character in value):
            self.retry = self.new_retry = int(value)

    def dispatch(self) -> None:
        self.last_event_id = self.id_buffer
        if self.data == "":
            self.event_type = ""
            return
        self.data = self.data.removesuffix("\n")
        kind = self.event_type if self.event_type != "" else "message"
        self.events.append(ServerSentEvent(event=kind, data=self.data, id=self.last_event_id, retry=self.new_retry))
        self.data = self.event_type = ""
        self.new_retry = None


def _cut(body: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(body)) for place in places} | {0, len(body)})
    return [body[start:end] for start, end in pairwise(ends)]


def _read(pieces: list[bytes]) -> tuple[EventStreamParser, list[ServerSentEvent]]:
    parser = EventStreamParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return parser, events + parser.close()


@given(body=bodies, places=st.lists(st.integers(0, 200), max_size=20))
@example(body=b"\xef\xbb\xbfdata: x\r\n\r\n", places=[1, 2, 9, 11, 12])
@example(body=b"data: a\n\ndata: b\ndata: c\n\ndata:d\n\n", places=[])
@example(body=b"data: a\n\ndata: b\nid: 7\n\ndata: c\n\n", places=[])
def test_the_events_are_the_standards(body: bytes, places: list[int]) -> None:
    """Any bytes, cut anywhere, give the events of the standard's algorithm."""
    assert _read(_cut(body, places))[1] == Standard(body).events


@given(pieces=st.lists(st.sampled_from(ALPHABET), max_size=40))
@example(pieces=[b"id: 7\n", b"data: x\n\n"])
@example(pieces=[b"event: e\n", b"data: x\n\n"])
@example(pieces=[b"retry: 10\n", b"data: x\n\n"])
@example(pieces=[b"data: y\n", b"data: x\n\n"])
@example(pieces=[b"data: y\r", b"\ndata: x\n\n"])
def test_a_server_may_flush_after_each_line(pieces: list[bytes]) -> None:
    """Fields that come in pieces of their own belong to the same event as if they had come together."""
    assert _read(pieces)[1] == Standard(b"".join(pieces)).events


@given(body=bodies)
def test_one_byte_at_a_time_is_the_same(body: bytes) -> None:
    """A stream that comes byte by byte gives the same events, each of them with its last byte."""
    assert _read([body[i : i + 1] for i in range(len(body))])[1] == Standard(body).events


@given(body=bodies, places=st.lists(st.integers(0, 200), max_size=20))
def test_what_stays_after_the_end_is_the_standards(body: bytes, places: list[int]) -> None:
    """The last event id, the reconnection time and the comments do not depend on the cuts either."""
    parser, _ = _read(_cut(body, places))
    truth = Standard(body)
    last = truth.comments[-1] if truth.comments else None
    seen = (parser.last_event_id, parser.retry, parser.comments.count, parser.comments.last)
    assert seen == (truth.last_event_id, truth.retry, len(truth.comments), last)


@given(body=bodies)
def test_an_event_is_there_with_its_last_byte(body: bytes) -> None:
    """Nothing is held back: after each byte, all events that this byte completes have been returned."""
    parser = EventStreamParser()
    seen = []
    for end in range(1, len(body) + 1):
        seen += parser.feed(body[end - 1 : end])
        assert seen == Standard(body[:end]).events
