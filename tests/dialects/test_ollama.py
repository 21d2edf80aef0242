"""Ollama's chat and generate; the lines are those of its documentation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.ollama import Ollama
from scenario.protocols.protocol import CERTAIN, Head, ReadOptions, Sample, Turn
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

STAMP = {"model": "m", "created_at": "2025-07-07T20:22:19.184789Z"}
END = {"done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9}


def chat(done: bool = False, **message: Any) -> dict[str, Any]:
    """A line of a chat."""
    return STAMP | {"message": {"role": "assistant", "content": "", **message}, "done": done}


def read(*values: object) -> Reply:
    """The reply of these lines, whose text must be what was brought line by line."""
    reply, text = read_all(Ollama().reader(ReadOptions(framing="ndjson")), as_events(*values))
    assert text == reply.text
    return reply


def test_a_chats_lines_are_one_reply() -> None:
    """Thinking apart from text; usage and the reason with the last line, which may have text as well."""
    reply = read(chat(thinking="Hm."), chat(content="It is "), chat(content="18 °C.") | END, chat(content="No."))
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("It is 18 °C.", "Hm.", "stop")
    assert reply.usage == Usage(input_tokens=26, output_tokens=9, total_tokens=35)
    assert reply.outcome == "complete"


def test_tool_calls_come_whole_and_several_at_once() -> None:
    """Their arguments are objects, their ids may be missing, and two of one name are two."""
    calls = [{"function": {"name": "look", "arguments": {"city": city}}} for city in ("Paris", "Rome")]
    reply = read(chat(tool_calls=calls), chat(tool_calls=[calls[0] | {"id": "c3"}]), chat() | END)
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [
        ("", {"city": "Paris"}),
        ("", {"city": "Rome"}),
        ("c3", {"city": "Paris"}),
    ]


def test_generate_is_read_too_and_its_context_kept() -> None:
    """The next prompt goes on from it."""
    reply = read(STAMP | {"response": "Hel", "done": False}, STAMP | {"response": "lo", "context": [1, 2]} | END)
    assert (reply.text, reply.carried) == ("Hello", {"context": [1, 2]})
    new = [{"role": "user", "content": "And?"}]
    turn = Turn(messages=[{"role": "user", "content": "Hi"}, *new], new_messages=new, session=reply.carried, model="m")
    body = Ollama().request(_at(turn, "/api/generate")).body
    assert body == {"model": "m", "stream": True, "prompt": "And?", "context": [1, 2]}


def test_without_a_context_the_prompt_has_the_whole_conversation() -> None:
    """Servers that no longer send one keep no state."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "And?"},
    ]
    body = Ollama().request(_at(Turn(messages=messages), "/api/generate")).body
    assert body["prompt"] == "User: Hi\n\nAssistant: Hello.\n\nUser: And?"
    assert body["system"] == "Be brief."


def test_an_error_line_is_an_error_and_keeps_what_came_before() -> None:
    """It has no other keys."""
    reply = read(chat(content="It"), {"error": "an error was encountered while running the model"})
    assert reply.error is not None
    assert (reply.text, reply.outcome) == ("It", "error")
    assert reply.error.message == "an error was encountered while running the model"


def test_without_its_last_line_a_stream_is_truncated() -> None:
    """A clean end of the body is not enough."""
    assert read(chat(content="It is ")).outcome == "truncated"


def test_an_object_that_was_not_streamed_is_whole() -> None:
    """Such an object is the last line by itself."""
    reply, _ = read_all(Ollama().reader(ReadOptions(framing="json")), as_events(chat(content="Hello") | END))
    assert (reply.text, reply.complete) == ("Hello", True)


def test_a_conversation_is_sent_in_ollamas_words() -> None:
    """Images apart from the text, arguments as objects, tools by their names."""
    messages = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"n": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    ]
    assert Ollama().request(Turn(messages=messages)).body == {
        "model": "default",
        "stream": True,
        "messages": [
            {"role": "user", "content": "What is this?", "images": ["aGk="]},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": {"n": 1}}}],
            },
            {"role": "tool", "content": "a cat", "tool_name": "look", "tool_call_id": "c1"},
        ],
    }


@pytest.mark.parametrize("value", [chat(content="a"), STAMP | {"response": "a", "done": False}])
def test_it_is_detected_by_its_first_line(value: dict[str, Any]) -> None:
    """And not where a home-made line merely has a `done`."""
    detection = Ollama().detect(Head(), [Sample(as_events(value)[0], value)])
    assert detection is not None
    assert detection.certainty == CERTAIN
    other = {"text": "a", "done": False}
    assert Ollama().detect(Head(), [Sample(as_events(other)[0], other)]) is None


@given(
    odd_events(
        [
            chat(content="a", thinking="b", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": {}}}]),
            chat(content="a") | END | {"context": [1]},
            STAMP | {"response": "a", "done": False},
            {"error": "e"},
        ]
    )
)
def test_no_line_raises(events: list[ServerSentEvent]) -> None:
    """Whatever stands in a line, reading goes on."""
    survives(Ollama(), events, "ndjson")
    survives(Ollama(), events, "json")


def _at(turn: Turn, path: str) -> Turn:
    return Turn(
        messages=turn.messages, new_messages=turn.new_messages, session=turn.session, model=turn.model, path=path
    )
