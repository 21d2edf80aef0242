"""Ends that say less than an agent's own end says, or something else than came: complete, but only assumed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

Event = dict[str, Any]


def streamed(*events: Event, protocol: str) -> Reply:
    """A stream of these events."""
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    return read_stream(body, content_type="text/event-stream", protocol=protocol)


def anthropic(stop_reason: str | None, *, call: bool = False) -> Reply:
    """A message of a text, and of a call if it is to have one."""
    events: list[Event] = [
        {"type": "message_start", "message": {"id": "m"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}},
        {"type": "content_block_stop", "index": 0},
    ]
    if call:
        use = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
        events += [{"type": "content_block_start", "index": 1, "content_block": use}]
        events += [{"type": "content_block_stop", "index": 1}]
    if stop_reason is not None:
        events.append({"type": "message_delta", "delta": {"stop_reason": stop_reason}})
    return streamed(*events, {"type": "message_stop"}, protocol="anthropic")


def chat(finish_reason: str, *, call: bool = False) -> Reply:
    """The same as a chat completion."""
    calls = [{"index": 0, "id": "t", "function": {"name": "look", "arguments": "{}"}}]
    delta = {"content": "Hi"} | ({"tool_calls": calls} if call else {})
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]}
    return streamed({"choices": [{"index": 0, "delta": delta}]}, end, protocol="openai-chat")


@pytest.mark.parametrize(("read", "reason"), [(anthropic, "tool_use"), (chat, "tool_calls"), (chat, "function_call")])
def test_a_reason_that_asks_for_a_tool_that_nobody_called(read: Any, reason: str) -> None:
    """The call may have been lost, or the server says so by habit: it is told, and the end only assumed."""
    reply = read(reason)
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", "Hi", "assumed")
    assert "no call came" in reply.reading.notes[0]
    whole = read(reason, call=True)
    assert (whole.outcome, whole.reading.end, whole.reading.notes) == ("complete", "marked", ())


def test_a_message_that_stops_without_a_reason() -> None:
    """A relay may have written its stop: the end is only assumed."""
    reply = anthropic(None)
    assert (reply.outcome, reply.reading.end) == ("complete", "assumed")
    assert "without a stop_reason" in reply.reading.notes[0]
    assert anthropic("end_turn").reading.end == "marked"


def test_a_body_that_asks_for_a_tool_that_nobody_called() -> None:
    """A completion that was not streamed is told of in the same way."""
    choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "tool_calls"}
    body = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
    reply = read_stream(body, content_type="application/json")
    assert (reply.outcome, reply.reading.end) == ("complete", "assumed")
