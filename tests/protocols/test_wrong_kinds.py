"""Values of kinds that a dialect does not name: those that take something from an answer, and those that do not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scenario.reading import read_stream
from scenario.types import Reply

_PLACE = {"output_index": 0, "item_id": "i1"}
_V3 = {"type": "event", "event_id": "1", "seq": 1}
_AGNO = {"run_id": "r1", "agent_id": "a1", "session_id": "s1"}
_ADK = {"invocationId": "i1", "author": "weather"}

# An event of each dialect that makes a call of the tool `NAME`.
CALLS: dict[str, dict[str, Any]] = {
    "openai-chat": {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": "NAME"}}]}}]},
    "anthropic": {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "NAME"}},
    "openai-responses": {
        "type": "response.output_item.added",
        **_PLACE,
        "item": {"type": "function_call", "name": "NAME"},
    },
    "ollama": {"message": {"tool_calls": [{"function": {"name": "NAME", "arguments": {}}}]}, "done": False},
    "ag-ui": {"type": "TOOL_CALL_START", "toolCallId": "c1", "toolCallName": "NAME"},
    "langgraph-v3": {
        **_V3,
        "method": "tools",
        "params": {"data": {"event": "tool-started", "tool_call_id": "c1", "tool_name": "NAME"}},
    },
    "vercel-ui": {"type": "tool-input-available", "toolCallId": "c1", "toolName": "NAME", "input": {}},
    "vercel-full": {"type": "tool-call", "toolCallId": "c1", "toolName": "NAME", "input": {}},
    "chatkit": {"type": "thread.item.done", "item": {"id": "i1", "type": "client_tool_call", "name": "NAME"}},
    "gemini": {"candidates": [{"content": {"parts": [{"functionCall": {"name": "NAME", "args": {}}}]}}]},
    "agentcore": {"event": {"contentBlockStart": {"start": {"toolUse": {"name": "NAME", "toolUseId": "c1"}}}}},
    "adk": {**_ADK, "content": {"parts": [{"functionCall": {"name": "NAME", "args": {}}}]}},
    "dify": {"event": "agent_thought", "id": "t1", "task_id": "t1", "tool": "NAME", "tool_input": "{}"},
    "agno": {**_AGNO, "event": "ToolCallStarted", "tool": {"tool_call_id": "c1", "tool_name": "NAME", "tool_args": {}}},
    "llamaindex": {"type": "ToolCall", "types": [], "value": {"tool_name": "NAME", "tool_kwargs": {}}},
    "sse": {"type": "tool_call", "name": "NAME", "arguments": {}},
}


def _read(protocol: str, *values: object, name: str = "") -> Reply:
    head = f"event: {name}\n" if name else ""
    lines = [msgspec.json.encode(value).decode() for value in values]
    if protocol == "ollama":
        return read_stream("\n".join([*lines, ""]).encode(), protocol=protocol, content_type="application/x-ndjson")
    body = "".join(f"{head}data: {line}\n\n" for line in lines)
    return read_stream(body.encode(), protocol=protocol, content_type="text/event-stream")


def _named(value: dict[str, Any], name: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value).replace(b'"NAME"', msgspec.json.encode(name)))


@pytest.mark.parametrize("protocol", CALLS)
def test_a_call_whose_tool_is_a_number_is_damage(protocol: str) -> None:
    """And one whose tool has a name is a call of it."""
    assert [call.name for call in _read(protocol, _named(CALLS[protocol], "look_up")).tool_calls] == ["look_up"]
    reply = _read(protocol, *(_named(CALLS[protocol], name) for name in ("look_up", 7)))
    assert reply.malformed == 1
    assert not reply.complete
    assert reply.reading is not None
    assert reply.reading.damage[0].reason


def test_a_message_of_langgraph_that_calls_a_number_is_damage() -> None:
    """In pieces, and whole."""
    for call in ({"tool_call_chunks": [{"name": 7, "args": "{}"}]}, {"tool_calls": [{"name": 7, "args": {}}]}):
        message = {"type": "AIMessageChunk", "id": "m1", "content": "", **call}
        assert _read("langgraph", [message, {}], name="messages").outcome == "error"


def test_identities_may_be_numbers() -> None:
    """As backends that nobody's library wrote number their texts."""
    told = _read(
        "vercel-ui",
        {"type": "text-start", "id": 0},
        {"type": "text-delta", "id": 0, "delta": "It is "},
        {"type": "text-delta", "id": 0, "delta": "18."},
        {"type": "text-end", "id": 0},
        {"type": "finish"},
    )
    assert (told.text, told.outcome) == ("It is 18.", "complete")
    told = _read(
        "ag-ui",
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "messageId": 1, "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": 1, "delta": "It is 18."},
        {"type": "TEXT_MESSAGE_END", "messageId": 1},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    )
    assert (told.text, told.outcome) == ("It is 18.", "complete")


