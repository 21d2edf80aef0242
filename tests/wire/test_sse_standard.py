"""The WHATWG standard's rules for an event stream, one test to a rule, cases our own."""

from __future__ import annotations

import pytest

from scenario.errors import WireError
from scenario.wire.sse import EventStreamParser, ServerSentEvent

BOM = b"\xef\xbb\xbf"


def _read(*pieces: bytes) -> list[ServerSentEvent]:
    parser = EventStreamParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.close()


def _data_of(*pieces: bytes) -> list[str]:
    return [event.data for event in _read(*pieces)]


def test_utf8_is_decoded() -> None:
    """The stream is UTF-8."""
    assert _data_of("data: Grüße, 世界 🌍\n\n".encode()) == ["Grüße, 世界 🌍"]


def test_a_character_may_be_cut() -> None:
    """A character whose bytes come in different pieces is one character."""
    assert _data_of(b"data: \xf0\x9f", b"\x8c", b"\x8d\n\n") == ["🌍"]


@pytest.mark.parametrize(
    ("invalid", "text"),
    [
        pytest.param(b"a\xffb", "a\ufffdb", id="no such byte"),
        pytest.param(b"a\xe2\x82b", "a\ufffdb", id="cut sequence: one replacement for its longest valid start"),
        pytest.param(b"\xed\xa0\x80", "\ufffd\ufffd\ufffd", id="encoded surrogate"),
        pytest.param(b"\xc0\xaf", "\ufffd\ufffd", id="overlong"),
        pytest.param(b"x\xf0\x9f\x8c", "x\ufffd", id="cut by the line end"),
    ],
)
def test_invalid_utf8_is_replaced(invalid: bytes, text: str) -> None:
    """What is no UTF-8 becomes U+FFFD, and the line goes on."""
    assert _data_of(b"data: " + invalid + b"\n\n") == [text]


def test_one_bom_is_dropped() -> None:
    """A byte-order mark at the start of the stream is not part of the first line."""
    assert _data_of(BOM + b"data: first\n\n") == ["first"]


def test_a_bom_may_be_cut() -> None:
    """The mark is dropped too when its bytes come one by one."""
    assert _data_of(b"\xef", b"", b"\xbb", b"\xbf", b"data: first\n\n") == ["first"]


def test_a_second_bom_is_text() -> None:
    """Only one mark is dropped; another one spoils the field's name."""
    assert _data_of(BOM + BOM + b"data: spoilt\n\ndata: next\n\n") == ["next"]


def test_a_bom_later_is_text() -> None:
    """A mark anywhere else is a character of the line."""
    assert _data_of(b"data: " + BOM + b"x\n\n" + BOM + b"data: spoilt\n\n") == ["\ufeffx"]


@pytest.mark.parametrize("start", [b"\xef", b"\xef\xbb"])
def test_a_part_of_a_bom_is_text(start: bytes) -> None:
    """The beginning of a mark without its end is invalid text, and spoils the field's name."""
    assert _data_of(start, b"data: spoilt\n\ndata: next\n\n") == ["next"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_three_line_ends(end: bytes) -> None:
    """A line ends with LF, CR or CRLF."""
    assert _data_of(end.join([b"data: 1", b"data: 2", b"", b"data: 3", b"", b""])) == ["1\n2", "3"]


def test_mixed_line_ends() -> None:
    """The line ends may change from line to line; CRLF is one end, LF CR is two."""
    assert _data_of(b"data: 1\rdata: 2\r\ndata: 3\n\rdata: 4\n\r\n") == ["1\n2\n3", "4"]


@pytest.mark.parametrize("other", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c", "\x1d", "\x1e"])
def test_nothing_else_ends_a_line(other: str) -> None:
    """Other characters that Unicode calls line ends are text."""
    assert _data_of(f"data: a{other}b\n\n".encode()) == [f"a{other}b"]


def test_a_cr_ends_the_line_at_once() -> None:
    """A CR at the end of a piece ends the line now: the event does not wait for the next piece."""
    assert [event.data for event in EventStreamParser().feed(b"data: now\r\r")] == ["now"]


def test_an_lf_after_that_cr_is_swallowed() -> None:
    """When the next piece begins with LF, that was the other half of CRLF, and no blank line."""
    assert _data_of(b"data: 1\r", b"\ndata: 2\r", b"", b"\n\r", b"\n") == ["1\n2"]


def test_a_blank_line_dispatches() -> None:
    """A blank line dispatches the event."""
    assert _read(b"data: x\n\n") == [ServerSentEvent(data="x")]


def test_a_line_of_spaces_is_not_blank() -> None:
    """A line of spaces is a field of an unknown name."""
    assert _data_of(b"data: 1\n \ndata: 2\n\n") == ["1\n2"]


def test_comments_are_ignored() -> None:
    """A line that starts with a colon is a comment, wherever it stands."""
    assert _data_of(b": hello\ndata: 1\n:data: no\ndata: 2\n:\n\n: bye\n\n") == ["1\n2"]


def test_comments_are_counted() -> None:
    """Comments are no events, and can be seen all the same: how many, and the last one's text."""
    parser = EventStreamParser()
    before = parser.comments
    parser.feed(": one\n\n:tw\xc3\xb6\n: thr".encode("latin-1"))
    assert (before.count, before.last, parser.comments.count, parser.comments.last) == (0, None, 2, "twö")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        pytest.param(b"data:x", "x", id="no space"),
        pytest.param(b"data: x", "x", id="one space"),
        pytest.param(b"data:  x", " x", id="only the first space goes"),
        pytest.param(b"data:\tx", "\tx", id="a tab stays"),
        pytest.param(b"data: x ", "x ", id="the end stays"),
        pytest.param(b"data: a: b", "a: b", id="the first colon splits"),
        pytest.param(b"data::", ":", id="a colon after the colon"),
        pytest.param(b"data", "", id="no colon: an empty value"),
        pytest.param(b"data:", "", id="nothing after the colon"),
        pytest.param(b"data: ", "", id="a space after the colon"),
        pytest.param(b"data: a\0b", "a\0b", id="NUL is text"),
    ],
)
def test_a_line_is_a_field_and_a_value(line: bytes, value: str) -> None:
    """The name ends at the first colon, one space after it goes, and the rest is the value."""
    assert _data_of(line + b"\n\n") == [value]


