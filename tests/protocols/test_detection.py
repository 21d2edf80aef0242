"""What decides how a response is read: its headers, and its first bytes and events."""

from __future__ import annotations

import json

import pytest

from scenario.errors import ConfigurationError
from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.protocols.reception import Reception, ReceptionOptions
from scenario.protocols.registry import DIALECTS, check_name, dialect_for_path, dialect_named
from scenario.types import Reply

CHUNK = b'data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
BODIES = {
    "openai chunks": ("text/event-stream", CHUNK, "openai-chat"),
    "openai chunks after a comment and Azure's first chunk": (
        "text/event-stream",
        b': hi\n\ndata: {"choices":[],"prompt_filter_results":[]}\n\n' + CHUNK,
        "openai-chat",
    ),
    "openai chunks that call themselves text": ("text/plain", CHUNK, "openai-chat"),
    "openai chunks without a type": ("", CHUNK, "openai-chat"),
    "openai chunks as lines": ("application/x-ndjson", CHUNK.replace(b"data: ", b""), "openai-chat"),
    "the older completions of openai": (
        "application/json",
        b'{"object":"text_completion","choices":[{"text":"a","finish_reason":"stop"}]}',
        "openai-chat",
    ),
    "home-made events": ("text/event-stream", b'data: {"content":"a"}\n\n', "sse"),
    "raw events": ("text/event-stream", b"data: a\n\n", "sse"),
    "lines": ("application/x-ndjson", b'{"content":"a"}\n', "ndjson"),
    "lines that call themselves JSON": ("application/json", b'{"content":""}\n{"content":"a"}\n', "ndjson"),
    "events that call themselves lines": ("application/x-ndjson", b'data: {"content":"a"}\n\n', "sse"),
    "JSON that calls itself events": ("text/event-stream", b'{"answer": "a"}', "json"),
    "lines that call themselves events": ("text/event-stream", b'{"content":""}\n{"content":"a"}\n', "ndjson"),
    "a completion that calls itself events": (
        "text/event-stream",
        b'{"object":"chat.completion","choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}',
        "openai-chat",
    ),
    "JSON over several lines": ("application/json", b'{\n"answer":\n"a"}\n', "json"),
    "JSON without a type": ("", b'{"answer": "a"}', "json"),
    "problem JSON": ("application/vnd.agent+json", b'{"answer": "a"}', "json"),
    "text": ("text/plain", b"a", "text"),
    "the AI SDK's lines, which call themselves text": (
        "text/plain",
        b'0:"a"\nd:{"finishReason":"stop"}\n',
        "vercel-data",
    ),
    "text that begins with a letter": ("text/plain", b"a b", "text"),
    "text that begins with a colon": ("text/plain", b":) a\nb", "text"),
    "text that begins with a bracket": ("text/plain", b"[1] a\nb", "text"),
}


def read(content_type: str, body: bytes, protocol: str = "auto") -> tuple[Reception, Reply]:
    """A response with this body."""
    reception = Reception(
        Head(headers={"content-type": content_type} if content_type else {}), ReceptionOptions(protocol=protocol)
    )
    reception.feed(Chunk(0.0, body))
    return reception, reception.finish(clean=True)


@pytest.mark.parametrize(("content_type", "body", "protocol"), BODIES.values(), ids=BODIES.keys())
def test_the_dialect_is_recognised(content_type: str, body: bytes, protocol: str) -> None:
    """And the answer read, with the reason kept."""
    reception, reply = read(content_type, body)
    assert reception.protocol == reply.protocol == protocol
    assert reception.reason
    assert "a" in reply.text
    assert reply.complete


ERRORS = {
    "agentcore": {"error": "boom", "error_type": "ValueError", "message": "An error occurred during streaming"},
    "agno": {"event": "RunError", "run_id": "r1", "agent_id": "a1", "content": "boom", "error_type": "ValueError"},
    "dify": {"event": "error", "status": 400, "code": "invalid_param", "message": "boom"},
}


@pytest.mark.parametrize(("protocol", "error"), ERRORS.items(), ids=ERRORS.keys())
def test_an_error_alone_may_be_known_by_its_shape(protocol: str, error: dict[str, object]) -> None:
    """Nothing else came before the agent failed."""
    reception, reply = read("text/event-stream", f"data: {json.dumps(error)}\n\n".encode())
    assert reception.protocol == protocol
    assert reply.error is not None
    assert (reply.error.message, reply.outcome) == ("boom", "error")


def event(name: str, value: object) -> bytes:
    """One named event."""
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()