@pytest.mark.parametrize(
    ("protocol", "value"),
    [
        ("ag-ui", {"type": "WEATHER", "delta": 7, "messageId": [], "role": 7}),
        ("ag-ui", {"type": "ACTIVITY_SNAPSHOT", "messageId": "a1", "content": {"plan": []}}),
        ("ag-ui", {"type": "MESSAGES_SNAPSHOT", "messages": [{"role": "user", "content": [{"type": "text"}]}]}),
        ("vercel-ui", {"type": "data-weather", "id": 7, "data": 7, "delta": 7}),
        ("openai-responses", {"type": "response.weather", "delta": 7, "item": 7, "part": 7, "response": 7}),
        ("openai-responses", {"type": "response.function_call_arguments.delta", **_PLACE, "delta": {}}),
        ("langgraph-v3", {**_V3, "method": "custom", "params": {"data": 7}}),
        ("langgraph-v3", {**_V3, "method": "tools", "params": {"data": {"event": "tool-output-delta", "delta": 7}}}),
        ("llamaindex", {"type": "Progress", "types": [], "value": {"delta": 7}}),
        ("dify", {"event": "weather", "task_id": "t1", "answer": 7, "data": 7}),
        ("agentcore", {"event": "weather", "degrees": 18}),
        ("agno", {**_AGNO, "event": "CustomEvent", "content": "7", "tool": None}),
        ("sse", {"type": "progress", "content": 7}),
    ],
)
def test_what_a_kind_that_is_not_read_holds_is_its_own(protocol: str, value: object) -> None:
    """Whatever stands there, nothing of the answer is missing."""
    assert _read(protocol, value).malformed == 0


def test_an_own_event_s_number_is_damage_only_where_its_text_was() -> None:
    """Of home-made streams, and of an application's own events in LlamaIndex's envelopes."""
    assert _read("sse", {"data": 7}, {"data": "It is "}, {"type": "count", "data": 7}).outcome == "complete"
    assert _read("sse", {"data": "It is "}, {"data": 7}).outcome == "error"
    assert _read("sse", {"data": {"text": "It is "}}, {"data": {"text": False}}).outcome == "error"
    piece = {"type": "Token", "types": [], "value": {"token": "It is "}}
    stop = {"type": "StopEvent", "types": [], "value": {}}
    assert _read("llamaindex", {**piece, "value": {"token": 7}}, piece, stop).outcome == "complete"
    assert _read("llamaindex", piece, {**piece, "value": {"token": 7}}, stop).outcome == "error"


def test_a_state_of_the_graph_s_own_is_no_conversation() -> None:
    """A graph may keep anything under `messages`: only the agent's messages in it are held to their kinds."""
    state = {"messages": ["sunny", 7, {"type": 7}], "answer": "It is 18."}
    reply = _read("langgraph", state, name="values")
    assert (reply.text, reply.outcome) == ("It is 18.", "complete")
    said = [{"type": "human", "content": "Weather?"}, {"type": "ai", "content": "It is 18."}]
    assert _read("langgraph", {"messages": said[:1]}, {"messages": said}, name="values").text == "It is 18."
    for damaged in ([said[0], 7], [said[0], {**said[1], "type": 7}], 7):
        assert _read("langgraph", {"messages": said[:1]}, {"messages": damaged}, {}, name="values").outcome == "error"


def test_parts_of_a_whole_message_that_are_texts_are_told() -> None:
    """A Responses API of somebody's own may write a message's content as text."""
    for content in ("It is 18.", ["It is 18."], {"type": "output_text", "text": "It is 18."}):
        item = {"type": "message", "role": "assistant", "content": content}
        ended = {"type": "response.completed", "response": {"status": "completed", "output": [item]}}
        reply = _read("openai-responses", ended)
        assert (reply.text, reply.outcome) == ("It is 18.", "complete")
