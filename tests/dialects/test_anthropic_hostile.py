"""Anthropic's events as proxies change them, and with anything in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.anthropic.messages import Anthropic
from scenario.protocols.protocol import Head, ReadOptions, Sample
from scenario.reading import read_stream
from scenario.types import Usage
from scenario.wire.sse import ServerSentEvent
from scenario.wire.sse_writing import encode
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "n"}},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "thinking", "thinking": "hm"}},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "web_search_tool_result", "tool_use_id": "t", "content": [{"url": "u"}]},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "b"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a": 1}'}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "thinking_delta", "thinking": "mm"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
    {"type": "message_stop"},
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    {"type": "message", "id": "m", "content": [{"type": "text", "text": "c"}], "stop_reason": "end_turn", "usage": {}},
]


@given(odd_events(EVENTS))
def test_no_event_raises(events: list[ServerSentEvent]) -> None:
    """Whatever stands in an event, reading goes on."""
    survives(Anthropic(), events)
    survives(Anthropic(), events, "json")


def test_an_index_that_is_no_number_is_no_index() -> None:
    """A block whose index is a list is read as one without an index."""
    events = as_events(
        {"type": "content_block_start", "index": [1], "content_block": {"type": "text", "text": "a"}},
        {"type": "content_block_delta", "index": [1], "delta": {"type": "text_delta", "text": "b"}},
        {"type": "message_stop"},
    )
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert reply.text == "ab"


def start(index: int, **block: Any) -> dict[str, Any]:
    """A block begins."""
    return {"type": "content_block_start", "index": index, "content_block": block}


def test_arguments_that_come_with_the_calls_beginning_and_again_in_pieces_count_once() -> None:
    """Some proxies send them so."""
    events = as_events(
        start(0, type="tool_use", id="t", name="look", input={"city": "Paris"}),
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": '{"city": "Paris"}'},
        },
        {"type": "content_block_stop", "index": 0},
    )
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert reply.tool_calls[0].arguments == {"city": "Paris"}


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """Once it has ended; one that was cut has nothing."""
    begun = as_events(start(0, type="tool_use", id="t", name="look", input={}))
    ended = [*begun, *as_events({"type": "content_block_stop", "index": 0})]
    assert read_all(Anthropic().reader(ReadOptions()), ended)[0].tool_calls[0].arguments == {}
    assert read_all(Anthropic().reader(ReadOptions()), begun)[0].tool_calls[0].arguments is None


def test_a_hosted_tool_that_failed_has_an_error_as_its_result() -> None:
    """It is told by the type of its content."""
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    events = as_events(start(0, type="web_search_tool_result", tool_use_id="t", content=error))
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert [(result.id, result.is_error) for result in reply.tool_results] == [("t", True)]


def test_an_error_in_the_first_event_is_anthropics() -> None:
    """An overloaded server sends nothing else."""
    value = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert Anthropic().detect(Head(), [Sample(as_events(value)[0], value)]) is not None


def begin(id_: str, **more: Any) -> dict[str, Any]:
    """A message begins."""
    return {"type": "message_start", "message": {"id": id_, "usage": {"input_tokens": 5, "output_tokens": 1}} | more}


def text(index: int, piece: str) -> list[dict[str, Any]]:
    """A block of text."""
    delta = {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": piece}}
    return [start(index, type="text", text=""), delta]


def test_a_message_that_begins_twice_is_one() -> None:
    """Proxies repeat its beginning."""
    events = as_events(begin("m"), begin("m"), *text(0, "Hi"), {"type": "message_stop"})
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert (reply.text, len(reply.messages)) == ("Hi", 1)


def test_a_second_message_in_the_midst_of_the_first_is_another() -> None:
    """A server that tries anew counts its blocks from the beginning; nothing of one goes into the other."""
    call = {"type": "input_json_delta", "partial_json": '{"a": '}
    events = as_events(
        begin("one"),
        *text(0, "I will"),
        start(1, type="tool_use", id="t1", name="look", input={}),
        {"type": "content_block_delta", "index": 1, "delta": call},
        begin("two"),
        *text(0, "Let me"),
        start(1, type="tool_use", id="t2", name="look", input={}),
        {"type": "content_block_delta", "index": 1, "delta": call | {"partial_json": '{"a": 1}'}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert reply.text == "I will\nLet me"
    assert [(one.id, one.arguments) for one in reply.tool_calls] == [("t1", None), ("t2", {"a": 1})]


def test_a_message_may_begin_with_its_content() -> None:
    """As it does when it goes on from a tool that the server carries out."""
    content = [
        {"type": "code_execution_tool_result", "tool_use_id": "s1", "content": {"stdout": "1"}},
        {"type": "tool_use", "id": "t1", "name": "look", "input": {"id": "c"}},
    ]
    events = as_events(begin("m", content=content, stop_reason="tool_use"), {"type": "message_stop"})
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert [one.id for one in reply.tool_results] == ["s1"]
    assert [(one.id, one.arguments) for one in reply.tool_calls] == [("t1", {"id": "c"})]
    assert (reply.finish_reason, reply.outcome) == ("tool_use", "complete")


def test_a_call_without_arguments_has_none_however_it_comes() -> None:
    """In a message that was not streamed, and where a proxy leaves out the end of its block."""
    call = {"type": "tool_use", "id": "t1", "name": "now", "input": {}}
    whole = {"type": "message", "id": "m", "content": [call], "stop_reason": "tool_use"}
    streamed = [begin("m"), start(0, **call), {"type": "message_stop"}]
    for framing, values in (("json", [whole]), ("sse", streamed)):
        reply, _ = read_all(Anthropic().reader(ReadOptions(framing=framing)), as_events(*values))
        assert [(one.arguments_raw, one.arguments) for one in reply.tool_calls] == [("{}", {})], framing


def test_types_may_stand_in_the_events_names_alone() -> None:
    """The answer is known, read, and whole only where it ends."""
    parts = {
        "message_start": {"message": {"id": "m"}},
        "content_block_delta": {"index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        "message_stop": {},
    }
    events = [ServerSentEvent(event=name, data=as_events(value)[0].data) for name, value in parts.items()]
    assert Anthropic().detect(Head(), [Sample(events[0], parts["message_start"])]) is not None
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert (reply.text, reply.session, reply.outcome) == ("Hi", {"message_id": "m"}, "complete")
    cut, _ = read_all(Anthropic().reader(ReadOptions()), events[:-1])
    assert cut.outcome == "truncated"


def test_a_gateways_sentinel_is_no_event_that_cannot_be_read() -> None:
    """But it does not end the message either."""
    reader = Anthropic().reader(ReadOptions())
    events = as_events(begin("m"), *text(0, "Hi"))
    assert reader.read(ServerSentEvent(data="[DONE]")).kind == "nothing"
    assert read_all(reader, events)[0].outcome == "truncated"


def test_a_count_below_zero_counts_nothing() -> None:
    """The count before it stays."""
    events = as_events(begin("m"), {"type": "message_delta", "delta": {}, "usage": {"output_tokens": -1}})
    reply, _ = read_all(Anthropic().reader(ReadOptions()), events)
    assert reply.usage == Usage(input_tokens=5, output_tokens=1, total_tokens=6)


MESSAGE_START = {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}}
STOP = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def block(index: int, *pieces: str, start: bool = True) -> list[dict[str, Any]]:
    """A block of text, with or without its beginning."""
    begun = {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": piece}}
        for piece in pieces
    ]
    return [*([begun] if start else []), *deltas, {"type": "content_block_stop", "index": index}]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([MESSAGE_START, *block(0, "Hi", start=False), *STOP], "never began"),
        ([MESSAGE_START, *block(0, "Hi")[:2], *block(2, "you"), *STOP], "block 1 never did"),
        ([MESSAGE_START, *block(0, "Hi"), block(1)[1], *block(2, "you"), *STOP], "block 1 never did"),
        ([MESSAGE_START, *block(0, "Hi")[:1], *block(0, "Hi"), *STOP], "began twice"),
        ([MESSAGE_START, *block(0, "Hi"), *block(0, "you", start=False), *STOP], "had ended"),
        ([MESSAGE_START, *block(0, "Hi"), {**MESSAGE_START, "message": {"id": "n"}}, *block(0, "you"), *STOP], "ended"),
    ],
)
def test_blocks_that_contradict_each_other_are_no_answer(events: list[dict[str, Any]], said: str) -> None:
    """The standard says where a block begins and ends: what does not fit was lost, doubled or swapped on its way."""
    body = b"".join(encode(event) for event in as_events(*events))
    reply = read_stream(body, content_type="text/event-stream", protocol="anthropic")
    assert reply.outcome == "error"
    assert said in (reply.error.message if reply.error else "")


@pytest.mark.parametrize(
    ("blocks", "text", "note"),
    [
        ([*block(0, "Hi"), *block(1, "you"), *block(1, "all")], "Hi\nyou\nall", "block 1 began again"),
        ([*block(0, "Hi"), *block(0, "you"), *block(0, "all")], "Hi\nyou\nall", "block 0 began again"),
        ([*block(0, "Hi"), *block(2, "you"), *block(3, "all")], "Hi\nyou\nall", "block 1 never did"),
        ([*block(1, "Hi"), *block(2, "you")], "Hi\nyou", "block 0 never did"),
    ],
)
def test_numbers_of_blocks_that_servers_reuse_or_leave_out(blocks: list[dict[str, Any]], text: str, note: str) -> None:
    """Where every block has ended, none can have lost anything: it is said, and the answer is whole."""
    body = b"".join(encode(event) for event in as_events(MESSAGE_START, *blocks, *STOP))
    reply = read_stream(body, content_type="text/event-stream", protocol="anthropic")
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", text, "marked")
    assert note in reply.reading.notes[0]


def test_blocks_in_order_are_an_answer() -> None:
    """Also in a second message of the same body; and a capture may begin in the middle."""
    events = [MESSAGE_START, *block(0, "Hi"), *block(1, " you"), *STOP]
    again = [{**MESSAGE_START, "message": {"id": "n"}}, *block(0, "Bye"), *STOP]
    body = b"".join(encode(event) for event in as_events(*events, *again))
    reply = read_stream(body, content_type="text/event-stream", protocol="anthropic")
    assert (reply.outcome, reply.reading.segments, reply.reading.end) == ("complete", 2, "marked")
    cut = b"".join(encode(event) for event in as_events(*events[2:]))
    assert read_stream(cut, content_type="text/event-stream", protocol="anthropic").outcome == "complete"


def with_delta(delta: dict[str, Any], kind: str = "content_block_delta") -> list[dict[str, Any]]:
    """A message with a block of text, of which one piece is this."""
    whole = block(0, "It is ", "safe.")
    return [MESSAGE_START, *whole[:2], {"type": kind, "index": 0, "delta": delta}, *whole[2:], *STOP]


@pytest.mark.parametrize(
    ("delta", "kind"),
    [
        *(({"text": "not "}, "content_block_delta"), ({"type": "txt_delta", "text": "not "}, "content_block_delta")),
        *(
            ({"type": "text_delta"}, "content_block_delta"),
            ({"type": "text_delta", "txt": "not "}, "content_block_delta"),
        ),
        *(({"type": "text_delta", "text": "not "}, "content_blok_delta"), ({"text": "not "}, "")),
        *(({"partial_json": "{}"}, "content_block_delta"), ({"type": "input_json_delta"}, "content_block_delta")),
    ],
)
def test_a_piece_whose_type_is_damaged_is_damage(delta: dict[str, Any], kind: str) -> None:
    """It was a piece of the answer, and is not passed over."""
    body = b"".join(encode(event) for event in as_events(*with_delta(delta, kind)))
    reply = read_stream(body, content_type="text/event-stream", protocol="anthropic")
    assert (reply.outcome, reply.malformed) == ("error", 1)
    assert reply.reading.damage[0].index == 3


@pytest.mark.parametrize(
    "delta",
    [
        {"type": "signature_delta", "signature": "x"},
        {"type": "citations_delta", "citation": {"cited_text": "x", "type": "char_location"}},
        {"type": "something_delta", "content": 5},
        {"type": "reasoning_delta", "text": "hm"},
        {"type": "text_delta", "text": ""},
        {"type": "text_delta", "text": None},
        {},
    ],
)
def test_a_delta_that_is_no_piece_of_the_answer(delta: dict[str, Any]) -> None:
    """New kinds may come at any time."""
    body = b"".join(encode(event) for event in as_events(*with_delta(delta)))
    reply = read_stream(body, content_type="text/event-stream", protocol="anthropic")
    assert (reply.outcome, reply.text) == ("complete", "It is safe.")
