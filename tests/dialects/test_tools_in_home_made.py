"""Tool calls and results of home-made endpoints, in lists, in parts and beside texts; and lists of events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.reading import read_stream
from scenario.types import Reply

SAID = "Two hills away."
PIECES = [{"type": "token", "content": "Two hills"}, {"type": "token", "content": " away."}]
LOOK = [("look", {"x": 1})]
OF_OPENAI = [{"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"x": 1}'}}]
NAMED = [{"name": "look", "args": {"x": 1}, "id": "a"}]


def events(*values: Any) -> Reply:
    """An event stream of these."""
    body = "".join(f"data: {json.dumps(value)}\n\n" for value in values)
    return read_stream(body.encode(), content_type="text/event-stream")


def body(value: Any) -> Reply:
    """A whole JSON body."""
    return read_stream(json.dumps(value).encode(), content_type="application/json")


def calls(reply: Reply) -> list[tuple[str, Any]]:
    """What was called."""
    return [(call.name, call.arguments) for call in reply.tool_calls]


@pytest.mark.parametrize("listed", [OF_OPENAI, NAMED, [{"toolCallId": "a", "toolName": "look", "args": {"x": 1}}]])
@pytest.mark.parametrize("place", ["tool_calls", "content", "data", "inside", "beside", "camel", "message"])
def test_a_list_of_calls_is_read(listed: list[Any], place: str) -> None:
    """In an event of its own, wherever it stands in that, and beside a text or one level down."""
    event = {
        "inside": {"type": "tool_call", "data": {"tool_calls": listed}},
        "beside": {"role": "assistant", "content": "", "tool_calls": listed},
        "camel": {"role": "assistant", "content": "", "toolCalls": listed},
        "message": {"message": {"content": "", "tool_calls": listed}},
    }.get(place, {"type": "tool_calls", place: listed})
    reply = events(event, *PIECES)
    assert (reply.text, calls(reply)) == (SAID, LOOK)


def test_a_list_of_results_is_read() -> None:
    """As AutoGen sends it, beside the list of calls."""
    listed = [{"id": "a", "name": "look", "arguments": '{"x": 1}'}]
    results = [{"call_id": "a", "name": "look", "content": "Sunny", "is_error": False}]
    reply = events(
        {"type": "ToolCallRequestEvent", "source": "writer", "content": listed},
        {"type": "ToolCallExecutionEvent", "source": "writer", "content": results},
        {"type": "TextMessage", "source": "writer", "content": SAID},
    )
    assert (reply.text, calls(reply), [one.output for one in reply.tool_results]) == (SAID, LOOK, ["Sunny"])


def test_messages_by_their_roles_bring_calls_and_results() -> None:
    """LangChain's arguments are called args."""
    reply = events(
        {"role": "assistant", "content": "", "tool_calls": NAMED},
        {"role": "tool", "tool_call_id": "a", "content": "Sunny"},
        {"role": "assistant", "content": SAID},
    )
    assert (reply.text, calls(reply), [one.output for one in reply.tool_results]) == (SAID, LOOK, ["Sunny"])


def test_calls_that_a_message_tells_once_more_count_once() -> None:
    """After an event of their own, or after a list beside the pieces."""
    last = {"message": {"content": SAID, "tool_calls": OF_OPENAI}}
    assert calls(events({"type": "tool_call", "id": "a", "name": "look", "args": {"x": 1}}, last)) == LOOK
    assert calls(events({"content": "", "tool_calls": OF_OPENAI}, last)) == LOOK


@pytest.mark.parametrize("key", ["message", "response", "output", "data"])
def test_calls_in_a_whole_body_are_read(key: str) -> None:
    """At the top and one level down."""
    assert calls(body({"answer": SAID, "toolCalls": NAMED})) == LOOK
    reply = body({key: {"content": SAID, "tool_calls": OF_OPENAI}})
    assert (reply.text, calls(reply)) == (SAID, LOOK)


LINES = [
    {"type": "system", "subtype": "init"},
    {"type": "assistant", "message": {"content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}}]}},
    {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "a", "content": "Sunny"}]}},
    {"type": "assistant", "message": {"content": [{"type": "text", "text": SAID}]}},
    {"type": "result", "subtype": "success", "is_error": False, "result": SAID},
]


@pytest.mark.parametrize("reply", [events(*LINES), body(LINES)], ids=["events", "a list"])
def test_parts_bring_calls_and_results(reply: Reply) -> None:
    """In the agent's messages, and in those that are called the user's."""
    assert (reply.text, calls(reply), [one.output for one in reply.tool_results]) == (SAID, LOOK, ["Sunny"])


@pytest.mark.parametrize(
    "told",
    [
        [{"type": "tool_call_start", "name": "look"}, {"type": "tool_call", "name": "look", "args": {"x": 1}}],
        [
            {"type": "tool_call", "name": "look", "args": {"x": 1}, "status": status}
            for status in ("running", "completed")
        ],
        [
            {"type": "tool", "name": "look", "input": {"x": 1}, "status": "start"},
            {"type": "tool", "name": "look", "output": "Sunny", "status": "end"},
        ],
    ],
)
def test_a_call_without_an_id_that_is_told_on_is_one(told: list[Any]) -> None:
    """It has begun, and then it has its arguments, or has ended."""
    assert calls(events(*told, *PIECES)) == LOOK


def test_the_same_call_again_is_another() -> None:
    """Where nothing says that the first has only begun."""
    call = {"type": "tool_call", "name": "look", "args": {"x": 1}}
    assert calls(events(call, call, *PIECES)) == LOOK + LOOK
    assert calls(events({**call, "index": 0}, {**call, "index": 0, "args": {"x": 2}}, *PIECES)) == [
        *LOOK,
        ("look", {"x": 2}),
    ]


