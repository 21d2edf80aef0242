"""What a stream may cost: limits that are kept however the stream is cut, and nothing lost when one is passed."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from scenario.errors import ConfigurationError, WireLimitError
from scenario.wire.sse import EventStreamParser, ServerSentEvent


def _outcome(parser: EventStreamParser, pieces: list[bytes]) -> tuple[list[str], str]:
    """The events that were returned, and the limit that was passed at last."""
    data: list[str] = []
    try:
        for piece in pieces:
            data += [event.data for event in parser.feed(piece)]
        parser.close()
    except WireLimitError as error:
        return data, error.limit
    return data, ""


def test_an_event_at_the_limit_is_read() -> None:
    """The limit is the largest size that is allowed, line feeds between lines included."""
    assert EventStreamParser(max_event_bytes=7).feed(b"data: abc\ndata: def\n\n") == [ServerSentEvent(data="abc\ndef")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"data: abcdefgh\n\n", id="one line"),
        pytest.param(b"data: abc\ndata: defg\n\n", id="two lines"),
        pytest.param(b"data:abc\ndata:defg\n\n", id="two lines without spaces"),
        pytest.param(b"data\n" * 9 + b"\n", id="lines without a value"),
        pytest.param(b"data: abcdefgh", id="a line that does not end"),
        pytest.param(b"data: abcdefg\ndata:", id="a line that only begins"),
        pytest.param("data: äöüä\n\n".encode(), id="bytes are counted, not characters"),
    ],
)
def test_an_event_above_the_limit_is_refused(body: bytes) -> None:
    """More data than `max_event_bytes` is refused, in one piece as in many, before its line has ended."""
    assert _outcome(EventStreamParser(max_event_bytes=7), [body]) == ([], "max_event_bytes")


def test_events_do_not_add_up() -> None:
    """The limit is for each event: a stream of many, larger as a whole, is read."""
    body = b"data: abc\n\nevent: a\ndata: def\n\n" * 50
    assert _outcome(EventStreamParser(max_event_bytes=3), [body]) == (["abc", "def"] * 50, "")


def test_a_line_at_the_limit_is_read() -> None:
    """A line may be as long as its limit, its end not counted."""
    assert len(EventStreamParser(max_line_bytes=9).feed(b"data: abc\r\n\r\n")) == 1


@pytest.mark.parametrize("line", [b"data: abcd", b"id: 123456", b"event: abc", b": ping ...", b"unknown..."])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r"])
def test_a_line_above_the_limit_is_refused(line: bytes, end: bytes) -> None:
    """A longer line of any kind is refused, whether it ends or not."""
    assert _outcome(EventStreamParser(max_line_bytes=9), [line + end]) == ([], "max_line_bytes")


def test_a_bom_is_not_part_of_the_line() -> None:
    """A byte-order mark does not count, and neither does one that has come in part."""
    pieces = [b"\xef", b"\xbb", b"\xbf", b":\n"]
    assert _outcome(EventStreamParser(max_line_bytes=1), pieces) == ([], "")


def test_the_error_says_what_to_do() -> None:
    """The error names the limit, its value and the argument that raises it."""
    with pytest.raises(
        WireLimitError, match=r"max_event_bytes \(3 bytes\).*EventStreamParser\(max_event_bytes="
    ) as caught:
        EventStreamParser(max_event_bytes=3).feed(b"data: abcd\n\n")
    assert (caught.value.limit, caught.value.maximum) == ("max_event_bytes", 3)


def test_events_before_the_limit_are_returned() -> None:
    """Events that are complete before a limit is passed in the same piece are not lost: the error waits for them."""
    parser = EventStreamParser(max_event_bytes=3)
    assert parser.feed(b"data: a\n\ndata: b\n\ndata: toolong\n\ndata: c\n\n") == [
        ServerSentEvent(data="a"),
        ServerSentEvent(data="b"),
    ]
    with pytest.raises(WireLimitError):
        parser.feed(b"")


def test_an_error_that_waited_is_raised_by_close() -> None:
    """When no further piece comes, `close` raises the error that waited."""
    parser = EventStreamParser(max_event_bytes=3)
    parser.feed(b"data: a\n\ndata: toolong")
    with pytest.raises(WireLimitError):
        parser.close()


def test_a_parser_that_failed_stays_so() -> None:
    """After a limit was passed, every call raises, and nothing is held any more."""
    parser = EventStreamParser(max_line_bytes=3)
    for _ in range(3):
        with pytest.raises(WireLimitError):
            parser.feed(b"abcd")
    assert parser.pending == 0


def test_held_bytes_are_bounded() -> None:
    """Whatever comes, no more is held than the two limits allow."""
    parser = EventStreamParser(max_event_bytes=64, max_line_bytes=32)
    held = []
    with suppress(WireLimitError):
        for _ in range(1000):
            parser.feed(b"data\ndata:x\nx")
            held.append(parser.pending)
    assert 64 < max(held) <= 96


@pytest.mark.parametrize("name", ["max_event_bytes", "max_line_bytes"])
def test_a_limit_is_at_least_one_byte(name: str) -> None:
    """A limit that nothing could keep is refused when it is set."""
    with pytest.raises(ConfigurationError, match=name):
        EventStreamParser(**{name: 0})


LINES = [
    b"data: ab\n",
    b"data:abc\n",
    b"data\n",
    b"\n",
    b"\r\n",
    b"data: " + b"x" * 9 + b"\n",
    b"id: 77\n",
    b"event: abcdefg\n",
    b": c\n",
]


@given(
    body=st.lists(st.sampled_from(LINES), max_size=25).map(b"".join),
    size=st.integers(1, 40),
    max_event=st.integers(1, 20),
    max_line=st.integers(6, 20),
)
def test_limits_do_not_depend_on_the_cuts(body: bytes, size: int, max_event: int, max_line: int) -> None:
    """The same events are returned and the same limit is passed, however the stream is cut."""
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    sliced = _outcome(EventStreamParser(max_event_bytes=max_event, max_line_bytes=max_line), pieces)
    assert sliced == _outcome(EventStreamParser(max_event_bytes=max_event, max_line_bytes=max_line), [body])


def _cpu_seconds(body: bytes) -> float:
    pieces = [body[i : i + 64] for i in range(0, len(body), 64)]
    best = float("inf")
    for _ in range(3):
        parser = EventStreamParser()
        start = time.process_time()
        for piece in pieces:
            parser.feed(piece)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("unit", [b"x" * 100, b"\ndata: " + b"x" * 13], ids=["one line", "many lines"])
def test_the_time_is_linear(unit: bytes) -> None:
    """A line or an event that is four times as long takes about four times as long, not sixteen times."""
    shorter, longer = (_cpu_seconds(b"data: " + unit * count + b"\n\n") for count in (10_000, 40_000))
    assert longer < 9 * shorter
