"""Events that are made from the bytes when somebody looks at one are those that were read."""

from __future__ import annotations

import copy
import json
import pickle
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

import scenario
from scenario.exchange import Chunk, Exchange
from scenario.metrics.stream_timing import stream_timing
from scenario.protocols.folding import Folding
from scenario.protocols.framed_body import FramedBody
from scenario.protocols.framing import Framer, MessageFramer, framer
from scenario.protocols.protocol import Framing, Head, ReadOptions
from scenario.protocols.reception import Reception
from scenario.protocols.reception_options import ReceptionOptions
from scenario.protocols.registry import dialect_named
from scenario.protocols.response_framing import framer_of
from scenario.reading import read_exchange
from scenario.received_events import ReceivedEvents, as_list
from scenario.types import ReceivedEvent
from scenario.wire.event import EventRun

SSE = {"content-type": "text/event-stream"}
LINES = {"content-type": "application/x-ndjson"}
SOCKET = {"upgrade": "websocket"}
EVENTS = (
    b'\xef\xbb\xbf: hello\r\n\r\nid: 1\r\nevent: token\r\ndata: "H\xc3\xa9"\r\rid: 2\ndata: a\ndata: b\n\n\n\n\n'
    b"retry: 5\ndata: {\n\nstray\nevent: token\ndata: c\n\nevent: token\ndata: d\n\ndata: cut"
)
BODIES: dict[str, tuple[int, dict[str, str], str, Framing, bytes]] = {
    "events": (200, SSE, "auto", "sse", b'data: {"content": "Hi"}\n\n' * 3 + b"data: [DONE]\n\n"),
    "events of all kinds": (
        *(200, SSE, "auto", "sse"),
        EVENTS,
    ),
    "keep-alives, and then a dialect": (
        *(200, SSE, "auto", "sse"),
        b'data: {"type": "ping"}\n\nevent: ping\ndata: {}\n\n' * 3
        + b'data: {"type": "message_start", "message": {}}\n\n'
        + b'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}\n\n'
        + b'data: {"type": "message_stop"}\n\ndata: {"type": "ping"}\n\n',
    ),
    "what cannot be read": (
        200,
        SSE,
        "openai-chat",
        "sse",
        b"data: {\n\n" + b'data: {"choices": [{"index": 0, "delta"',
    ),
    "lines": (200, LINES, "auto", "ndjson", b'{"content": "a"}\r\n\n{"content": "b"}\n{"content": "c"}'),
    "values in a row": (
        200,
        LINES,
        "auto",
        "ndjson",
        b'{"text": "a"}{"text": "b"}\n{\n "text": "c"\n}\n,{"text": "d"}',
    ),
    "one value": (200, {"content-type": "application/json"}, "auto", "json", b'{"answer": "Gr\xc3\xbc\xc3\x9fe"}'),
    "text": (200, {"content-type": "text/plain"}, "text", "text", "Grüße 🌦, it is 18 °C.".encode()),
    "text of another charset": (
        *(200, {"content-type": "text/plain; charset=utf-16"}, "text", "text"),
        "Grüße 🌦".encode("utf-16"),
    ),
    "messages": (101, SOCKET, "auto", "sse", b'{"text": "Hi"}'),
    "framed messages": (101, SOCKET, "auto", "sse", b'data: {"text": "a"}\n\ndata: {"text": "b"}'),
}


def read(
    head: Head, chunks: list[Chunk], *, protocol: str = "auto", malformed: str = "error", max_events: int = 1_000_000
) -> Reception:
    """The chunks, read to their end."""
    options = ReceptionOptions(protocol=protocol, max_events=max_events)
    options = msgspec.structs.replace(options, malformed=malformed)
    reception = Reception(head, options)
    for chunk in chunks:
        reception.feed(chunk)
    reception.finish(clean=True)
    return reception


def noted_at_once(head: Head, chunks: list[Chunk], framing: Framing, protocol: str) -> list[ReceivedEvent]:
    """The events as they are cut and folded one by one."""
    cut: Framer = framer_of(
        framing, charset=head.charset, is_websocket=head.is_websocket, max_event_bytes=1 << 20, max_events=1_000
    )
    folding = Folding(dialect_named(protocol), ReadOptions(framing=framing))
    pieces = [(chunk.at, cut.feed(chunk.data)) for chunk in chunks]
    pieces.append((chunks[-1].at, cut.close()))
    events = []
    for at, runs in pieces:
        for event in [event for run in runs for event in run.events()]:
            brought = folding.read(event)
            malformed = brought.kind == "malformed"
            events.append(ReceivedEvent(at, event.data, event.event, event.id, brought.content, malformed))
    return events


