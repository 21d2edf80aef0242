"""Several messages of the AI SDK in one body, of which the last may be cut; and parts that are data alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import Reply

Part = dict[str, Any]
START, FINISH = {"type": "start"}, {"type": "finish", "finishReason": "stop"}


def text(piece: str, part: str = "0") -> list[Part]:
    """A text in one piece."""
    return [
        {"type": "text-start", "id": part},
        {"type": "text-delta", "id": part, "delta": piece},
        {"type": "text-end", "id": part},
    ]


def read(*parts: Part, done: bool = False) -> Reply:
    """A stream of these parts, all in one piece and each by itself."""
    events = [f"data: {json.dumps(part)}\n\n".encode() for part in parts] + [b"data: [DONE]\n\n"] * done
    replies = []
    for pieces in (events, [b"".join(events)]):
        reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
        for piece in pieces:
            reception.feed(Chunk(0.0, piece))
        replies.append(reception.finish(clean=True))
    first, other = replies
    assert (first.outcome, first.text, first.protocol) == (other.outcome, other.text, other.protocol)
    return first


FIRST = [START, *text("A"), FINISH]


@pytest.mark.parametrize(
    "begun",
    [
        *([START], [{"type": "start-step"}], text("B")[:1], text("B")[:2], text("B"), [START, *text("B")]),
        *([{"type": "text-delta", "id": "0", "delta": "B"}], [{"type": "reasoning-start", "id": "1"}]),
        [{"type": "tool-input-start", "toolCallId": "c", "toolName": "look"}],
        [{"type": "tool-input-available", "toolCallId": "c", "toolName": "look", "input": {}}],
    ],
)
def test_what_begins_after_a_finish_owes_one_of_its_own(begun: list[Part]) -> None:
    """The message before it was whole; the answer is not."""
    assert read(*FIRST, *begun).outcome == "truncated"
    reply = read(*FIRST, *begun, FINISH)
    assert (reply.outcome, reply.reading.end) == ("complete", "marked")


def test_two_messages_are_read_one_after_the_other() -> None:
    """Their texts are a line apart, as those of two parts are."""
    reply = read(*FIRST, START, *text("B"), FINISH, done=True)
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", "A\nB", "marked")
    assert read(*FIRST, START, *text("B"), {**FINISH, "finishReason": "length"}).outcome == "truncated"


@pytest.mark.parametrize(
    "late",
    [
        {"type": "message-metadata", "messageMetadata": {"a": 1}},
        {"type": "data-usage", "data": {"tokens": 3}},
        {"type": "text-end", "id": "0"},
        {"type": "finish-step"},
        {"type": "tool-output-available", "toolCallId": "c", "output": 1},
    ],
)
def test_what_follows_a_finish_and_begins_nothing(late: Part) -> None:
    """The message stays finished."""
    reply = read(*FIRST, late)
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", "A", "marked")


@pytest.mark.parametrize(
    "first",
    [
        {"type": "data-notification", "data": {"message": "Processing..."}, "transient": True},
        {"type": "data-status", "data": {"text": "Working"}},
        {"type": "data-status", "id": "1", "data": {"text": "Working"}},
        {"type": "data-status", "data": "Working", "transient": True},
    ],
)
def test_a_stream_that_begins_with_data(first: Part) -> None:
    """Without its header, too, it is the AI SDK's, and what stands in data is no text."""
    reply = read(first, *FIRST, first, done=True)
    assert (reply.protocol, reply.outcome, reply.text) == ("vercel-ui", "complete", "A")
    assert read(first, first, START, *text("A")).outcome == "truncated"


@pytest.mark.parametrize("event", [{"type": "data-chunk", "data": "A"}, {"type": "data", "data": {"text": "A"}}])
def test_a_home_made_stream_whose_events_are_called_data(event: Part) -> None:
    """Its pieces are text."""
    reply = read(event, event)
    assert (reply.protocol, reply.outcome, reply.text) == ("sse", "complete", "AA")