@pytest.mark.parametrize("name", [b"Data", b"DATA", b" data", b"data ", b"data\0", b"dat", b"dataa", b"x"])
def test_field_names_are_compared_exactly(name: bytes) -> None:
    """A field of any other name is ignored; neither case nor spaces are forgiven."""
    assert _data_of(name + b": no\ndata: yes\n\n") == ["yes"]


def test_the_last_event_line_counts() -> None:
    """`event` sets the type, and a later one replaces it."""
    assert _read(b"event: a\nevent: b\ndata: x\n\n") == [ServerSentEvent(event="b", data="x")]


@pytest.mark.parametrize("reset", [b"event", b"event:", b"event: "])
def test_an_empty_event_line_resets_the_type(reset: bytes) -> None:
    """An `event` line without a value brings the default type back."""
    assert _read(b"event: a\n" + reset + b"\ndata: x\n\n") == [ServerSentEvent(event="message", data="x")]


def test_data_lines_are_joined() -> None:
    """Each `data` line adds one line to the data, empty ones too, before and after."""
    assert _data_of(b"data\ndata: 1\ndata:\ndata: 2\ndata\n\n") == ["\n1\n\n2\n"]


def test_other_fields_may_stand_between_data_lines() -> None:
    """The order of the fields means nothing to the data."""
    assert _read(b"data: 1\nevent: a\ndata: 2\nid: 7\ndata: 3\n\n") == [
        ServerSentEvent(event="a", data="1\n2\n3", id="7")
    ]


def test_the_id_sticks() -> None:
    """An event without an id has the last one."""
    assert [event.id for event in _read(b"id: 7\ndata: a\n\ndata: b\n\nevent: c\ndata: c\n\n")] == ["7", "7", "7"]


@pytest.mark.parametrize("reset", [b"id", b"id:", b"id: "])
def test_an_empty_id_line_resets_the_id(reset: bytes) -> None:
    """An `id` line without a value makes the last event id empty."""
    assert [event.id for event in _read(b"id: 7\ndata: a\n\n" + reset + b"\ndata: b\n\n")] == ["7", ""]


@pytest.mark.parametrize("value", [b"\0", b"8\0", b"\x008", b"8\x009"])
def test_an_id_with_nul_is_ignored(value: bytes) -> None:
    """An `id` that holds a NUL is as if it had not come."""
    assert [event.id for event in _read(b"id: 7\ndata: a\n\nid: " + value + b"\ndata: b\n\n")] == ["7", "7"]


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [(b"3000", 3000), (b"0", 0), (b"00", 0), (b"0010", 10), (b"0" * 5000 + b"5", 5), (b"9" * 30, 10**30 - 1)],
)
def test_retry_is_a_decimal_integer(value: bytes, milliseconds: int) -> None:
    """`retry` is the reconnection time in milliseconds, leading zeros allowed."""
    assert _read(b"retry: " + value + b"\ndata: x\n\n") == [ServerSentEvent(data="x", retry=milliseconds)]


