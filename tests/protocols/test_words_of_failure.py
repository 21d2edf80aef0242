"""Failures told in words, where the answer is told in JSON, and failures at the end of a text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

FAILING = (
    "[ERROR]",
    "[ERROR: out of tokens]",
    "[TIMEOUT]",
    "Internal Server Error",
    "Bad Gateway",
    "error: it broke",
    "ValueError: it broke",
    "stream aborted",
    "connection reset by peer",
    "upstream connect error or disconnect/reset before headers. reset reason: overflow",
    "<!DOCTYPE html><html><body>502</body></html>",
)
HARMLESS = ("[heartbeat]", "[DONE]", "ping", "keep-alive", "[PROCESSING]", "no errors", "...")
CHAT: tuple[Any, ...] = (
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "It is "}}]},
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    "[DONE]",
)
HOME_MADE: tuple[Any, ...] = ({"type": "token", "content": "It is "}, {"type": "done"})


def read(*events: Any) -> Reply:
    """How a stream of JSON and words is read."""
    data = [one if isinstance(one, str) else json.dumps(one) for one in events]
    return read_stream("".join([f"data: {one}\n\n" for one in data]).encode(), content_type="text/event-stream")


@pytest.mark.parametrize("stream", [CHAT, HOME_MADE], ids=["chat", "home-made"])
@pytest.mark.parametrize("words", FAILING)
def test_words_of_a_failure_among_json_are_an_error(words: str, stream: tuple[Any, ...]) -> None:
    """Whatever end comes after them; the error says them."""
    reply = read(stream[0], words, *stream[1:])
    assert (reply.outcome, reply.error.message if reply.error else "") == ("error", words)


@pytest.mark.parametrize("stream", [CHAT, HOME_MADE], ids=["chat", "home-made"])
@pytest.mark.parametrize("words", HARMLESS)
def test_signs_of_life_among_json_are_none(words: str, stream: tuple[Any, ...]) -> None:
    """Marks of somebody's own, and words that say that all is well."""
    assert read(stream[0], words, *stream[1:]).outcome == "complete"


def test_an_answer_in_words_may_speak_of_errors() -> None:
    """Where all events are words, they are the answer."""
    reply = read("It says ", "Internal Server Error", ", ", "error: 500", ".", "[DONE]")
    assert (reply.outcome, reply.text) == ("complete", "It says Internal Server Error, error: 500.")


def test_a_failure_in_the_words_of_a_step_may_be_overcome() -> None:
    """It is tried again, and the answer comes."""
    retried = b"event: retry\ndata: timeout, trying again\n\n"
    first, last = (f"data: {json.dumps(one)}\n\n".encode() for one in ({"text": "It is "}, {"text": "cold."}))
    reply = read_stream(first + retried + last + b"data: [DONE]\n\n", content_type="text/event-stream")
    assert (reply.outcome, reply.text) == ("complete", "It is cold.")


def test_a_page_among_the_lines_of_a_stream_is_an_error() -> None:
    """A proxy writes its own behind what it had passed on, and not as an event."""
    pieces = [f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n".encode() for one in CHAT]
    page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n</html>\n\n"
    reply = read_stream(pieces[0] + page + pieces[1] + pieces[2], content_type="text/event-stream")
    assert reply.outcome == "error"


TRACEBACK = 'Traceback (most recent call last):\n  File "agent.py", line 7, in run\n    go()\nRuntimeError: lost\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('The weather is\n{"error": "model lost"}', "model lost"),
        ('The weather is{"error": {"message": "model lost", "code": 5}}', "model lost"),
        ('The weather is\n\n{"error_message": "model lost", "type": "x"}', ""),
        ("The weather is\n" + TRACEBACK, "RuntimeError: lost"),
        ("The weather is" + TRACEBACK, "RuntimeError: lost"),
    ],
)
def test_a_failure_at_the_end_of_a_text_is_seen(text: str, said: str) -> None:
    """Servers that can no longer change the status write it behind what they have sent."""
    reply = read_stream(text.encode(), content_type="text/plain")
    if said:
        assert (reply.outcome, reply.error.message if reply.error else "") == ("error", said)
    else:
        assert reply.outcome == "complete"


@pytest.mark.parametrize(
    "text",
    [
        'It answers:\n{"error": "not found"}',
        'Like `{"error": "not found"}`',
        'So:\n```\n{"error": "not found"}\n```',
        'The settings are {"error": null, "level": 3}',
        'First {"error": "x"} and then nothing.',
        f"This is what you see:\n\n{TRACEBACK}",
        f"```\n{TRACEBACK}```\nIt means that it was lost.",
        f"{TRACEBACK}\nThis traceback says that it was lost, and how.",
    ],
)
def test_a_text_that_shows_an_error_is_an_answer(text: str) -> None:
    """After a colon, in quotes or in a block of code, or with words after it."""
    assert read_stream(text.encode(), content_type="text/plain").outcome == "complete"
