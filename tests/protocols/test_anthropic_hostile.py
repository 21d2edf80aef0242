"""Anthropic's events with anything in them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from tests.protocols.odd_events import as_events, odd_events, read_all, survives

from scenario.protocols.anthropic import Anthropic
from scenario.protocols.protocol import ReadOptions
from scenario.wire.sse import ServerSentEvent

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