def test_calls_by_their_index_keep_their_own_arguments() -> None:
    """Nothing else says whose a piece is."""
    reply = events(
        {"type": "tool_call", "index": 0, "name": "look"},
        {"type": "tool_call", "index": 1, "name": "see"},
        {"type": "tool_call_delta", "index": 0, "arguments": '{"x": 1}'},
        {"type": "tool_call_delta", "index": 1, "arguments": '{"y": 2}'},
        *PIECES,
    )
    assert calls(reply) == [*LOOK, ("see", {"y": 2})]


def test_calls_within_deltas_of_messages_are_read() -> None:
    """As Cohere sends them: one object, and its arguments in pieces by its index."""

    def delta(kind: str, call: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "index": 0, "delta": {"message": {"tool_calls": call}}}

    reply = events(
        delta("tool-call-start", {"id": "a", "type": "function", "function": {"name": "look", "arguments": ""}}),
        delta("tool-call-delta", {"function": {"arguments": '{"x"'}}),
        delta("tool-call-delta", {"function": {"arguments": ": 1}"}}),
        {"type": "tool-call-end", "index": 0},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": SAID}}}},
    )
    assert (reply.text, calls(reply)) == (SAID, LOOK)


def test_a_tool_s_error_is_none_of_the_answer() -> None:
    """The model was told of it, and answered."""
    reply = events({"type": "tool_error", "name": "look", "error": "It timed out"}, *PIECES)
    assert (reply.outcome, reply.text) == ("complete", SAID)


@pytest.mark.parametrize(
    "listed",
    [
        [{"type": "document", "content": "Page 3"}, *PIECES, {"type": "tool_result", "content": "Sunny"}],
        [*PIECES, {"type": "final", "content": SAID}],
        [{"type": "partial", "text": SAID[:end]} for end in (3, 9, 15)],
        [{"text": SAID[:end]} for end in (3, 9, 15)],
        [{"event": "token", "data": SAID}, {"event": "end"}],
        [{"content": "Two hills"}, {"content": " away."}],
    ],
)
def test_a_list_of_events_is_read_as_a_stream(listed: list[Any]) -> None:
    """Other kinds are left out, and what is told again counts once."""
    reply = body(listed)
    assert (reply.outcome, reply.text) == ("complete", SAID)


def test_a_list_of_events_may_hold_thinking_calls_and_errors() -> None:
    """Each is what it is in a stream."""
    reply = body(
        [{"type": "thinking", "content": "Hm."}, {"type": "tool_call", "name": "look", "args": {"x": 1}}, *PIECES]
    )
    assert (reply.text, reply.reasoning, calls(reply)) == (SAID, "Hm.", LOOK)
    assert body([*PIECES, {"type": "error", "message": "the model failed"}]).outcome == "error"


def named(*pairs: tuple[str, Any]) -> Reply:
    """An event stream of events with names."""
    body = "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for name, value in pairs)
    return read_stream(body.encode(), content_type="text/event-stream")


def test_a_chain_that_yields_objects_is_nobody_s_graph() -> None:
    """Though its stream begins as a run's does."""
    reply = named(("metadata", {"run_id": "r"}), ("data", {"answer": "Two hills"}), ("data", {"answer": " away."}))
    assert (reply.protocol, reply.text) == ("langserve", SAID)
    message = {"type": "AIMessageChunk", "content": SAID}
    assert named(("metadata", {"run_id": "r"}), ("data", message)).protocol == "langserve"
    assert named(("metadata", {"run_id": "r", "attempt": 1}), ("data", message)).protocol == "langgraph"


def test_a_name_that_only_begins_as_the_responses_api_s_is_not() -> None:
    """Others call their events response.delta or response.text.delta."""
    for name in ("response.delta", "response.text.delta"):
        reply = named((name, {"text": "Two hills"}), (name, {"text": " away."}))
        assert (reply.protocol, reply.text) == ("sse", SAID)


def test_a_piece_of_a_node_needs_no_name() -> None:
    """A message and its node are a graph's."""
    chunks = [{"type": "AIMessageChunk", "id": "m", "content": text} for text in ("Two hills", " away.")]
    reply = events(*([chunk, {"langgraph_node": "agent"}] for chunk in chunks))
    assert (reply.protocol, reply.text) == ("langgraph", SAID)


CALL = {"type": "ai", "content": "", "tool_calls": [{"name": "look", "args": {"x": 1}, "id": "1"}]}
GIVEN = {"type": "tool", "content": "A page of the atlas.", "tool_call_id": "1"}
ANSWERED = {"type": "ai", "content": "Two hills away."}


@pytest.mark.parametrize(
    "told",
    [
        [{node: {"messages": [message]}} for node, message in (("model", CALL), ("tools", GIVEN), ("model", ANSWERED))],
        [{"messages": [CALL, GIVEN, ANSWERED][:count]} for count in (1, 2, 3)],
        [{"node": "n", "update": {"messages": [message]}} for message in (CALL, GIVEN, ANSWERED)],
    ],
    ids=["updates of nodes", "whole states", "updates with a name"],
)
def test_a_graph_s_messages_bring_its_calls(told: list[Any]) -> None:
    """Whatever its nodes are called: each call once, what the tool gave, and only the agent's own words."""
    body = "".join(f"data: {json.dumps(value)}\n\n" for value in told) + "data: [DONE]\n\n"
    reply = read_stream(body.encode(), content_type="text/event-stream")
    assert (reply.outcome, reply.text) == ("complete", "Two hills away.")
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("look", {"x": 1})]
    assert [result.output for result in reply.tool_results] == ["A page of the atlas."]