def chunks_of(body: bytes, cuts: list[int]) -> list[Chunk]:
    """The body, cut there, each piece at a time of its own."""
    places = sorted({0, len(body), *[cut % (len(body) + 1) for cut in cuts]})
    return [Chunk(float(start), body[start:end]) for start, end in pairwise(places)]


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=12), skips=st.booleans())
def test_what_is_made_later_is_what_was_read(name: str, cuts: list[int], skips: bool) -> None:
    """Whatever the framing is, and however the body is cut: events, times, and what its reader made of each."""
    status, headers, protocol, framing, body = BODIES[name]
    head, chunks = Head(status=status, headers=headers), chunks_of(body, cuts)
    if head.is_websocket:
        chunks = [Chunk(0.0, body), *chunks_of(body, [])]
    reception = read(head, chunks, protocol=protocol, malformed="skip" if skips else "error")
    expected = noted_at_once(head, chunks, framing, reception.protocol)
    assert reception.events == expected
    assert reception.events[-1] == expected[-1]
    timing = {"chunks": chunks, "connect": None, "headers": None, "total": 1.0}
    assert stream_timing(events=reception.events, **timing) == stream_timing(events=expected, **timing)


def exchange(body: bytes = b'data: {"content": "a"}\n\ndata: {"content": "b"}\n\ndata: [DONE]\n\n') -> Exchange:
    """It, read."""
    return read_exchange([body], content_type="text/event-stream")


def is_made(events: object) -> bool:
    """Whether an event was made."""
    assert isinstance(events, ReceivedEvents)
    return events._made is not None


def test_nobody_makes_them_who_does_not_look() -> None:
    """Reading, counting, timing and the last event make none; neither do the first of many."""
    read = exchange()
    assert (len(read.events), read.timing.events, read.timing.gaps.maximum) == (3, 3, 0.0)
    assert read.events[-1].data == "[DONE]"
    assert [event.data for event in read.events[:2]] == ['{"content": "a"}', '{"content": "b"}']
    assert not is_made(read.events)
    assert read.reply.events is read.events
    assert read.events[0] is next(iter(read.events))
    assert is_made(read.events)


def test_they_are_a_list_to_whoever_looks() -> None:
    """Places, slices, `in`, comparison, addition, text: all as of the list that they are."""
    events, alike = exchange().events, list(exchange().events)
    assert events == alike
    assert alike == events
    assert events != alike[1:]
    assert events != "events"
    assert (events[0], events[-3], events[2]) == (alike[0], alike[0], alike[2])
    assert (events[1:], events[::-1], events[:1], events[5:]) == (alike[1:], alike[::-1], alike[:1], [])
    assert (exchange().events[0:2:2], exchange().events[2:1]) == (alike[0:2:2], [])
    assert alike[1] in events
    assert (events.index(alike[1]), events.count(alike[1])) == (1, 1)
    assert list(reversed(events)) == alike[::-1]
    assert (events + alike, alike + events) == (alike + alike, alike + alike)  # type: ignore[operator]
    assert repr(events) == repr(alike)
    for place in (3, -4):
        with pytest.raises(IndexError):
            events[place]
    with pytest.raises(TypeError):
        hash(events)
    assert not exchange(b"").events


@pytest.mark.parametrize("looked", [False, True])
def test_they_travel_with_their_exchange(looked: bool) -> None:
    """Copied, deeply or not, pickled, or written as JSON: the same events, still one object in exchange and reply."""
    read, events = exchange(), list(exchange().events)
    if looked:
        assert read.events[0]
    for other in (copy.copy(read), copy.deepcopy(read), pickle.loads(pickle.dumps(read))):  # noqa: S301
        assert other == read
        assert other.events == events
        assert other.reply.events is other.events
    written = json.loads(msgspec.json.encode(read.reply, enc_hook=as_list))
    assert msgspec.convert(written["events"], list[ReceivedEvent]) == events


def test_a_record_is_shown_in_little() -> None:
    """`asyncio.run` makes the repr of what it returns: of many events, bytes and words it says how many."""
    read = exchange(b'data: {"content": "%s"}\n\n' % (b"x" * 400) * 1_000 + b"data: [DONE]\n\n")
    assert len(repr(read)) < 250_000
    assert "[1 chunks, 42" in repr(read)
    assert "[a reply of 400,000 characters]" in repr(read)
    assert repr(read.events).endswith(" more]")
    assert "chunks=[Chunk(at=0.0, data=b'data: " in repr(exchange())


