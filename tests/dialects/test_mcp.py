"""A tool of an MCP server as the agent.

The server's messages are those of `mcp` 2.3.0 (both editions) and 1.12.4 (before 2025-11-25), shortened.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from scenario.dialects.mcp.requests import elicited
from scenario.dialects.mcp.tool import Tool, header_value, tool_for
from scenario.dialects.mcp.tool_stream import Mcp
from scenario.errors import AgentError, ConfigurationError, ScenarioError
from scenario.protocols.protocol import CERTAIN, Answered, Head, ReadOptions, RequestDraft, Sample, Turn
from scenario.types import Reply
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

CHAT = {
    "name": "chat",
    "inputSchema": {
        "type": "object",
        "properties": {"message": {"type": "string"}, "session_id": {"type": "string"}},
        "required": ["message", "session_id"],
    },
}
OTHER = {"name": "other", "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}}}
PROGRESS = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 4, "progress": 1}}
SCHEMA = {"type": "object", "properties": {"confirm": {"type": "boolean"}}, "required": ["confirm"]}
ELICITATION = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "elicitation/create",
    "params": {"mode": "form", "message": "Pay 5?", "requestedSchema": SCHEMA},
}


def response(result: object) -> dict[str, Any]:
    """A response with that result."""
    return {"jsonrpc": "2.0", "id": 4, "result": result}


def said(*texts: str, **more: Any) -> dict[str, Any]:
    """A response to a tool's call."""
    return response({"content": [{"type": "text", "text": text} for text in texts], "isError": False, **more})


class FakeServer:
    """Answers the requests that prepare a turn, and notes them."""

    def __init__(self, *, edition: str, tools: list[dict[str, Any]], framed: bool = True) -> None:
        self.edition = edition
        self.tools = tools
        self.framed = framed
        self.requests: list[RequestDraft] = []

    def put(self, turn: Turn) -> RequestDraft:
        """The request whose response is the reply."""
        requests = Mcp().requests(turn)
        try:
            draft = next(requests)
            while True:
                self.requests.append(draft)
                draft = requests.send(self.answer(draft))
        except StopIteration as stop:
            final: RequestDraft = stop.value
        return final

    def answer(self, draft: RequestDraft) -> Answered:
        """As the real servers do it."""
        method = draft.body.get("method")
        if method == "server/discover" and self.edition == "2026-07-28":
            return self.result({"supportedVersions": ["2026-07-28"], "capabilities": {}})
        if method == "initialize" and self.edition != "2026-07-28":
            return self.result({"protocolVersion": self.edition, "capabilities": {}}, {"mcp-session-id": "abc"})
        if method == "tools/list":
            first = "cursor" not in draft.body["params"]
            more = first and len(self.tools) > 1
            page = self.tools[:1] if first else self.tools[1:]
            return self.result({"tools": page} | ({"nextCursor": "2"} if more else {}))
        if method == "notifications/initialized" or "result" in draft.body:
            return Answered(Head(status=202), b"")
        error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Missing session ID"}}
        return Answered(Head(status=400, headers={"content-type": "application/json"}), json.dumps(error).encode())

    def result(self, value: object, headers: Mapping[str, str] | None = None) -> Answered:
        """A response, as an event stream or as JSON."""
        body = json.dumps(response(value))
        kind = "text/event-stream" if self.framed else "application/json"
        text = f": ping\r\n\r\nevent: message\r\ndata: {body}\r\n\r\n" if self.framed else body
        return Answered(Head(headers={"content-type": kind, **(headers or {})}), text.encode())

    @property
    def methods(self) -> list[Any]:
        """What was asked, in order."""
        return [draft.body.get("method") for draft in self.requests]


def user(text: str, **more: Any) -> Turn:
    """A turn in which the user says that."""
    message = {"role": "user", "content": text}
    return Turn(messages=[message], new_messages=[message], thread_id="T", **more)


def read(*values: object) -> Reply:
    """The reply of these messages, whose text must be what was brought piece by piece."""
    reply, text = read_all(Mcp().reader(ReadOptions()), as_events(*values))
    assert text == reply.text
    return reply


