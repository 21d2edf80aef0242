"""Events of nothing but text are read many at a time, and nothing may tell that they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from scenario.dialects.home_made.generic import GenericReader
from scenario.dialects.home_made.sse import Sse
from scenario.exchange import Chunk
from scenario.protocols.protocol import Brought, Ending, Framing, Head, Reader, ReadOptions
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.protocols.registry import dialect_named
from scenario.types import Reply
from scenario.wire.event import EventRun, ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events


def _openai(delta: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice], "usage": None, **fields}


def _block(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _langgraph(**fields: Any) -> dict[str, Any]:
    return {"type": "AIMessageChunk", "content": "a", "id": "m1", "response_metadata": {}, "tool_calls": [], **fields}


# The dialect, its framing, the name of its text events, and events: the first brings nothing but text.
CASES: list[tuple[str, Framing, str, list[Any]]] = [
    (
        "openai-chat",
        "sse",
        "message",
        [
            _openai({"content": "a"}),
            _openai({"content": "b", "role": "assistant", "refusal": None}),
            _openai({"content": "c", "reasoning": "r"}),
            _openai({"content": "d"}, usage={"prompt_tokens": 1, "completion_tokens": 2}),
            _openai({"content": "e"}, object="error"),
            _openai({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}]}),
            {"id": "c1", "choices": [{"index": 1, "delta": {"content": "other"}}]},
        ],
    ),
    (
        "anthropic",
        "sse",
        "content_block_delta",
        [
            _block(0, {"type": "text_delta", "text": "a"}),
            _block(1, {"type": "text_delta", "text": "b"}),
            _block(0, {"type": "thinking_delta", "thinking": "t"}),
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "message_start", "message": {"id": "m2"}},
            {"type": "message_stop"},
        ],
    ),
    (
        "openai-responses",
        "sse",
        "response.output_text.delta",
        [
            {"type": "response.output_text.delta", "output_index": 0, "delta": "a"},
            {"type": "response.output_text.delta", "output_index": 1, "delta": "b"},
            {"type": "response.output_text.done", "output_index": 1, "text": "c"},
            {"type": "response.completed", "response": {"status": "completed"}},
        ],
    ),
    (
        "ag-ui",
        "sse",
        "message",
        [
            {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": "a"},
            {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m2", "delta": "b"},
            {"type": "TEXT_MESSAGE_CONTENT", "delta": "c"},
            {"type": "TEXT_MESSAGE_START", "messageId": "m1", "role": "user"},
            {"type": "TOOL_CALL_ARGS", "toolCallId": "t", "delta": "{}"},
            {"type": "RUN_FINISHED"},
        ],
    ),
    (
        "vercel-ui",
        "sse",
        "message",
        [
            {"type": "text-delta", "id": "1", "delta": "a"},
            {"type": "text-delta", "id": "2", "delta": "b"},
            {"type": "text-start", "id": "1"},
            {"type": "reset-step"},
            {"type": "finish"},
        ],
    ),
    (
        "langgraph",
        "sse",
        "messages",
        [
            [_langgraph(), {"langgraph_node": "model"}],
            [_langgraph(id="m2"), {}],
            [_langgraph(response_metadata={"finish_reason": "stop"}), {}],
            [_langgraph(additional_kwargs={"reasoning_content": "r"}), {}],
            [_langgraph(tool_call_chunks=[{"index": 0, "id": "t", "name": "f", "args": "{}"}]), {}],
            [{"type": "human", "content": "hi", "id": "h"}, {}],
        ],
    ),
    (
        "ollama",
        "ndjson",
        "message",
        [
            {"message": {"role": "assistant", "content": "a"}, "done": False},
            {"message": {"content": "b", "thinking": "t"}, "done": False},
            {"message": {"content": "c"}, "done": True},
            {"response": "d", "done": False},
            {"error": "broke"},
        ],
    ),
    (
        "agentcore",
        "sse",
        "message",
        [
            {"event": {"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 0}}},
            {"data": "a"},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"messageStop": {"stopReason": "end_turn"}}},
            "a",
        ],
    ),
    ("sse", "sse", "message", [{"content": "a"}, {"text": "b"}, {"content": "c", "done": True}, {"error": "e"}, {}]),
    ("ndjson", "ndjson", "message", [{"content": "a"}, {"text": "b"}, {"done": "yes"}, {"error": "e"}, {}]),
]
# Home-made events that say what they are.
CASES += [
    ("sse", "sse", name, [{**beside, key: "a"}, {**beside, key: "b", "id": "2"}, *others])
    for name, beside, key, others in [
        ("message", {"type": "token"}, "content", [{"type": "thinking", "content": "t"}, {"type": "done"}]),
        ("message", {"type": "text", "id": "1"}, "text", [{"type": "answer", "text": "a whole"}, {"text": "b"}]),
        ("token", {}, "content", [{"token": "b"}, {"content": "c", "status": "ok"}, {"error": "e"}]),
        (
            "message",
            {"event": "delta", "role": "assistant"},
            "delta",
            [{"event": "delta", "role": "user", "delta": "u"}],
        ),
    ]
]
CASES.append(("ndjson", "ndjson", "message", [{"type": "token", "content": "a"}, {"type": "end", "content": "b"}]))
# Of these each text may be a whole one, so that they are read one by one.
CASES += [
    ("sse", "sse", "message", [{"type": "replace", "text": "a"}, {"type": "token", "text": "b"}]),
    ("sse", "sse", "message", [{"type": "message", "content": "a"}, {"type": "status", "content": "b"}]),
]
AT_ONCE = CASES[:-2]
NAMES = [f"{case[0]}-{at}" for at, case in enumerate(CASES)]


def one_by_one(reader: Reader, events: Sequence[ServerSentEvent]) -> tuple[Reply, str]:
    """The reply, and the text as it was brought, of events that are read by themselves."""
    text = "".join([reader.read(event).text for event in events])
    return reader.finish(Ending()), text


def many_at_a_time(reader: Reader, events: Sequence[ServerSentEvent], size: int) -> tuple[Reply, str]:
    """The same, of events that are read so many at a time where their reader takes them so."""
    texts: list[str] = []
    for name, group in groupby(events, lambda event: event.event):
        for part in EventRun([event.data for event in group], name).parts(size):
            pieces = reader.read_texts(part.data, name)
            texts += [reader.read(event).text for event in part.events()] if pieces is None else pieces
    return reader.finish(Ending()), "".join(texts)


# Texts that mean something where they are no piece of an answer.
TELLING = ["ok", "done", "success", "[DONE]", "Error: no", "error", '{"answer": "x"}', '{"error": "x"}', "user", "0"]


def plain_and_odd(name: str, known: list[Any]) -> st.SearchStrategy[list[ServerSentEvent]]:
    """Odd events amid usual ones, most of them nothing but text, and at times many in a row."""
    usual = [ServerSentEvent(data=event.data, event=name) for event in as_events(*known)]
    plain = st.lists(st.sampled_from([usual[0]] * 4 + usual), max_size=12)
    text = st.text(max_size=4) | st.sampled_from(['"', "a", "\n", "😀", *TELLING])
    texts = st.lists(text, min_size=40, max_size=50)
    in_a_row = texts.map(
        lambda texts: [
            ServerSentEvent(data=usual[0].data.replace('"a"', json.dumps(text), 1), event=name) for text in texts
        ]
    )
    parts = st.tuples(plain, st.just([]) | in_a_row, odd_events(known), plain)
    return parts.map(lambda parts: [event for part in parts for event in part])


EVENTS = [plain_and_odd(name, known) for _, _, name, known in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@given(data=st.data(), size=st.integers(1, 9) | st.just(20))
def test_how_many_are_read_at_a_time_makes_no_difference(
    case: tuple[str, Framing, str, list[Any]], data: Any, size: int
) -> None:
    """Whatever the events, a reader given several at once tells the same as one that is given each by itself."""
    protocol, framing, _, _ = case
    events = data.draw(EVENTS[CASES.index(case)])
    options = ReadOptions(framing=framing)
    dialect = dialect_named(protocol)
    expected = one_by_one(dialect.reader(options), events)
    assert many_at_a_time(dialect.reader(options), events, size) == expected


@pytest.mark.parametrize("case", AT_ONCE, ids=NAMES[:-2])
def test_text_that_goes_on_is_read_at_once(case: tuple[str, Framing, str, list[Any]]) -> None:
    """A hundred pieces of a message that has begun need no reading one by one: else nothing would be gained."""
    protocol, framing, name, known = case
    (event,) = as_events(known[0])
    reader = dialect_named(protocol).reader(ReadOptions(framing=framing))
    first = reader.read(ServerSentEvent(data=event.data, event=name))
    pieces = reader.read_texts([event.data] * 100, name)
    assert pieces == [first.text] * 100


def test_a_run_taken_apart_has_the_same_events() -> None:
    """Parts of a run hold its events in order, and the reconnection time stays with the first."""
    run = EventRun(["1", "2", "3"], "token", "7", 500)
    parts = [event for part in run.parts(2) for event in part.events()]
    expected = [ServerSentEvent("token", "1", "7", 500), *[ServerSentEvent("token", data, "7") for data in "23"]]
    assert parts == run.events() == expected


class _CountedReader(GenericReader):
    """Notes which events are read one by one."""

    def __init__(self, protocol: str, options: ReadOptions) -> None:
        super().__init__(protocol, options)
        self.read_alone: list[str] = []

    def read(self, event: ServerSentEvent) -> Brought:
        self.read_alone.append(event.data)
        return super().read(event)


def _read_alone(values: Sequence[Any]) -> list[Any]:
    """Which of these events are read one by one where all come at once."""
    readers: list[_CountedReader] = []

    class Counted(Sse):
        name = "counted"

        def reader(self, options: ReadOptions) -> Reader:
            readers.append(_CountedReader(self.name, options))
            return readers[-1]

    head = Head(headers={"content-type": "text/event-stream"})
    reception = Reception(head, ReceptionOptions(protocol="counted"), Counted())
    reception.feed(Chunk(0.0, "".join(f"data: {json.dumps(value)}\n\n" for value in values).encode()))
    reception.finish(clean=True)
    return [json.loads(data) for data in readers[0].read_alone]


def test_an_answer_that_comes_at_once_is_not_read_one_by_one() -> None:
    """Once a text has begun the answer, those after it are read together, however few they are."""
    texts = [{"content": f"word {place} "} for place in range(10)]
    assert _read_alone(texts) == texts[:1]


def test_what_stands_between_texts_is_read_by_itself() -> None:
    """An event that is no text is read one by one, and the text after it too: it may begin anew."""
    texts = [{"content": f"word {place} "} for place in range(4)]
    thought = {"type": "thinking", "content": "hm"}
    assert _read_alone([*texts[:2], thought, *texts[2:]]) == [texts[0], thought, texts[2]]


def test_texts_before_and_after_other_events_are_read_at_once() -> None:
    """Neither a beginning nor an end without text keeps the texts in between from being read together."""
    texts = [_openai({"content": f"word {place} "}) for place in range(12)]
    begin, end = _openai({"role": "assistant", "content": ""}), _openai({})
    end["choices"][0]["finish_reason"] = "stop"
    read: list[Any] = []
    dialect = dialect_named("openai-chat")

    class Counted(type(dialect)):  # type: ignore[misc]
        def reader(self, options: ReadOptions) -> Reader:
            reader = super().reader(options)
            alone = reader.read
            reader.read = lambda event: (read.append(event.data), alone(event))[1]
            return reader

    reception = Reception(
        Head(headers={"content-type": "text/event-stream"}), ReceptionOptions(protocol="openai-chat"), Counted()
    )
    events = as_events(begin, *texts, end)
    body = "".join(f"data: {event.data}\n\n" for event in [*events, ServerSentEvent(data="[DONE]")])
    reception.feed(Chunk(0.0, body.encode()))
    assert reception.finish(clean=True).text == "".join(f"word {place} " for place in range(12))
    assert read == [events[0].data, events[1].data, events[-1].data, "[DONE]"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@settings(max_examples=40)
@given(data=st.data(), size=st.integers(1, 9))
def test_how_many_come_in_a_piece_makes_no_difference(
    case: tuple[str, Framing, str, list[Any]], data: Any, size: int
) -> None:
    """Events that come all at once, texts and others mixed, are read as the same ones that come each by itself."""
    protocol, framing, _, _ = case
    events = [event for event in data.draw(EVENTS[CASES.index(case)]) if framing == "sse" or event.data.strip()]
    whole, parts, apart = (_reading(protocol, framing, events, many) for many in (len(events) or 1, size, 1))
    assert whole == parts == apart


def _reading(protocol: str, framing: Framing, events: list[ServerSentEvent], many: int) -> tuple[Any, ...]:
    """What is read of events that come so many to a piece: the reply, the texts on the way, and what each brought."""
    lines = [
        f"event: {event.event}\ndata: {event.data}\n\n" if framing == "sse" else f"{event.data}\n" for event in events
    ]
    content_type = "text/event-stream" if framing == "sse" else "application/x-ndjson"
    reception = Reception(Head(headers={"content-type": content_type}), ReceptionOptions(protocol=protocol))
    told = [reception.feed(Chunk(0.0, "".join(lines[at : at + many]).encode())) for at in range(0, len(lines), many)]
    reply = reception.finish(clean=True)
    kinds = [(event.data, event.event, event.content, event.malformed) for event in reception.events]
    taken = Counter[str]()
    for kind in reply.reading.kinds:
        taken[kind.taken_for] += kind.count
    reply.events, reply.reading = [], msgspec.structs.replace(reply.reading, kinds=())
    return taken, msgspec.json.encode(reply, enc_hook=repr), "".join([*told, reception.late_text]), kinds


@pytest.mark.parametrize("framing", ["sse", "ndjson"])
def test_a_nul_that_ends_a_piece_is_left_out_however_many_come_at_once(framing: Framing) -> None:
    """What is dropped at a text's end when it is read by itself is dropped when several are read together."""
    events = as_events({"content": "a"}, {"content": "0\0"}, {"content": "b"})
    dialect, options = dialect_named(framing), ReadOptions(framing=framing)
    expected = one_by_one(dialect.reader(options), events)
    assert expected[0].text == "a0b"
    assert many_at_a_time(dialect.reader(options), events, 1) == expected


@pytest.mark.parametrize("odd", [{}, {"type": "token"}, {"content": "a"}, {"type": "token", "content": ""}])
@pytest.mark.parametrize("size", [2, 3, 20])
def test_what_an_event_is_called_is_never_its_text(odd: dict[str, str], size: int) -> None:
    """Not either where one with fewer fields stands before it in the same piece."""
    events = as_events(*[{"type": "token", "content": "a"}] * 4, odd, {"type": "token", "content": "b"})
    dialect, options = dialect_named("ndjson"), ReadOptions(framing="ndjson")
    read = many_at_a_time(dialect.reader(options), events, size)
    assert read == one_by_one(dialect.reader(options), events)
    assert "token" not in read[1]