def test_a_body_that_was_changed_is_told() -> None:
    """Events that stand in it no more are no fewer events without a word."""
    read = exchange()
    read.chunks.clear()
    with pytest.raises(scenario.errors.InternalError, match="3 events were read from a body, and now 0 stand in it"):
        list(read.events)


LIMITED: dict[str, tuple[Head, list[bytes]]] = {
    "events": (Head(headers=SSE), [b"data:x\n\n" * 9]),
    "events one by one": (Head(headers=SSE), [b"data:x\n\n"] * 9),
    "lines": (Head(headers=LINES), [b"{}\n" * 9]),
    "numbers": (Head(headers=LINES), [b"1\n" * 9]),
    "values in a row": (Head(headers=LINES), [b"{}" * 9 + b"\n"]),
    "values in a row that nothing ends": (Head(headers=LINES), [b"{}" * 9]),
    "a last line without an end": (Head(headers=LINES), [b"{}\n" * 5 + b"{}"]),
    "pieces of text": (Head(headers={"content-type": "text/plain"}), [b"x"] * 9),
    "messages": (Head(status=101, headers=SOCKET), [b'{"text": "x"}'] * 9),
    "events in a message": (Head(status=101, headers=SOCKET), [b"data: x\n\n" * 9]),
}


@pytest.mark.parametrize("name", LIMITED)
def test_more_events_than_allowed_are_refused(name: str) -> None:
    """As many as are allowed are read; the next one ends it, inside a piece too, and that is said."""
    head, pieces = LIMITED[name]
    reception = Reception(head, ReceptionOptions(max_events=5))
    said = ""
    try:
        for place, piece in enumerate(pieces):
            reception.feed(Chunk(float(place), piece))
    except scenario.errors.WireLimitError as error:
        said = str(error)
    reception.finish(clean=not said)
    assert (said or reception.limit_passed) == "The answer has more events than max_events (5) allows."
    assert len(reception.events) == 5
    assert len(list(reception.events)) == 5


@pytest.mark.parametrize("name", LIMITED)
def test_as_many_as_allowed_are_read(name: str) -> None:
    """A limit is what there may be, and not one less."""
    head, pieces = LIMITED[name]
    reception = read(head, [Chunk(0.0, piece) for piece in pieces], max_events=9)
    assert reception.limit_passed == ""
    assert len(reception.events) == len(list(reception.events)) == (6 if name == "a last line without an end" else 9)


def test_a_line_makes_no_more_than_allowed() -> None:
    """Millions of values in one line are not all made to be counted."""
    cut = framer("ndjson", max_event_bytes=1 << 20, max_events=5)
    assert sum(len(run.data) for run in cut.feed(b"{}" * 1000 + b"\n")) == 6
    assert sum(len(run.data) for run in MessageFramer(1 << 20, 5).feed(b"data: x\n\n" * 100_000)) < 10_000


def test_events_that_are_alike_are_one_run_however_they_are_written() -> None:
    """Nothing but what differs is made for each event, also where a space is missing after the colon."""
    runs = framer("sse", max_event_bytes=100).feed(b"data:a\n\ndata:b\n\n\n\nid: 1\ndata:c\n\nretry: 5\ndata:d\n\n")
    assert runs == [
        EventRun(["a", "b"]),
        EventRun(["c"], id="1"),
        EventRun(["d"], id="1", retry=5),
    ]


def test_a_recorded_stream_is_limited_too() -> None:
    """`read_stream(max_events=…)`: the reply is aborted, and says by which limit."""
    reply = scenario.read_stream(b'data: {"content": "a"}\n\n' * 9, max_events=5)
    assert (reply.outcome, reply.text, reply.complete) == ("aborted", "aaaaa", False)
    assert "The answer has more events than max_events (5) allows." in reply.reading.notes
    with pytest.raises(scenario.errors.ConfigurationError, match=r"max_events is 0, .*number of events"):
        scenario.read_stream(b"", max_events=0)


def test_a_source_is_as_many_events_as_were_read() -> None:
    """What follows an event that a limit has ended is in the bytes, and in no event."""
    events = read(Head(headers=SSE), [Chunk(0.0, b"data: x\n\n" * 9)], max_events=5).events
    assert isinstance(events.source, FramedBody)
    assert len(events.source.flags) == len(list(events.source)) == 5
