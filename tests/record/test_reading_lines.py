"""How an answer was read stands in the report as it stands in the exchange."""

from __future__ import annotations

from scenario.reading import read_stream
from scenario.record.reading_lines import reading_lines
from scenario.types import Reading

WHOLE = b"""data: {"type": "step", "name": "search"}

data: {"type": "delta", "content": "It is 18."}

data: {"type": "done"}

"""


def test_each_decision_has_a_line() -> None:
    """The end, the kinds of events, and what was left out."""
    reply = read_stream(b"region: eu\n" + WHOLE, content_type="text/event-stream")
    assert reading_lines(reply) == [
        "end: marked",
        "events: step ×1 → nothing, delta ×1 → text, done ×1 → end",
        "left out: lines that are no fields: 1",
    ]


def test_damage_is_said_with_its_place_and_reason() -> None:
    """Each event that could not be read, and nothing of an end that was not reached."""
    spoilt = read_stream(WHOLE.replace(b'"It', b"It"), content_type="text/event-stream")
    assert "cannot be read: event 2" in reading_lines(spoilt)
    lost = read_stream(
        WHOLE.replace(b'data: {"type": "delta"', b'dat: {"type": "delta"'), content_type="text/event-stream"
    )
    assert any(line.startswith("cannot be read: event 2 (the line is no field") for line in reading_lines(lost))
    assert not any(line.startswith("end:") for line in reading_lines(lost))


def test_a_reading_can_be_printed() -> None:
    """On one line, in the words of the reports; what has no name is no number of an event."""
    reply = read_stream(b'data: {"content": "It is 18."}\n\ndata: [DONE]\n\n', content_type="text/event-stream")
    assert str(reply.reading) == "end: marked; unnamed ×1 → text, unnamed ×1 → end"
    assert str(read_stream(WHOLE.replace(b'"It', b"It")).reading).startswith("end: marked; step ×1 → nothing, ")
    assert "cannot be read: event 2" in str(read_stream(WHOLE.replace(b'"It', b"It")).reading)
    assert str(Reading()) == "end: unknown"
    assert str(Reading(notes=("\x1b[2Jfine",))) == "end: unknown; \\x1b[2Jfine"
