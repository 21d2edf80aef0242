"""An agent behind a WebSocket: what is sent, what ends its turn, and what is recorded of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import WSCloseCode, web

import scenario
from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import (
    AbortedReplyError,
    AgentUnreachableError,
    ConfigurationError,
    ErrorReplyError,
    StalledReplyError,
    TimedOutReplyError,
    TruncatedReplyError,
)
from scenario.lint.linting import lint
from tests.remote.conftest import Observer, given
from tests.websocket.conftest import Serve
from tests.websocket.http_server import serving
from tests.websocket.socket_server import says

DONE = {"type": "done"}
OPENAI = [
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "It is "}}]},
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "18."}}]},
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    "[DONE]",
]


async def test_each_message_is_an_event_of_the_answer(serve: Serve) -> None:
    """With its time; the body is the messages, the status that of the handshake."""
    server = await serve(says({"type": "token", "text": "It is "}, {"type": "token", "text": "18."}, DONE))
    observer = Observer()
    assert await RemoteAgent(server.url).call(given(observer)) == "It is 18."
    exchange = observer.exchange
    assert (exchange.status, exchange.outcome, exchange.protocol) == (101, "complete", "sse")
    assert [json.loads(event.data).get("text") for event in exchange.events] == ["It is ", "18.", None]
    assert [chunk.data.decode() for chunk in exchange.chunks] == [event.data for event in exchange.events]
    assert sorted(chunk.at for chunk in exchange.chunks) == [chunk.at for chunk in exchange.chunks]
    assert (exchange.headers["upgrade"], exchange.headers["x-session"]) == ("websocket", "s1")
    assert (exchange.request.method, exchange.request.url) == ("GET", server.url)
    assert json.loads(exchange.request.body)["messages"] == [{"role": "user", "content": "How is the weather?"}]
    assert observer.deltas == ["It is ", "18."]
    assert exchange.timing.ttft > 0


@pytest.mark.parametrize(
    ("settings", "messages", "text"),
    [
        ({}, OPENAI, "It is 18."),
        ({"protocol": "openai-chat"}, OPENAI, "It is 18."),
        ({}, ["It is ", "18.", "[DONE]"], "It is 18."),
        ({}, [b'{"text": "bytes"}', b'{"done": true}'], "bytes"),
        ({"end": "kind == 'over'"}, [{"text": "a"}, {"text": "b", "kind": "over"}], "ab"),
        ({"end": "@"}, [{"text": "one message is the answer"}], "one message is the answer"),
        ({"end": "n == `3`", "reply": "x"}, [{"n": 1}, {"n": 2, "x": "late"}, {"n": 3}], "late"),
        ({"end": "n == `1`", "reply": "x"}, [{"n": 1, "x": "soon"}], "soon"),
        ({"done": "bye"}, [{"text": "a"}, {"type": "bye"}], "a"),
        ({"quiet": 0.05}, [{"text": "a"}, {"text": "b"}], "ab"),
        ({"quiet": 0.05}, ["plain ", "words"], "plain words"),
        ({}, [{"text": "a"}, WSCloseCode.OK], "a"),
        ({}, [{"text": "a"}, WSCloseCode.GOING_AWAY], "a"),
    ],
    ids=str,
)
async def test_what_ends_a_turn(settings: dict[str, Any], messages: list[object], text: str, serve: Serve) -> None:
    """The protocol's own end, a condition, a quiet time, or a connection that is closed as it should be."""
    server = await serve(says(*messages))
    observer = Observer()
    assert await RemoteAgent(server.url, **settings).call(given(observer)) == text
    assert observer.exchange.outcome == "complete"


async def test_the_message_is_made_as_bodies_are(serve: Serve) -> None:
    """From a mapping or a text with placeholders; headers go with the handshake."""
    server = await serve(says({"text": "ok"}, DONE))
    settings: dict[str, Any] = {"headers": {"Authorization": "Bearer t0p-secret"}}
    observer = Observer()
    await RemoteAgent(server.url, request={"say": "$message", "in": "$thread_id"}, **settings).call(given(observer))
    await RemoteAgent(server.url, request="$message", **settings).call(given(observer, "Hi"))
    assert [text for _, text in server.received] == ['{"say":"How is the weather?","in":"thread-1"}', "Hi"]
    assert server.handshakes[0]["Authorization"] == "Bearer t0p-secret"
    assert "Content-Type" not in server.handshakes[0]
    assert "t0p-secret" not in repr(observer.exchanges)


