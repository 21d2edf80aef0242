"""What stands behind an answer's own end, and what of its last event came when only the blank line is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.exchange import Chunk
from scenario.lint.linting import lint
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.reading import read_exchange, read_stream
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


def without_blank_line(body: str) -> tuple[Reply, str]:
    """A body whose last blank line is missing: the reply, and the text as it came."""
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    told = reception.feed(Chunk(0.0, body.removesuffix("\n").encode()))
    reply = reception.finish(clean=True)
    return reply, told + reception.late_text


ANTHROPIC = [
    event({"type": "message_start", "message": {"id": "m"}}, "message_start"),
    event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}}),
    event({"type": "content_block_stop", "index": 0}),
    event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
]
AG_UI = [
    event({"type": "RUN_STARTED", "threadId": "t", "runId": "r"}),
    event({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}),
    event({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Hi"}),
]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (event(chunk("Hi")), event(chunk("", "stop"))),
        (event(chunk("H")), event(chunk("i", "stop"))),
        (event(chunk("Hi")), DONE),
        (event(chunk("Hi", "stop")), DONE),
        ("".join(ANTHROPIC), event({"type": "message_stop"}, "message_stop")),
        ("".join(AG_UI), event({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})),
        (event({"content": "Hi"}), event({"done": True})),
        (event({"content": "Hi"}), DONE),
    ],
)
def test_an_end_that_only_a_blank_line_is_missing_of(begin: str, end: str) -> None:
    """It came whole, and the body ended well: the answer is whole. With the line, it is the same one."""
    reply, text = without_blank_line(begin + end)
    assert (reply.outcome, reply.text, text) == ("complete", "Hi", "Hi")
    assert reply.reading.end == read(begin + end).reading.end


@pytest.mark.parametrize("last", [event(chunk("i")), event(chunk("i", "stop"))[:-4], event({"id": "x"}), "data: i\n\n"])
def test_an_event_that_is_half_and_no_end(last: str) -> None:
    """More may have been meant to come: the answer is cut."""
    reply, text = without_blank_line(event(chunk("H")) + last)
    assert (reply.outcome, reply.text, text) == ("truncated", "H", "H")


def test_an_end_in_a_transfer_that_broke() -> None:
    """What broke was not ended by its server."""
    reception = Reception(Head(headers={"content-type": "text/event-stream"}), ReceptionOptions())
    reception.feed(Chunk(0.0, (event(chunk("Hi")) + event(chunk("", "stop"))).removesuffix("\n").encode()))
    assert reception.finish(clean=False).outcome == "truncated"


def test_a_sentinel_that_is_owed_and_lacks_its_blank_line() -> None:
    """It has come; a finish reason in its place is not it."""
    for last, outcome in ((DONE, "complete"), (event(chunk("", "stop")), "truncated")):
        options = ReceptionOptions(known_terminals=frozenset({"openai-chat"}))
        reception = Reception(Head(headers={"content-type": "text/event-stream"}), options)
        reception.feed(Chunk(0.0, (event(chunk("Hi", "stop")) + last).removesuffix("\n").encode()))
        assert reception.finish(clean=True).outcome == outcome


def test_the_lint_says_that_the_blank_line_is_missing() -> None:
    """Readers by the standard do not see the end."""
    body = (event(chunk("Hi")) + event(chunk("", "stop"))).removesuffix("\n").encode()
    exchange = read_exchange(body, content_type="text/event-stream")
    assert exchange.reply.outcome == "complete"
    assert "L21" in {finding.rule for finding in lint(exchange)}
