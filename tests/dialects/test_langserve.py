"""LangServe's runnables. Those under `recorded` are from langserve 0.3.3; the others follow its documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import scenario
from scenario.dialects.langserve.events import LangServe
from scenario.errors import ConfigurationError
from scenario.protocols.protocol import Answered, Head, RequestDraft, Turn
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import odd_events, survives

RECORDED = Path(__file__).parent / "recorded"
SAID = "You have said 1: hello there"
SSE = {"content-type": "text/event-stream"}
CHUNK = {"type": "AIMessageChunk", "id": "m1", "content": ""}
CALLS = [{"name": "look", "args": {"x": 1}, "id": "c1", "type": "tool_call"}]


def stream(*values: Any, name: str = "data", end: str = "event: end\n\n") -> bytes:
    """A stream of what a runnable yields."""
    pieces = "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for value in values)
    return f'event: metadata\ndata: {{"run_id": "r1"}}\n\n{pieces}{end}'.encode()


def read(body: bytes) -> Reply:
    """The reply, by whoever finds out whose it is."""
    return scenario.read_stream(body, headers=SSE)


def test_a_chat_streamed_and_whole() -> None:
    """The end of the one is marked; the other is one object."""
    reply = read((RECORDED / "langserve-chat.sse").read_bytes())
    assert (reply.protocol, reply.text.strip(), reply.outcome) == ("langserve", SAID, "complete")
    assert reply.reading.end == "marked"
    body = (RECORDED / "langserve-invoke.json").read_bytes()
    reply = scenario.read_stream(body, headers={"content-type": "application/json"})
    assert (reply.protocol, reply.text, reply.outcome) == ("langserve", SAID, "complete")


def test_a_runnable_that_breaks_is_an_error() -> None:
    """Whatever had come before."""
    reply = read((RECORDED / "langserve-error.sse").read_bytes())
    assert (reply.outcome, reply.error and reply.error.message) == ("error", "Internal Server Error")
    alone = read(stream({"status_code": 500, "message": "no"}, name="error", end=""))
    assert (alone.protocol, alone.outcome) == ("langserve", "error")


def test_a_stream_without_its_end_is_cut() -> None:
    """At each byte; the end is a block of its own, which has no data."""
    body = (RECORDED / "langserve-chat.sse").read_bytes()
    for at in range(len(body) - 2):
        assert read(body[:at]).outcome != "complete", at
    for end in ("", "event: end\n", "data: event: end\n\n", ": event: end\n\n", "event: ended\n\n"):
        assert read(stream(CHUNK | {"content": "A"}, end=end)).outcome != "complete", end


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["It ", "is 18."], "It is 18."),
        ([{"answer": "It "}, {"answer": "is 18."}], "It is 18."),
        ([{"output": "It is 18.", "messages": [{"type": "ai", "content": "It is 18."}]}], "It is 18."),
        ([{"messages": [{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Ho", "id": "1"}]}], "Ho"),
        ([CHUNK | {"content": [{"type": "text", "text": "It"}]}], "It"),
        ([None, {"steps": 3}, "A"], "A"),
    ],
)
def test_what_a_runnable_yields(values: list[Any], text: str) -> None:
    """Texts, parts of mappings, messages, a state of them."""
    reply = read(stream(*values))
    assert (reply.protocol, reply.text, reply.outcome) == ("langserve", text, "complete")


def test_tools_are_called_and_answered() -> None:
    """By whole messages as by pieces."""
    state = [
        {"type": "human", "content": "Hi"},
        {"type": "ai", "content": "", "tool_calls": CALLS, "id": "m1"},
        {"type": "tool", "content": "18", "tool_call_id": "c1", "id": "t1"},
        {"type": "ai", "content": "It is 18.", "id": "m2"},
    ]
    reply = read(stream({"messages": state}))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("look", {"x": 1})]
    assert ([result.output for result in reply.tool_results], reply.text) == (["18"], "It is 18.")


def turn(path: str = "/chat/stream", **fields: Any) -> Turn:
    """A conversation's second turn."""
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    return Turn(messages=messages, path=path, thread_id="t1", **fields)


def requested(turn: Turn, status: int = 200, schema: Any = None) -> list[RequestDraft]:
    """A turn's requests, where the runnable has this schema."""
    requests, drafts = LangServe().requests(turn), list[RequestDraft]()
    try:
        drafts.append(next(requests))
        drafts.append(requests.send(Answered(Head(status=status), json.dumps(schema).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


MESSAGES = [{"type": "human", "content": "a"}, {"type": "ai", "content": "b"}, {"type": "human", "content": "c"}]
LIST = {"type": "array", "items": {}}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"messages": LIST}, "type": "object"}, {"messages": MESSAGES}),
        ({"$ref": "#/$defs/In", "$defs": {"In": {"properties": {"messages": LIST}}}}, {"messages": MESSAGES}),
        ({"anyOf": [{"type": "string"}, LIST]}, MESSAGES),
        ({"type": "string"}, "c"),
        ({"properties": {"question": {"type": "string"}, "k": {"type": "integer"}}}, {"question": "c"}),
        ({"properties": {"wish": {"type": "string"}}}, {"wish": "c"}),
        (
            {"properties": {"input": {"type": "string"}, "chat_history": LIST}},
            {"input": "c", "chat_history": MESSAGES[:2]},
        ),
        (None, {"messages": MESSAGES}),
    ],
)
def test_the_input_is_as_the_schema_demands(schema: Any, expected: Any) -> None:
    """It is asked for once in a conversation."""
    look, run = requested(turn(), schema=schema)
    assert (look.method, look.url, run.url) == ("GET", "/chat/input_schema", "/chat/stream")
    assert run.body["input"] == expected
    assert run.body["config"] == {"configurable": {"session_id": "t1", "thread_id": "t1"}}
    (again,) = requested(turn(session=run.session))
    assert again.body == run.body


def test_the_path_is_the_runnable_s() -> None:
    """With either end, or none; what is not streamed is invoked."""
    for path in ("/chat", "/chat/invoke", "/chat/stream/"):
        assert requested(turn(path), 404)[1].url == "/chat/stream"
    assert requested(turn(stream=False), 404)[1].url == "/chat/invoke"


def test_a_text_cannot_carry_a_picture() -> None:
    """Which is told, and not left out."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    asked = Turn(messages=[{"role": "user", "content": [picture]}], path="/chat/stream")
    with pytest.raises(ConfigurationError, match="its input is a text"):
        requested(asked, schema={"type": "string"})


KNOWN = [
    CHUNK | {"content": "A"},
    CHUNK | {"tool_calls": CALLS},
    {"output": "A", "metadata": {"run_id": "r"}},
    {"a": 1},
]


@given(odd_events(KNOWN))
def test_whatever_stands_in_events_is_read(odd: list[ServerSentEvent]) -> None:
    """Or told to be damage."""
    survives(LangServe(), odd)
    survives(LangServe(), odd, "json")