@pytest.mark.parametrize("framed", [True, False])
def test_a_server_with_sessions_is_greeted_and_its_only_tool_called(framed: bool) -> None:
    """The handshake, the tools, the call with the user's words; answers come as events or as JSON."""
    server = FakeServer(edition="2025-11-25", tools=[CHAT], framed=framed)
    call = server.put(user("Hi"))
    assert server.methods == ["server/discover", "initialize", "notifications/initialized", "tools/list"]
    assert call.body["method"] == "tools/call"
    assert call.body["params"]["name"] == "chat"
    assert call.body["params"]["arguments"] == {"message": "Hi", "session_id": "T"}
    assert call.headers["Mcp-Session-Id"] == "abc"
    assert call.headers["MCP-Protocol-Version"] == "2025-11-25"
    assert "MCP-Protocol-Version" not in server.requests[1].headers
    assert all("text/event-stream" in draft.headers["Accept"] for draft in server.requests)


def test_the_version_that_the_server_chose_is_spoken() -> None:
    """Servers may know older ones only."""
    call = FakeServer(edition="2025-03-26", tools=[CHAT]).put(user("Hi"))
    assert call.headers["MCP-Protocol-Version"] == "2025-03-26"


def test_the_handshake_is_made_once_for_a_conversation() -> None:
    """The next turn is one request, with a number of its own."""
    server = FakeServer(edition="2025-11-25", tools=[CHAT])
    first = server.put(user("Hi"))
    made = len(server.requests)
    second = server.put(user("And?", session=first.session))
    assert len(server.requests) == made
    assert second.headers == first.headers
    assert second.body["id"] != first.body["id"]
    assert second.body["params"]["arguments"]["message"] == "And?"


def test_a_server_without_sessions_is_told_each_time_who_asks() -> None:
    """The edition of 2026: no handshake; method, name and identity in each request."""
    server = FakeServer(edition="2026-07-28", tools=[CHAT])
    call = server.put(user("Hi"))
    assert server.methods == ["server/discover", "tools/list"]
    assert [draft.headers["Mcp-Method"] for draft in [*server.requests, call]] == [
        "server/discover",
        "tools/list",
        "tools/call",
    ]
    assert call.headers["Mcp-Name"] == "chat"
    assert "Mcp-Session-Id" not in call.headers
    assert call.body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"


def test_arguments_are_repeated_as_headers_where_the_schema_says_so() -> None:
    """What no header could hold is written in base64."""
    schema = {"type": "object", "properties": {"message": {"type": "string", "x-mcp-header": "Words"}}}
    call = FakeServer(edition="2026-07-28", tools=[{"name": "chat", "inputSchema": schema}]).put(user("Grüße"))
    assert call.headers["Mcp-Param-Words"] == "=?base64?R3LDvMOfZQ==?="
    assert header_value("plain text") == "plain text"


def test_one_of_several_tools_must_be_named() -> None:
    """The message tells which there are; they are read page by page."""
    server = FakeServer(edition="2025-11-25", tools=[CHAT, OTHER])
    with pytest.raises(ConfigurationError, match=r"'chat', 'other'.*model='chat'"):
        server.put(user("Hi"))
    assert server.put(user("Hi", model="other")).body["params"]["arguments"] == {"city": "Hi"}
    with pytest.raises(ConfigurationError, match="no tool 'chart'"):
        server.put(user("Hi", model="chart"))


