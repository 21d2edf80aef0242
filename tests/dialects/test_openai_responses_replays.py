"""A stream of the Responses API that is read from the middle on again, or tells things at their ends alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scenario.dialects.openai.responses import OpenAIResponses
from scenario.exchange import Chunk
from scenario.protocols.protocol import LIKELY, Head, ReadOptions, Sample
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent
from scenario.wire.sse_writing import encode
from tests.dialects.odd_events import as_events, read_all

MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}


def delta(piece: str, **more: Any) -> dict[str, Any]:
    """A piece of the message's text."""
    return {"type": "response.output_text.delta", "output_index": 0, "item_id": "msg_1", "delta": piece, **more}


def ended(kind: str, **fields: Any) -> dict[str, Any]:
    """The end of a part of the message."""
    return {"type": f"response.{kind}.done", "output_index": 0, "item_id": "msg_1", "content_index": 0, **fields}


BEGUN: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}},
    {"type": "response.in_progress", "response": {"id": "resp_1", "status": "in_progress"}},
    {"type": "response.output_item.added", "output_index": 0, "item": MESSAGE},
]
COMPLETED = {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}}


def numbered(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events with their numbers."""
    return [{**value, "sequence_number": number} for number, value in enumerate(values)]


def read(*values: dict[str, Any]) -> Reply:
    """The reply of these events, in one piece and byte by byte."""
    body = b"".join(encode(event) for event in as_events(*values))
    replies: list[Reply] = []
    for size in (len(body), 1):
        reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
        told = [reception.feed(Chunk(0.0, body[at : at + size])) for at in range(0, len(body), size)]
        replies.append(reception.finish(clean=True))
        assert "".join(told) == replies[-1].text
    assert replies[0] == replies[1]
    return replies[0]


EVENTS = numbered([*BEGUN, delta("ha "), delta("ha "), delta("ha "), delta("!"), COMPLETED])


@pytest.mark.parametrize("again_from", range(1, 7))
def test_events_that_are_sent_again_count_once(again_from: int) -> None:
    """A client that goes on from an event it had read may be sent it and later ones once more."""
    assert read(*EVENTS[:7], *EVENTS[again_from:]).text == "ha ha ha !"


def test_padding_may_differ() -> None:
    """The API hides how long deltas are by random characters, which are others the next time."""
    padded = [{**event, "obfuscation": "x" * index} for index, event in enumerate(EVENTS)]
    again = [{**event, "obfuscation": "y" * index} for index, event in enumerate(EVENTS)]
    assert read(*padded[:6], *again[4:]).text == "ha ha ha !"


@pytest.mark.parametrize(
    "numbers", [(0,) * 8, (0, 1, 2, 3, 3, 3, 3, 4), (0, 0, 0, 0, 1, 2, 3, 0), (0, 1, 2, 0, 1, 2, 3, 4), (7,) * 8]
)
def test_numbers_of_another_meaning_drop_nothing(numbers: tuple[int, ...]) -> None:
    """Some servers number all events alike, or each kind by itself."""
    events = [{**event, "sequence_number": number} for event, number in zip(EVENTS, numbers, strict=True)]
    reply = read(*events)
    assert (reply.text, reply.outcome) == ("ha ha ha !", "complete")


WHOLE_PARTS = {
    "a text": ended("output_text", text="No."),
    "a part": ended("content_part", part={"type": "output_text", "text": "No."}),
    "a refusal": ended("refusal", refusal="No."),
    "a part that is a refusal": ended("content_part", part={"type": "refusal", "refusal": "No."}),
}


@pytest.mark.parametrize("end", WHOLE_PARTS.values(), ids=WHOLE_PARTS.keys())
def test_what_only_its_end_tells_is_read(end: dict[str, Any]) -> None:
    """A server that sends no deltas sends the whole at the end; and what deltas have brought counts once."""
    expected = {"refusal": "No."} if "refusal" in str(end) else {"content": "No."}
    (message,) = read(*BEGUN, end, COMPLETED).messages
    assert message.items() >= expected.items()
    kind = "response.refusal.delta" if "refusal" in expected else "response.output_text.delta"
    (message,) = read(*BEGUN, {**delta("No."), "type": kind}, end, COMPLETED).messages
    assert message.items() >= expected.items()


def test_the_end_of_a_part_that_is_reasoning_is_no_text() -> None:
    """Servers of open models end their thinking so."""
    thought = {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "hm"}
    end = ended("content_part", part={"type": "reasoning_text", "text": "hm"})
    reply = read(*BEGUN, thought, end, {**delta("Hi"), "output_index": 1}, COMPLETED)
    assert (reply.text, reply.reasoning) == ("Hi", "hm")


def test_types_may_stand_in_the_events_names_alone() -> None:
    """The answer is known, and read."""
    events = [ServerSentEvent(str(value.pop("type")), as_events(value)[0].data) for value in map(dict, EVENTS)]
    detection = OpenAIResponses().detect(Head(), [Sample(events[3], {"delta": "ha "})])
    assert detection is not None
    assert detection.certainty == LIKELY
    reply, _ = read_all(OpenAIResponses().reader(ReadOptions()), events)
    assert (reply.text, reply.outcome) == ("ha ha ha !", "complete")


def test_a_number_that_is_missing_is_an_event_that_was_lost() -> None:
    """Wherever it was, the answer is an error that says which number; two that were swapped are one as well."""
    for lost in range(1, len(EVENTS) - 1):
        reply = read(*EVENTS[:lost], *EVENTS[lost + 1 :])
        assert reply.outcome == "error"
        assert reply.error is not None
        assert f"from {lost - 1} to {lost + 1}" in reply.error.message
        swapped = [*EVENTS[:lost], EVENTS[lost + 1], EVENTS[lost], *EVENTS[lost + 2 :]]
        if swapped[-1] is EVENTS[-1]:
            assert read(*swapped).outcome == "error"


def test_what_the_deltas_brought_is_held_against_its_end() -> None:
    """Without numbers, too: a delta that was lost or doubled is missed where the whole is told."""
    pieces = [delta("It is "), delta("not "), delta("safe.")]
    whole = ended("output_text", text="It is not safe.")
    assert read(*BEGUN, *pieces, whole, COMPLETED).outcome == "complete"
    for damaged in (pieces[:1] + pieces[2:], pieces[:2] + pieces[1:]):
        reply = read(*BEGUN, *damaged, whole, COMPLETED)
        assert reply.outcome == "error"
        assert "contradicts itself" in (reply.error.message if reply.error else "")
