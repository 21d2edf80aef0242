"""The fault that this tool must not have: a damaged answer is called complete with other words than the agent's."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario.reading import read_stream
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript
from scenario.types import Reply

# Those that have events to be cut and spoilt.
ANSWERS = [answer for answer in small_answers() if answer.body.count(b"\n") >= 3]
# An answer that only its body ends cannot show that it was cut there.
WITHOUT_END = frozenset({"sse", "ndjson", "text", "adk", "langgraph", "llamaindex"})


def read(answer: Transcript, body: bytes) -> Reply:
    """How a body with this answer's headers is read."""
    return read_stream(body, headers=dict(answer.headers), status=answer.status)


def said(reply: Reply) -> object:
    """What an agent has said and called."""
    return reply.text, [(call.name, call.arguments) for call in reply.tool_calls]


def events_of(body: bytes) -> tuple[list[bytes], bytes]:
    """The events of a body, and what stands between them."""
    between = b"\n\n" if b"\n\n" in body.strip() else b"\n"
    return [event for event in body.split(between) if event.strip()], between


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
@given(data=st.data())
def test_a_spoilt_event_is_never_passed_over(answer: Transcript, data: st.DataObject) -> None:
    """Whichever events lose whichever brace or quote: the answer is what it was, or it is not complete."""
    whole = read(answer, answer.body)
    events, between = events_of(answer.body)
    for index in data.draw(st.sets(st.integers(0, len(events) - 1), min_size=1, max_size=3)):
        places = [place for place, byte in enumerate(events[index]) if byte in b'{}[]":,']
        if places:
            place = data.draw(st.sampled_from(places))
            events[index] = events[index][:place] + events[index][place + 1 :]
    reply = read(answer, between.join(events) + between)
    assert not reply.complete or said(reply) == said(whole) or not _was_json(answer, events)


def _was_json(answer: Transcript, events: list[bytes]) -> bool:
    """Whether each event is still what it was by its kind: a name or a field that lost a letter is another one."""
    before, _ = events_of(answer.body)
    return all(_fields(one) == _fields(other) for one, other in zip(before, events, strict=True))


def _fields(event: bytes) -> list[bytes]:
    return [line.partition(b":")[0] for line in event.split(b"\n")]


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
def test_a_cut_is_never_called_complete_with_other_words(answer: Transcript) -> None:
    """After each event, in each dialect that has an end of its own."""
    whole = read(answer, answer.body)
    if whole.protocol in WITHOUT_END:
        return
    events, between = events_of(answer.body)
    for count in range(1, len(events)):
        reply = read(answer, between.join(events[:count]) + between)
        assert not reply.complete or said(reply) == said(whole)
