"""A WebSocket server on a free loopback port that behaves as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

# Is given the connection and a message, and answers as it likes.
Answer = Callable[[web.WebSocketResponse, str], Awaitable[None]]


class SocketServer:
    """One endpoint, /chat.

    Attributes:
        received: the messages, each with the number of the connection that it came on.
        handshakes: the headers of each handshake.
        closings: the code with which each connection was closed by the client, in order.
        closed: is set when a connection has been closed.
        ponged: is set when a ping has been answered; without `autoping` only.
    """

    def __init__(self, answer: Answer, *, status: int = 101, autoping: bool = True) -> None:
        self.received: list[tuple[int, str]] = []
        self.handshakes: list[Any] = []
        self.closings: list[int | None] = []
        self.closed = asyncio.Event()
        self.ponged = asyncio.Event()
        self.connections: list[web.WebSocketResponse] = []
        self._answer = answer
        self._status = status
        self._autoping = autoping
        self._port = 0
        self._runner: web.AppRunner

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/chat"

    async def __aenter__(self) -> SocketServer:
        application = web.Application()
        application.router.add_get("/chat", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.handshakes.append(request.headers)
        if self._status != 101:
            return web.json_response({"error": "no"}, status=self._status)
        socket = web.WebSocketResponse(autoping=self._autoping)
        socket.headers["X-Session"] = "s1"
        await socket.prepare(request)
        self.connections.append(socket)
        number = len(self.connections)
        while (message := await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.PONG):
            if message.type is WSMsgType.PONG:
                self.ponged.set()
                continue
            self.received.append((number, message.data))
            await self._answer(socket, message.data)
        self.closings.append(socket.close_code)
        self.closed.set()
        return socket


def says(*messages: object) -> Answer:
    """Answers everything with these: text as it is, anything else as JSON; a close code closes, None breaks off."""

    async def answer(socket: web.WebSocketResponse, _message: str) -> None:
        for message in messages:
            if message is None:
                socket._req.transport.abort()  # type: ignore[union-attr]
                return
            if isinstance(message, WSCloseCode):
                await socket.close(code=message, message=b"so it is")
            elif isinstance(message, str):
                await socket.send_str(message)
            elif isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_json(message)

    return answer
