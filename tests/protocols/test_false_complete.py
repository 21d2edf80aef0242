"""The fault that this tool must not have: a damaged answer is called complete with other words than the agent's."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.reading import read_stream
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript
from scenario.types import Reply

# Those that have events to be cut and spoilt.
ANSWERS = [answer for answer in small_answers() if answer.body.count(b"\n") >= 3]
# An answer that only its body ends cannot show that it was cut there.
WITHOUT_END = frozenset({"sse", "ndjson", "text", "adk", "langgraph", "llamaindex"})
# Until a home-made stream's first event has been read, nothing tells where its texts stand.
UNKNOWN = frozenset({"sse", "ndjson"})
# An agent on AgentCore may put a name of its own where Converse's event is.
NAMED = ("agentcore", ("event",))


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
    assert not reply.complete or said(reply) == said(whole)


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


def _places(value: object, path: tuple[str | int, ...] = (), *, texts: bool = True) -> Iterator[tuple[str | int, ...]]:
    """Where a JSON value has objects and lists inside, and texts too."""
    if path and isinstance(value, str | dict | list if texts else dict | list):
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from _places(one, (*path, key), texts=texts)


def _with(value: Any, path: tuple[str | int, ...], other: object) -> Any:
    """The value with another one at a place."""
    changed = place = copy.deepcopy(value)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = other
    return changed


def _written(event: bytes, value: object) -> bytes:
    """The event with another JSON value in its data."""
    lines = [line for line in event.split(b"\n") if not line.startswith((b"data", b"{", b"["))]
    head = b"data: " if b"data: " in event else b""
    return b"\n".join([*lines, head + json.dumps(value).encode()])


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer.name for answer in ANSWERS])
@pytest.mark.parametrize("other", [7, True, "zz"], ids=["number", "flag", "text"])
def test_a_value_of_a_wrong_kind_is_never_passed_over(answer: Transcript, other: object) -> None:
    """Wherever a number, a flag or a text stands in another kind's place: it is told, or the answer is not complete."""
    whole = read(answer, answer.body)
    events, between = events_of(answer.body)
    for index, event in enumerate(events):
        value = read_json(b"\n".join(_data(event)))
        for path in () if value is NOT_JSON else _places(value, texts=not isinstance(other, str)):
            if (index == 0 and answer.name in UNKNOWN) or (isinstance(other, str) and (answer.name, path) == NAMED):
                continue
            changed = [*events[:index], _written(event, _with(value, path, other)), *events[index + 1 :]]
            reply = read(answer, between.join(changed) + between)
            assert not reply.complete or reply.text == whole.text or "zz" in reply.text, path


def _data(event: bytes) -> list[bytes]:
    lines = event.split(b"\n")
    data = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
    return data or lines


def test_a_first_event_that_lost_all_but_its_brace_is_no_text() -> None:
    """Whether it was JSON, only the events after it show; a stream of raw text may begin with a brace."""
    json_stream = read_stream(b'data: {\n\ndata: {"content": " open"}\n\n', content_type="text/event-stream")
    assert (json_stream.outcome, json_stream.reading.damage) == ("error", ())
    raw = read_stream(b'data: {\n\ndata: "open"\n\ndata: }\n\n', content_type="text/event-stream")
    assert (raw.outcome, raw.text) == ("complete", '{"open"}')