@pytest.mark.parametrize(
    "value", ["", "+5", "-5", "5 ", " 5", "5.0", "1_000", "1e3", "0x10", "５", "²", "٣", "5s", "9" * 5000]
)
def test_retry_of_anything_else_is_ignored(value: str) -> None:
    """A `retry` that is not made of ASCII digits only changes nothing, and neither does one of absurd length."""
    parser = EventStreamParser()
    events = parser.feed(f"retry: 7\nretry: {value}\ndata: x\n\n".encode())
    assert (events, parser.retry) == ([ServerSentEvent(data="x", retry=7)], 7)


def test_retry_needs_no_event() -> None:
    """The reconnection time is set as soon as its line has ended."""
    parser = EventStreamParser()
    parser.feed(b"retry: 10\n")
    assert parser.retry == 10


def test_the_next_event_reports_retry_once() -> None:
    """An event carries the last valid `retry` since the event before it, from blocks without data too."""
    events = _read(b"retry: 1\n\nretry: 2\n\ndata: a\n\ndata: b\n\ndata: c\nretry: 3\n\n")
    assert [event.retry for event in events] == [2, None, 3]


@pytest.mark.parametrize(
    "block", [b"event: a\n\n", b"id: 7\n\n", b"retry: 5\n\n", b"foo: bar\n\n", b": ping\n\n", b"\n\n"]
)
def test_a_block_without_data_dispatches_nothing(block: bytes) -> None:
    """Without data there is no event, whatever else the block says."""
    assert _read(block) == []


def test_a_block_without_data_drops_its_type() -> None:
    """The type of a block without data is not handed on to the next event."""
    assert _read(b"event: a\n\ndata: x\n\n") == [ServerSentEvent(data="x")]


def test_a_block_without_data_keeps_its_id() -> None:
    """The id of a block without data becomes the last event id."""
    assert _read(b"id: 7\n\ndata: x\n\n") == [ServerSentEvent(data="x", id="7")]


def test_the_last_event_id_changes_with_the_blank_line() -> None:
    """An `id` line counts when its block ends, not before."""
    parser = EventStreamParser()
    parser.feed(b"id: 7\ndata: x\n")
    before = parser.last_event_id
    parser.feed(b"\n")
    assert (before, parser.last_event_id) == ("", "7")


def test_an_event_clears_type_and_data() -> None:
    """Nothing but the id goes on to the next event."""
    assert _read(b"event: a\ndata: x\n\ndata: y\n\n")[1] == ServerSentEvent(data="y")


@pytest.mark.parametrize("tail", [b"data: cut", b"data: cut\n", b"data: cut\r", b"event: a\ndata: cut\r\n"])
def test_the_end_of_the_stream_discards(tail: bytes) -> None:
    """An event that no blank line has completed is discarded at the end."""
    assert _data_of(b"data: whole\n\n" + tail) == ["whole"]


def test_an_id_that_is_discarded_does_not_count() -> None:
    """The id of an unfinished block does not become the last event id."""
    parser = EventStreamParser()
    parser.feed(b"id: 1\n\nid: 2\ndata: cut\n")
    parser.close()
    assert parser.last_event_id == "1"


def test_pending_is_what_the_end_would_discard() -> None:
    """The bytes held are the data of the unfinished event, and the unfinished line."""
    parser = EventStreamParser()
    parser.feed(b"data: whole\n\ndata: abc\nda")
    held = parser.pending
    parser.close()
    assert (held, parser.pending) == (len(b"abc\n") + len(b"da"), 0)


def test_nothing_is_pending_between_events() -> None:
    """After a blank line nothing is held."""
    parser = EventStreamParser()
    parser.feed(b"event: a\ndata: x\n\n")
    assert parser.pending == 0


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_can_be_fed(kind: type[bytes] | type[bytearray] | type[memoryview]) -> None:
    """A piece is bytes, a bytearray or a memoryview."""
    assert EventStreamParser().feed(kind(b"data: x\n\n")) == [ServerSentEvent(data="x")]


def test_what_was_fed_may_be_reused() -> None:
    """The parser keeps no hold of the caller's buffer."""
    parser, buffer = EventStreamParser(), bytearray(b"data: x")
    parser.feed(buffer)
    buffer[:] = b"garbage"
    assert parser.feed(b"\n\n") == [ServerSentEvent(data="x")]


def test_a_closed_parser_takes_no_bytes() -> None:
    """One parser reads one body: bytes after its end are an error."""
    parser = EventStreamParser()
    parser.close()
    with pytest.raises(WireError, match="closed"):
        parser.feed(b"data: x\n\n")


def test_closing_twice_is_harmless() -> None:
    """A second `close` says the same."""
    parser = EventStreamParser()
    assert (parser.close(), parser.close()) == ([], [])
