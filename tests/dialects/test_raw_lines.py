"""Text that a server writes into an event stream as it is: a line without a `data: ` of its own is a lost one."""

from __future__ import annotations

import json

import pytest

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.reading import read_stream
from scenario.types import Reply

DONE = "data: [DONE]\n\n"


def read(body: str) -> Reply:
    """How an event stream is read, however its lines end."""
    reply, other = (
        read_stream(body.replace("\n", end).encode(), content_type="text/event-stream") for end in ("\n", "\r\n")
    )
    assert (reply.outcome, reply.text) == (other.outcome, other.text)
    return reply


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Para one.\n\nPara two.",
            "Para one.\nPara two.",
            "A list:\n- one\n- two",
            "Note\n\nNote: do not.",
            "See\nhttps://a.b",
        ),
        *("Step\nStep 1: no.", "Read\n> not that", "Code\n\n```\nx\n```", "It is\n\n\nnot", "Tschüß\n\nöde"),
    ],
)
@pytest.mark.parametrize("end", [DONE, "", "event: end\ndata: \n\n", 'data: {"done": true}\n\n'])
def test_a_line_of_the_text_that_no_event_has(text: str, end: str) -> None:
    """The answer has lost it: that is an error, which shows the line, however the stream ends."""
    reply = read(f"data: Well. \n\ndata: {text}\n\n{end}")
    assert reply.outcome == "error"
    assert reply.error is not None
    assert "`data: `" in reply.error.message
    assert reply.reading.damage[0].data in text


@pytest.mark.parametrize("end", [DONE, ""])
@pytest.mark.parametrize(
    "line", ["usage: 5", ": a comment", "retry: 5", "x-trace: Not this", "  ", "ping", "id", "time:1"]
)
def test_a_line_that_is_none_of_the_text(line: str, end: str) -> None:
    """A comment, a sign of life, or a field that the server has of its own."""
    reply = read(f"data: It is\n\n{line}\n\ndata:  safe.\n\n{end}")
    assert (reply.outcome, reply.text) == ("complete", "It is safe.")


def test_text_whose_lines_are_written_as_the_standard_has_it() -> None:
    """Each with a `data: `: nothing is lost."""
    assert read(f"data: Para one.\ndata: \ndata: Para two.\n\n{DONE}").text == "Para one.\n\nPara two."
    assert read(f"data: Para one.\ndata:\ndata: Para two.\n\n{DONE}").outcome == "complete"


def test_what_stands_after_the_end_is_not_lost() -> None:
    """The answer is over by then."""
    assert read(f"data: It is safe.\n\n{DONE}Bye\n\n").outcome == "complete"


def test_lines_in_a_stream_of_json_are_none_of_its_text() -> None:
    """There, each event is JSON: what is none was never a piece."""
    events = [json.dumps({"content": piece}) for piece in ("It is ", "safe.")]
    reply = read(f"data: {events[0]}\n\nPara two.\n\ndata: {events[1]}\n\n{DONE}")
    assert (reply.outcome, reply.text) == ("complete", "It is safe.")
    reply = read(f"data: hello\n\ndata: {events[0]}\n\nPara two.\n\ndata: {events[1]}\n\n{DONE}")
    assert reply.outcome == "complete"


def test_where_damage_is_passed_over_lost_lines_are_counted() -> None:
    """As other damage is."""
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions(malformed="skip"))
    reception.feed(Chunk(0.0, f"data: One.\n\nTwo.\nThree.\n\n{DONE}".encode()))
    reply = reception.finish(clean=True)
    assert (reply.outcome, reply.text, reply.malformed) == ("complete", "One.", 2)