@pytest.mark.parametrize(
    ("properties", "required", "argument"),
    [
        ({"city": {"type": "string"}}, [], "city"),
        ({"city": {"type": "string"}, "question": {"type": "string"}}, [], "question"),
        ({"city": {"type": "string"}, "question": {"type": "string"}}, ["city"], "city"),
        ({"mode": {"type": "string", "enum": ["a"]}, "words": {"type": "string"}}, ["mode"], "words"),
        ({"n": {"type": "integer"}, "words": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, [], "words"),
        ({"threadId": {"type": "string"}, "words": {"type": ["string", "null"]}}, ["threadId"], "words"),
        ({}, [], "message"),
    ],
)
def test_the_argument_for_the_users_words_is_found(
    properties: dict[str, Any], required: list[str], argument: str
) -> None:
    """The only text that is demanded; else one of a usual name; else the only text."""
    tool = {"name": "ask", "inputSchema": {"type": "object", "properties": properties, "required": required}}
    assert tool_for([tool], None).argument == argument


def test_an_argument_that_cannot_be_told_must_be_named() -> None:
    """With the tool, after a colon."""
    properties = {"a": {"type": "string"}, "b": {"type": "string"}}
    tool = {"name": "ask", "inputSchema": {"type": "object", "properties": properties}}
    with pytest.raises(ConfigurationError, match="model='ask:argument'"):
        tool_for([tool], None)
    assert tool_for([tool], "ask:b").argument == "b"
    with pytest.raises(ConfigurationError, match=r"no argument 'c'.*'a', 'b'"):
        tool_for([tool], "ask:c")


def test_a_tool_that_takes_the_conversation_gets_it() -> None:
    """As messages."""
    properties = {"messages": {"type": "array"}}
    tool = tool_for([{"name": "ask", "inputSchema": {"properties": properties, "required": ["messages"]}}], None)
    turn = user("Hi")
    assert tool == Tool(name="ask", history="messages")
    assert tool.arguments(turn) == {"messages": turn.messages}


@pytest.mark.parametrize("status", [401, 500])
def test_a_server_that_refuses_is_the_agents_fault(status: int) -> None:
    """The error says what it refused, and how."""

    class Refusing(FakeServer):
        def answer(self, draft: RequestDraft) -> Answered:
            return Answered(Head(status=status, headers={"content-type": "application/json"}), b'{"error": "no token"}')

    with pytest.raises(AgentError, match=f"refused .*: status {status}: no token"):
        Refusing(edition="2025-11-25", tools=[]).put(user("Hi"))


def test_a_server_that_is_none_is_told_by_what_it_answered() -> None:
    """A web page in an MCP server's place, say."""

    class Page(FakeServer):
        def answer(self, draft: RequestDraft) -> Answered:
            return Answered(Head(headers={"content-type": "text/html"}), b"<html>Hello</html>")

    with pytest.raises(AgentError, match="<html>Hello"):
        Page(edition="2025-11-25", tools=[]).put(user("Hi"))


def test_the_result_is_the_reply() -> None:
    """Notifications before it, and an event without data that is there for its id, are not."""
    events = [ServerSentEvent(data="", id="1"), *as_events(PROGRESS, said("It is 18 °C.", "Sunny."), said("No."))]
    reply, text = read_all(Mcp().reader(ReadOptions()), events)
    assert (reply.text, text, reply.outcome) == ("It is 18 °C.\nSunny.", "It is 18 °C.\nSunny.", "complete")


def test_a_result_without_text_is_read_from_what_it_has() -> None:
    """Structured content, a text resource, a link."""
    assert read(response({"content": [], "structuredContent": {"result": 18}})).text == '{"result":18}'
    assert read(response({"content": [{"type": "resource", "resource": {"text": "18"}}]})).text == "18"
    assert read(response({"content": [{"type": "resource_link", "uri": "file:///a"}]})).text == "file:///a"


def test_errors_of_the_tool_and_of_the_protocol_are_errors() -> None:
    """A tool's failure is a result like any other on the wire."""
    failed = read(said("It broke.", isError=True))
    assert failed.error is not None
    assert (failed.outcome, failed.error.message, failed.error.code) == ("error", "It broke.", "tool")
    refused = read({"jsonrpc": "2.0", "id": 4, "error": {"code": -32602, "message": "Unknown tool"}})
    assert refused.error is not None
    assert (refused.outcome, refused.error.message, refused.error.code) == ("error", "Unknown tool", "-32602")


def test_an_end_before_the_response_is_a_truncated_reply() -> None:
    """Notifications are no answer."""
    assert read(PROGRESS).outcome == "truncated"


def test_an_elicitation_is_answered_by_a_request_and_the_stream_taken_up_again() -> None:
    """The editions with sessions: the server's event id tells from where."""
    server = FakeServer(edition="2025-11-25", tools=[CHAT])
    session = server.put(user("Pay.")).session
    events = [ServerSentEvent(data=json.dumps(ELICITATION), id="24")]
    reply, _ = read_all(Mcp().reader(ReadOptions()), events)
    assert reply.interrupt == {"kind": "elicitation", "interrupts": [{"id": "1", **ELICITATION["params"]}]}  # type: ignore[dict-item]
    assert reply.outcome == "complete"
    stream = server.put(user("", session=session | reply.carried, resume={"approve": True}))
    answer = server.requests[-1].body
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": {"action": "accept", "content": {"confirm": True}}}
    assert (stream.method, stream.body, stream.headers["Last-Event-ID"]) == ("GET", None, "24")
    assert stream.headers["Mcp-Session-Id"] == "abc"


def test_an_elicitation_whose_stream_cannot_be_taken_up_again_says_so() -> None:
    """The server gave its events no ids."""
    server = FakeServer(edition="2025-11-25", tools=[CHAT])
    session = server.put(user("Pay.")).session
    with pytest.raises(AgentError, match="event store"):
        server.put(user("", session=session | read(ELICITATION).carried, resume={"approve": True}))


def test_a_stateless_servers_question_is_answered_by_the_same_call_again() -> None:
    """With the answers, and the state that the server gave us to keep."""
    server = FakeServer(edition="2026-07-28", tools=[CHAT])
    first = server.put(user("Pay."))
    question = {"method": "elicitation/create", "params": ELICITATION["params"]}
    reply = read(response({"resultType": "input_required", "inputRequests": {"ask": question}, "requestState": "s"}))
    assert reply.interrupt["interrupts"][0]["message"] == "Pay 5?"
    again = server.put(user("Yes.", session=first.session | reply.carried, resume={"approve": False}))
    assert again.body["params"]["arguments"] == first.body["params"]["arguments"]
    assert again.body["params"]["inputResponses"] == {"ask": {"action": "decline"}}
    assert again.body["params"]["requestState"] == "s"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"approve": True}, {"action": "accept", "content": {"city": True}}),
        ({"approve": False}, {"action": "decline"}),
        ({"approve": True, "content": {"city": "Paris"}}, {"action": "accept", "content": {"city": "Paris"}}),
        ({"action": "cancel"}, {"action": "cancel"}),
        ({"city": "Paris"}, {"action": "accept", "content": {"city": "Paris"}}),
        ("Paris", {"action": "accept", "content": {"city": "Paris"}}),
    ],
)
def test_an_elicitation_is_answered_in_the_protocols_words(answer: Any, result: dict[str, Any]) -> None:
    """From what a script says."""
    assert elicited(answer, ["city"]) == result


