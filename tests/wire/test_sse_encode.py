"""What is written reads back equal, and what could not is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario.errors import WireError
from scenario.wire.sse import EventStreamParser, ServerSentEvent
from scenario.wire.sse_writing import encode, encode_comment


def _without(characters: str) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_characters=characters))


encodable = st.builds(
    ServerSentEvent,
    event=st.just("message") | _without("\r\n").filter(bool),
    data=st.lists(_without("\r")).map("\n".join),
    id=_without("\0\r\n"),
    retry=st.none() | st.integers(0, 10**640 - 1),
)


def test_a_plain_event_is_one_data_line() -> None:
    """An event of the default type, without an id, is written as most servers write it."""
    assert encode(ServerSentEvent(data="x")) == b"data: x\n\n"


def test_fields_come_before_the_data() -> None:
    """Each field that is set has its line, and each line of the data as well."""
    event = ServerSentEvent(event="a", data="1\n\n2", id="7", retry=10)
    assert encode(event) == b"id: 7\nevent: a\nretry: 10\ndata: 1\ndata: \ndata: 2\n\n"


def test_crlf_in_data_becomes_lf() -> None:
    """A stream does not tell line ends apart, so CRLF in data is written as a line end."""
    assert encode(ServerSentEvent(data="1\r\n2")) == b"data: 1\ndata: 2\n\n"


def test_an_id_that_the_reader_has_is_not_repeated() -> None:
    """With the reader's last event id given, an `id` line is written where the event's differs."""
    event = ServerSentEvent(data="x", id="7")
    assert (encode(event, last_event_id="7"), encode(event, last_event_id="6")) == (
        b"data: x\n\n",
        b"id: 7\ndata: x\n\n",
    )


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ServerSentEvent(data="a\rb"), "data holds a CR"),
        (ServerSentEvent(data="a\r\r\nb"), "data holds a CR"),
        (ServerSentEvent(event=""), "type is empty"),
        (ServerSentEvent(event="a\nb"), "event type"),
        (ServerSentEvent(event="a\r"), "event type"),
        (ServerSentEvent(id="a\nb"), "id"),
        (ServerSentEvent(id="a\rb"), "id"),
        (ServerSentEvent(id="a\0b"), "id"),
        (ServerSentEvent(retry=-1), "retry"),
        (ServerSentEvent(retry=10**640), "retry"),
        (ServerSentEvent(data="\ud800"), "UTF-8"),
        (ServerSentEvent(event="\ud800"), "UTF-8"),
    ],
)
def test_what_would_not_read_back_is_refused(event: ServerSentEvent, reason: str) -> None:
    """An event that a reader would take for another one is an error that says why."""
    with pytest.raises(WireError, match=reason):
        encode(event)


@given(event=encodable)
def test_an_event_reads_back_equal(event: ServerSentEvent) -> None:
    """Every event that can be written reads back as the same event."""
    assert EventStreamParser().feed(encode(event)) == [event]


@given(events=st.lists(encodable))
def test_a_stream_reads_back_equal(events: list[ServerSentEvent]) -> None:
    """Events written one after the other, each with the id before it, read back as the same events."""
    parser, last_event_id = EventStreamParser(), ""
    for event in events:
        assert parser.feed(encode(event, last_event_id=last_event_id)) == [event]
        last_event_id = event.id


@given(text=_without("\r\n"))
def test_a_comment_reads_back_equal(text: str) -> None:
    """A comment is no event, and its text reads back to the letter."""
    parser = EventStreamParser()
    events = parser.feed(encode_comment(text))
    assert (events, parser.comments.count, parser.comments.last) == ([], 1, text)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\ud800"])
def test_a_comment_is_one_line(text: str) -> None:
    """A text that is not one line of UTF-8 is refused."""
    with pytest.raises(WireError):
        encode_comment(text)
