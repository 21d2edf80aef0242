"""What stands behind an answer's own end, and what of its last event came when only the blank line is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

DONE = "data: [DONE]\n\n"


def event(value: Any, name: str = "") -> str:
    """An event with this data."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(value)}\n\n"


def chunk(text: str, reason: str | None = None) -> dict[str, Any]:
    """A chunk of a chat completion."""
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}],
    }


def read(body: str, protocol: str = "auto") -> Reply:
    """How an event stream is read."""
    return read_stream(body.encode(), content_type="text/event-stream", protocol=protocol)


@pytest.mark.parametrize("value", [[], [{"moduleName": "Chat", "text": "not"}], [1, "a"]])
def test_a_list_after_the_end_is_no_damage(value: list[Any]) -> None:
    """Servers tell there how they came to the answer; where chunks are due, it is none."""
    told = event(value, "flowResponses")
    reply = read(event(chunk("Hi"), "answer") + event(chunk("", "stop"), "answer") + f"event: answer\n{DONE}" + told)
    assert (reply.outcome, reply.text, reply.malformed) == ("complete", "Hi", 0)
    assert reply.reading.left_out == ("what came after the end: 1",)
    reply = read(event(chunk("Hi", "stop")) + told, "openai-chat")
    assert (reply.outcome, reply.text, reply.reading.end) == ("complete", "Hi", "marked")
    before = read(event(chunk("Hi")) + told + event(chunk("", "stop")) + DONE, "openai-chat")
    assert (before.outcome, before.malformed) == ("error", 1)


def test_half_a_list_after_the_end_is_damage() -> None:
    """As half of anything is."""
    assert read(event(chunk("Hi", "stop")) + DONE + "data: [{\n\n", "openai-chat").outcome == "error"