ANSWER = {"type": "ai", "content": "a", "id": "1"}
JOINED_LATER = {
    "a block of a message": (
        event(
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
        )
        + event("message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
        + event("message_stop", {"type": "message_stop"}),
        "anthropic",
    ),
    "pieces with their metadata": (
        event("messages|sub:1", [{"type": "AIMessageChunk", "content": "a", "id": "1"}, {"langgraph_node": "model"}]),
        "langgraph",
    ),
    "messages so far": (event("messages/partial", [ANSWER]), "langgraph"),
    "a node's update": (event("updates", {"model": {"messages": [ANSWER]}}), "langgraph"),
    "a state": (event("values", {"messages": [ANSWER]}), "langgraph"),
    "values of nobody's messages": (event("values", {"messages": ["x"]}) + event("values", {"text": "a"}), "sse"),
}


@pytest.mark.parametrize(("body", "protocol"), JOINED_LATER.values(), ids=JOINED_LATER.keys())
def test_a_stream_that_is_joined_in_its_middle_is_known(body: bytes, protocol: str) -> None:
    """A client that comes back after a loss, or a capture begun late, has no first event to go by."""
    reception, reply = read("text/event-stream", body)
    assert (reception.protocol, reply.text, reply.complete) == (protocol, "a", True)


KEEP_ALIVES = {
    "named": b'event: ping\ndata: {"time": 1}\n\n',
    "typed": b'data: {"type": "heartbeat"}\n\n',
    "of Dify": b'data: {"event": "ping"}\n\n',
    "empty": b"data:\n\n",
    "an empty object": b"data: {}\n\n",
}


@pytest.mark.parametrize("keep_alive", KEEP_ALIVES.values(), ids=KEEP_ALIVES.keys())
def test_keep_alives_tell_nothing_of_the_dialect(keep_alive: bytes) -> None:
    """An agent that takes its time may send any number of them first."""
    reception, reply = read("text/event-stream", keep_alive * 50 + CHUNK)
    assert (reception.protocol, reply.text, reply.complete) == ("openai-chat", "a", True)
    assert len(reception.events) == 51


def test_a_stream_that_ends_is_no_answer_where_nothing_in_it_could_be_read() -> None:
    """Its sentinel alone makes it none; an answer that is empty is one all the same."""
    unknown = b'data: {"blocks": [{"value": "a"}]}\n\ndata: [DONE]\n\n'
    _, reply = read("text/event-stream", unknown)
    assert reply.error is not None
    assert "blocks" in reply.error.message
    for empty in (b'data: {"content": ""}\n\n', b"event: status\ndata: {}\n\n", b""):
        assert read("text/event-stream", empty + b"data: [DONE]\n\n")[1].outcome == "complete"


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"content": "a"}\ndata: {"content": "b"}\n\ndata: [DONE]\n\n',
        b'data: {"content": "a"}{"content": "b"}\n\ndata: [DONE]\n\n',
        b"data: {'content': 'a'}\n\ndata: [DONE]\n\n",
    ],
    ids=["no blank line between", "two in one", "of Python's notation"],
)
def test_nor_is_one_whose_events_are_no_json(body: bytes) -> None:
    """They are told as malformed, and the sentinel does not make up for them."""
    _, reply = read("text/event-stream", body)
    assert (reply.outcome, reply.malformed) == ("error", 1)


def test_json_that_is_cut_is_no_text() -> None:
    """Where nothing says what the body is; what says that it is text is believed."""
    for cut in (b'{"answer": "a', b'{\n  "ans', b'[{"role": "assis', b"{"):
        assert read("", cut)[1].outcome == "truncated"
    for text in (b"{a}", b"[1] a", b'"a'):
        assert read("", text)[1].text == text.decode()
    assert read("text/plain", b'{"a')[1].text == '{"a'


def test_a_first_line_that_is_cut_is_no_line_that_cannot_be_read() -> None:
    """The answer is a truncated one, as it is where later lines are cut."""
    _, reply = read("application/x-ndjson", b'{"content": "a')
    assert reply.outcome == "truncated"
    _, unreadable = read("application/x-ndjson", b"{'content': 'a'}\n{'content': 'b'}\n")
    assert unreadable.outcome == "error"


def test_a_protocol_that_is_asked_for_is_not_doubted() -> None:
    """Even where the events look like another's."""
    reception, reply = read("text/event-stream", CHUNK, "sse")
    assert (reception.protocol, reception.reason) == ("sse", "it was asked for")
    assert (reply.text, reply.outcome) == ("a", "complete")


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_can_be_loaded_by_its_name(name: str) -> None:
    """The registry's entries are real, and each knows its own name."""
    assert dialect_named(name).name == name


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """A typing error is seen at once."""
    with pytest.raises(ConfigurationError, match="Did you mean 'anthropic'"):
        check_name("antropic")


def test_a_path_may_say_which_request_is_understood() -> None:
    """The well-known ones."""
    asked = {path: dialect_for_path(path) for path in ("/v1/chat/completions", "/v1/messages/", "/chat")}
    names = [None if dialect is None else dialect.name for dialect in asked.values()]
    assert names == ["openai-chat", "anthropic", None]
