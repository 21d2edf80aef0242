"""Lines of an event stream that bring no event have a price as well: a body may hold millions of them."""

from __future__ import annotations

import pytest

from scenario.reading import read_stream

EVENT = b'event: message\nid: 7\nretry: 5\n: here\ndata: {"text": "a"}\n\n'
END = b"data: [DONE]\n\n"
TOLD = "more lines without an event than max_events (50) allows"


@pytest.mark.parametrize("line", [b":\n\n", b":\n", b"id:1\n\n", b"id: 1\n", b"x\n", b"event: a\n\n", b"retry: 1\n"])
def test_more_of_them_than_events_are_allowed_end_the_reading(line: bytes) -> None:
    """The limit is named, and what was said before is kept."""
    reply = read_stream(EVENT + line * 80 + EVENT + END, content_type="text/event-stream", max_events=50)
    assert reply.outcome == "aborted"
    assert any(TOLD in note for note in reply.reading.notes)
    assert reply.text.startswith("a")


@pytest.mark.parametrize("line", [b":\n\n", b"id:1\n\n", b"x\n"])
def test_so_many_as_there_may_be_events_change_nothing(line: bytes) -> None:
    """A keep-alive a second for a week stays below the limit."""
    body = EVENT + line * 20 + EVENT + END
    assert read_stream(body, content_type="text/event-stream", max_events=50) == read_stream(
        body, content_type="text/event-stream"
    )


def test_what_stands_beside_its_data_is_an_event_s_own() -> None:
    """An event has a type, an id and a comment: as many events as are allowed have four times as many lines."""
    reply = read_stream(EVENT * 49 + END, content_type="text/event-stream", max_events=50)
    assert (reply.outcome, reply.text) == ("complete", "a" * 49)


def test_a_block_of_many_lines_and_one_event_is_no_way_around_it() -> None:
    """Only some lines beside the data are the event's own."""
    body = (b":\n" * 40 + EVENT) * 4 + END
    assert read_stream(body, content_type="text/event-stream", max_events=50).outcome == "aborted"
