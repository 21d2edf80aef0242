"""A server that writes raw bytes: HTTP servers that behave cannot be told to break off a transfer."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Awaitable, Callable

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = STREAM + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked transfer."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def whole(body: bytes, content_type: str, *, status: str = "200 OK", more: str = "") -> bytes:
    """A response that is all there."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Request:
    """What a client sent."""

    def __init__(self, head: bytes, body: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        self.body = body


class Connection:
    """One request's connection, as a behaviour is given it."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter, released: asyncio.Event) -> None:
        self.request = request
        self._writer = writer
        self._released = released
        self.keep = False

    async def send(self, data: bytes) -> None:
        """Write bytes now."""
        self._writer.write(data)
        await self._writer.drain()

    async def reset(self) -> None:
        """Break the connection off with a RST."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    async def hold(self) -> None:
        """Be silent until the test is over."""
        await self._released.wait()


Behaviour = Callable[[Connection], Awaitable[None]]


class RawServer:
    """Listens on a free loopback port and behaves as it is told.

    Attributes:
        requests: what came, in order.
        connections: how many connections were made.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.closed_by_client = asyncio.Event()
        self._behaviour = behaviour
        self._released = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._released.set()
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The server's root."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/chat"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                request = Request(head, body)
                self.requests.append(request)
                connection = Connection(request, writer, self._released)
                watch = asyncio.ensure_future(self._watch(reader)) if not connection.keep else None
                try:
                    await self._behaviour(connection)
                finally:
                    if watch is not None:
                        watch.cancel()
                        await asyncio.gather(watch, return_exceptions=True)
                if not connection.keep:
                    break
        writer.close()

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        """See the client close; nothing is lost, as it sends nothing more before it has its answer."""
        if not await reader.read(1):
            self.closed_by_client.set()
