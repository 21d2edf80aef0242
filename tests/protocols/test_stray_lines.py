"""Lines of an event stream that readers skip: which of them may have been an event, and which never were one."""

from __future__ import annotations

import json

import pytest

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.reading import read_stream
from scenario.types import Reply
from scenario.wire.sse import EventStreamParser


def chunk(text: str) -> bytes:
    """An event of a chat completion that brings a piece of text."""
    value = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(value)}\n\n".encode()


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
NOT = chunk("not ")


def read(between: bytes) -> Reply:
    """A stream of two good chunks, with something between them."""
    body = chunk("It is ") + between + chunk("safe.") + END
    replies = [read_stream(body, content_type="text/event-stream")]
    replies.append(read_stream(body.replace(b"\n", b"\r\n"), content_type="text/event-stream"))
    assert replies[0].reading == replies[1].reading
    return replies[0]


@pytest.mark.parametrize(
    "head",
    [
        *("data ", "data", "data; ", "dat: ", "ata:", "daat: ", "dara: ", "ddata: ", "Data: ", "DATA: ", " data: ", ""),
        *(": ping data: ", "id: 7data: ", "retry: 10data: ", "event: completion data: ", "event completion data: "),
    ],
)
def test_an_event_with_a_damaged_field_is_damage(head: str) -> None:
    """The piece may have been the word on which everything depends: the reply says which line, and is no answer."""
    reply = read(NOT.replace(b"data: ", head.encode(), 1))
    assert (reply.outcome, reply.malformed) == ("error", 1)
    assert reply.error is not None
    assert "event 2 cannot be read" in reply.error.message
    assert "no field" in reply.error.message
    assert reply.reading.damage[0].index == 1


@pytest.mark.parametrize(
    "line",
    [
        ": ping",
        ':{"sent_at": 5}',
        ": a comment about data: none",
        "usage: {}",
        'x-region: {"name": "eu"}',
        "a line of text",
    ],
)
def test_comments_and_a_server_s_own_fields_are_none(line: str) -> None:
    """The standard lets servers have them; those that are no comments stand in the reading."""
    reply = read(line.encode() + b"\n\n")
    assert (reply.outcome, reply.text, reply.malformed) == ("complete", "It is safe.", 0)
    assert reply.reading.left_out == (() if line.startswith(":") else ("lines that are no fields: 1",))


def test_a_damaged_name_of_an_event_is_damage() -> None:
    """A dialect may know by the name alone what an event brings."""
    assert read(b"event completion\n" + NOT).outcome == "error"
    assert read(b"evnt: completion\n" + NOT).outcome == "error"
    assert read(b"event: completion\n" + NOT).text == "It is not safe."


def test_what_stands_after_the_end_is_no_part_of_the_answer() -> None:
    """Nor what a cut line may have been: that the body was cut is said already."""
    whole = chunk("It is safe.") + END
    assert read_stream(whole + b'{"trace": "x"}\n\n', content_type="text/event-stream").outcome == "complete"
    cut = read_stream(chunk("It is ") + b'dat: {"choices"', content_type="text/event-stream")
    assert (cut.outcome, cut.reading.damage) == ("truncated", ())


def test_where_damage_is_passed_over_it_is_counted() -> None:
    """The reply is what a loop of one's own would have made of the stream."""
    body = chunk("It is ") + NOT[3:] + chunk("safe.") + END
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions(malformed="skip"))
    reception.feed(Chunk(0.0, body))
    reply = reception.finish(clean=True)
    assert (reply.outcome, reply.text, reply.malformed) == ("complete", "It is safe.", 1)


def test_any_number_of_such_lines_is_counted_and_few_are_kept() -> None:
    """An agent cannot fill the memory with them."""
    parser = EventStreamParser()
    parser.feed(b'dat: {"a": 1}\n' * 1000 + b"more: x\n" * 500)
    assert (parser.stray_lines.count, len(parser.stray_lines.lost), parser.stray_lines.others) == (1000, 16, 500)


def test_the_place_counts_the_keep_alives_before_it() -> None:
    """The position is the one among the exchange's events."""
    reply = read_stream(b"data: ping\n\n" * 3 + chunk("It is ") + NOT[2:] + END, content_type="text/event-stream")
    assert (reply.reading.damage[0].index, len(reply.events)) == (4, 6)


def test_bytes_that_are_no_utf_8_are_told() -> None:
    """They stand as U+FFFD, as the standard has it; one that the agent itself has sent is its own word."""
    latin, sent = (
        read_stream(b'data: {"content": "Caf%b"}\n\n' % byte, content_type="text/event-stream")
        for byte in (b"\xe9", "\ufffd".encode())
    )
    assert latin.text == sent.text == "Caf\ufffd"
    assert "no UTF-8" in latin.reading.notes[0]
    assert sent.reading.notes == ()
