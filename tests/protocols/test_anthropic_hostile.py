"""Anthropic's events as proxies change them, and with anything in them."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from scenario.protocols.anthropic import Anthropic
from scenario.protocols.protocol import Head, ReadOptions, Sample
from scenario.wire.sse import ServerSentEvent
from tests.protocols.odd_events import as_events, odd_events, read_all, survives

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