async def test_a_stream_over_http_ends_by_the_condition_too() -> None:
    """`end` is one spelling for all: of several events, the one for which it holds is the last."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for text, last in (("a", False), ("b", True), ("never read", False)):
            await response.write(b"data: " + json.dumps({"text": text, "last": last}).encode() + b"\n\n")
        return response

    async with serving(stream) as url:
        assert await RemoteAgent(url, end="last").call(given()) == "ab"
        with pytest.raises(TruncatedReplyError):
            await RemoteAgent(url, end="missing").call(given())


@pytest.mark.parametrize(
    ("settings", "messages", "error", "outcome", "words"),
    [
        ({}, [{"text": "a"}, None], TruncatedReplyError, "truncated", "without a closing message"),
        ({}, [{"text": "a"}, WSCloseCode.INTERNAL_ERROR], ErrorReplyError, "error", "code 1011: so it is"),
        ({}, [WSCloseCode.POLICY_VIOLATION], ErrorReplyError, "error", "code 1008: so it is"),
        ({"end": "over"}, [{"text": "a"}, WSCloseCode.OK], TruncatedReplyError, "truncated", "before the message that"),
        ({}, [{"type": "error", "message": "no model"}], ErrorReplyError, "error", "no model"),
        ({}, [WSCloseCode.OK], ErrorReplyError, "error", "nothing in the answer can be read"),
        ({"max_event_bytes": 100}, [{"text": "a" * 101}], AbortedReplyError, "aborted", "max_event_bytes (100 bytes)"),
        ({"max_body_bytes": 100}, [{"text": "a" * 60}] * 2, AbortedReplyError, "aborted", "max_body_bytes (100 bytes)"),
        ({"max_events": 2, "end": "over"}, [{"text": "a"}] * 3, AbortedReplyError, "aborted", "max_events (2)"),
        ({"timeout": Timeouts(first_byte=0.05)}, [], StalledReplyError, "stalled", "quiet=1.0"),
        ({"timeout": Timeouts(idle=0.05)}, [{"text": "a"}], StalledReplyError, "stalled", "nothing came within 0.05"),
        ({"timeout": Timeouts(total=0.05)}, [{"text": "a"}], TimedOutReplyError, "timed_out", "not finished within"),
        ({"quiet": 30.0, "timeout": Timeouts(total=0.05)}, [{"text": "a"}], TimedOutReplyError, "timed_out", "0.05 s"),
    ],
    ids=str,
)
async def test_an_answer_that_is_not_whole(
    settings: dict[str, Any], messages: list[object], error: type[Exception], outcome: str, words: str, serve: Serve
) -> None:
    """It raises, says how, and what came is in its record."""
    server = await serve(says(*messages))
    observer = Observer()
    with pytest.raises(error) as raised:
        await RemoteAgent(server.url, **settings).call(given(observer))
    assert words in str(raised.value)
    assert observer.exchange.outcome == outcome


async def test_a_handshake_that_is_refused_is_an_error_with_its_status(serve: Serve) -> None:
    """Not one of the connection's: the server is there."""
    server = await serve(says(), status=403)
    observer = Observer()
    with pytest.raises(ErrorReplyError, match="status 403"):
        await RemoteAgent(server.url).call(given(observer))
    assert observer.exchange.status == 403


async def test_nobody_listens() -> None:
    """Then there is no answer at all."""
    with pytest.raises(AgentUnreachableError, match="no WebSocket connection"):
        await RemoteAgent("ws://127.0.0.1:1/chat").call(given())


async def test_a_server_that_never_shakes_hands_is_given_up_on() -> None:
    """After the time that a connection may take."""
    released = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/chat"
    with pytest.raises(AgentUnreachableError, match=r"within 0\.05 s"):
        await RemoteAgent(url, timeout=Timeouts(connect=0.05)).call(given())
    released.set()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "ws://h/", "end": "type =="}, "JMESPath"),
        ({"url": "ws://h/", "quiet": 0}, "seconds above 0"),
        ({"url": "ws://h/", "quiet": True}, "seconds above 0"),
        ({"url": "ws://h/", "protocol": "mcp"}, "spoken over HTTP"),
        ({"url": "ws://h/", "events_url": "/events"}, "agents behind HTTP"),
        ({"url": "ws://h/", "method": "GET"}, "agents behind HTTP"),
        ({"url": "http://h/", "quiet": 1.0}, "for WebSockets"),
        ({"url": "http://h/", "keep_open": False}, "for WebSockets"),
        ({"url": "wss:///x"}, "a whole URL"),
    ],
)
def test_settings_without_a_meaning_are_refused(arguments: dict[str, Any], words: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=words):
        RemoteAgent(**arguments)


async def test_a_whole_run(serve: Serve) -> None:
    """Two turns over one connection, which is closed at the run's end."""
    server = await serve(says({"text": "ok"}, DONE))
    script = [scenario.user("a"), scenario.agent(), scenario.user("b"), scenario.agent(), scenario.succeed()]
    result = await scenario.run("a test", "", [RemoteAgent(server.url)], script=script, verbose=False)
    assert [message["content"] for message in result.messages] == ["a", "ok", "b", "ok"]
    await server.closed.wait()
    assert (len(server.connections), server.closings) == (1, [1000])
    assert [exchange.timing.connect for exchange in result.exchanges][1] == 0.0


async def test_the_lint_knows_that_it_is_no_http(serve: Serve) -> None:
    """Rules about statuses, headers and lines have nothing to look at."""
    server = await serve(says(*OPENAI))
    observer = Observer()
    agent = RemoteAgent(server.url)
    await agent.call(given(observer))
    assert lint(observer.exchange) == []
    await agent.conversation_over("thread-1")


async def test_an_agent_behind_a_websocket_may_stop_for_a_human(serve: Serve) -> None:
    """The answer is a message in the dialect that the question was read as."""

    async def run(socket: web.WebSocketResponse, message: str) -> None:
        body = json.loads(message)
        ids = {"threadId": "t", "runId": "r"}
        await socket.send_json({"type": "RUN_STARTED", **ids})
        if "resume" in body:
            await socket.send_json({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Paid."})
            await socket.send_json({"type": "RUN_FINISHED", **ids})
        else:
            outcome = {"type": "interrupt", "interrupts": [{"id": "i", "message": "Pay?"}]}
            await socket.send_json({"type": "RUN_FINISHED", **ids, "outcome": outcome})

    server = await serve(run)
    script = [scenario.user("a"), scenario.agent(), scenario.approve(), scenario.succeed()]
    result = await scenario.run("a test", "", [RemoteAgent(server.url)], script=script, verbose=False)
    assert [message["content"] for message in result.messages] == ["a", "Pay?", "Approved.", "Paid."]
    assert json.loads(server.received[1][1])["resume"][0]["interruptId"] == "i"
    assert [number for number, _ in server.received] == [1, 1]