def test_a_single_value_answers_a_single_field() -> None:
    """Otherwise it could be anyone's."""
    with pytest.raises(ConfigurationError, match="'a', 'b'"):
        elicited("Paris", ["a", "b"])


@pytest.mark.parametrize("value", [PROGRESS, ELICITATION, said("Hi"), response({"structuredContent": {}})])
def test_it_is_detected_by_its_first_message(value: dict[str, Any]) -> None:
    """And not what other dialects do in JSON-RPC."""
    detection = Mcp().detect(Head(), [Sample(as_events(value)[0], value)])
    assert detection is not None
    assert detection.certainty == CERTAIN
    other = response({"kind": "task", "id": "t"})
    assert Mcp().detect(Head(), [Sample(as_events(other)[0], other)]) is None


@given(
    odd_events(
        [
            PROGRESS,
            ELICITATION,
            said("a"),
            said("a", isError=True),
            response({"content": [{"type": "resource", "resource": {"text": "a", "uri": "u"}}]}),
            response({"structuredContent": {"a": 1}}),
            response({"resultType": "input_required", "inputRequests": {"ask": {"params": ELICITATION["params"]}}}),
            {"jsonrpc": "2.0", "id": None, "error": {"code": -1, "message": "m"}},
        ]
    )
)
def test_no_event_raises(events: list[ServerSentEvent]) -> None:
    """Whatever stands in a message, reading goes on."""
    survives(Mcp(), events)


@given(odd_events([response({"tools": [CHAT, OTHER], "nextCursor": "2", "supportedVersions": ["2026-07-28"]})]))
def test_no_answer_to_a_preparing_request_raises_anything_foreign(events: list[ServerSentEvent]) -> None:
    """Whatever the server says of its tools, the turn is put or refused in our own words."""

    class Odd(FakeServer):
        def answer(self, draft: RequestDraft) -> Answered:
            assert isinstance(draft.body, dict)
            body = events[min(len(self.requests), len(events)) - 1].data.encode("utf-8", "replace")
            return Answered(Head(headers={"content-type": "application/json"}), body)

    with contextlib.suppress(ScenarioError):
        assert Odd(edition="", tools=[]).put(user("Hi", model="chat")).body["method"] == "tools/call"
