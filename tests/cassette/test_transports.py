"""Whatever way an agent answers, what is played is what came over a real connection."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import scenario
from tests.cassette.runs import differences, told
from tests.cassette.sockets import sockets_noted
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Connection, RawServer, chunk, whole
from tests.websocket.socket_server import SocketServer

_PIECES = [b'data: {"content": "It is"}\n\n', b'data: {"content": " sunny"}\n\ndata: [DO', b"NE]\n\n"]


async def _streams(connection: Connection) -> None:
    await connection.send(CHUNKED + b"".join(map(chunk, _PIECES)) + LAST)


async def _stays_open(connection: Connection) -> None:
    await connection.send(CHUNKED + b"".join(map(chunk, _PIECES)))
    await connection.hold()


async def _breaks_off(connection: Connection) -> None:
    await connection.send(CHUNKED + chunk(_PIECES[0]) + b"fff\r\ndata: {")
    await connection.reset()


async def _is_cut(connection: Connection) -> None:
    await connection.send(CHUNKED + chunk(_PIECES[0]) + LAST)


async def _refuses(connection: Connection) -> None:
    await connection.send(whole(b'{"detail": "no seats"}', "application/json", status="503 Busy"))


async def _closes(connection: Connection) -> None:
    await connection.reset()


async def _zips(connection: Connection) -> None:
    body = gzip.compress(b"".join(_PIECES))
    await connection.send(STREAM + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def _keeps_sessions(connection: Connection) -> None:
    seen = connection.request.headers.get("x-session", "none")
    body = json.dumps({"content": f"session {seen}"}).encode()
    await connection.send(whole(body, "application/json", more="X-Session: s-4711\r\n"))


@pytest.mark.parametrize(
    ("behaviour", "settings"),
    [
        (_streams, {}),
        (_stays_open, {"linger": 0.05}),
        (_breaks_off, {"on_incomplete": "return"}),
        (_is_cut, {"on_incomplete": "return", "done": True}),
        (_refuses, {}),
        (_closes, {}),
        (_zips, {}),
        (_keeps_sessions, {"session": 'headers."x-session"', "headers": {"X-Session": "$session"}}),
    ],
)
async def test_over_http(
    behaviour: Callable[[Connection], Awaitable[None]], settings: dict[str, Any], tmp_path: Path
) -> None:
    """Whole, held open, broken off, cut, refused, never begun, compressed, with a session that goes back."""
    async with RawServer(behaviour) as server:
        url = server.url
        live, live_end = await told(tmp_path / "a", "record", [scenario.RemoteAgent(url, **settings)], ["Hi", "And?"])
    with sockets_noted() as opened:
        played, end = await told(tmp_path / "a", "replay", [scenario.RemoteAgent(url, **settings)], ["Hi", "And?"])
    assert not differences(live, played)
    assert not opened
    if not live_end.startswith("{"):
        assert end == live_end


async def test_an_answer_on_another_stream_is_one_recorded_answer(tmp_path: Path) -> None:
    """The POST and what was listened to."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(whole(b"{}", "application/json", status="202 Accepted"))
        else:
            await connection.send(CHUNKED + b"".join(map(chunk, _PIECES)))
            await connection.hold()

    async with RawServer(behaviour) as server:
        url = server.url
        agent = scenario.RemoteAgent(url, events_url="/events")
        live, _ = await told(tmp_path / "a", "record", [agent])
    with sockets_noted() as opened:
        played, _ = await told(tmp_path / "a", "replay", [scenario.RemoteAgent(url, events_url="/events")])
    assert [one.text for one in played] == ["It is sunny"]
    assert not differences(live, played)
    assert not opened


async def test_over_a_websocket(tmp_path: Path) -> None:
    """Each message is a piece, and a connection that is kept is one that is not opened."""

    async def answer(socket: web.WebSocketResponse, message: str) -> None:
        text = json.loads(message)["messages"][-1]["content"]
        for part in ("You said ", text):
            await socket.send_str(json.dumps({"content": part}))
        await socket.send_str("[DONE]")

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(SocketServer(answer))
        url = server.url
        live, _ = await told(tmp_path / "a", "record", [scenario.RemoteAgent(url)], ["Hi", "Bye"])
    with sockets_noted() as opened:
        played, _ = await told(tmp_path / "a", "replay", [scenario.RemoteAgent(url)], ["Hi", "Bye"])
    assert [one.text for one in played] == ["You said Hi", "You said Bye"]
    assert not differences(live, played)
    assert not opened


async def test_what_a_refusal_taught_is_taught_again(tmp_path: Path) -> None:
    """A server that wants another request: both are recorded, and a run asks alike whatever was run before it."""

    async def behaviour(connection: Connection) -> None:
        asked = json.loads(connection.request.body) if connection.request.body else {}
        if "model" not in asked:
            body = json.dumps({"error": {"message": "you must provide a model parameter", "param": "model"}}).encode()
            await connection.send(whole(body, "application/json", status="400 Bad Request"))
        else:
            body = json.dumps(
                {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}
            )
            await connection.send(whole(body.encode(), "application/json"))

    async with RawServer(behaviour) as server:
        url = server.url + "/v1/chat/completions"
        agent = scenario.RemoteAgent(url)
        live = [await told(tmp_path / name, "record", [agent]) for name in ("a", "b")]
    assert live[0][0][0].protocol_reason == live[1][0][0].protocol_reason
    played, _ = await told(tmp_path / "b", "replay", [scenario.RemoteAgent(url)])
    assert not differences(live[1][0], played)


async def test_one_agent_is_recorded_and_played_again_and_again(tmp_path: Path) -> None:
    """What it remembers of the conversation that was recorded is not what it remembers of the one that is played."""
    settings: dict[str, Any] = {"session": 'headers."x-session"', "headers": {"X-Session": "$session"}}
    async with RawServer(_keeps_sessions) as server:
        agent = scenario.RemoteAgent(server.url, request={"text": "$message", "in": "$session"}, **settings)
        live, _ = await told(tmp_path / "a", "record", [agent], ["Hi", "And?"])
    for _ in range(2):
        played, _ = await told(tmp_path / "a", "replay", [agent], ["Hi", "And?"])
        assert not differences(live, played)
