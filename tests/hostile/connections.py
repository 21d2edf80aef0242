"""What can be wrong before the first byte of HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from scenario.config import Timeouts
from tests.hostile.behaviour import SHORT_SILENCE, Kind

# What a server that speaks TLS says to who does not: an alert of an unexpected message.
_ALERT = b"\x15\x03\x01\x00\x02\x02\x0a"


class _Listener:
    """Where it listens.

    Attributes:
        url: its address.
        requests: none: nothing that is said to it is read as a request.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/chat"
        self.requests: list[Any] = []


def _accepts(behave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """A server that does so with each connection."""

    @contextlib.asynccontextmanager
    async def serve() -> AsyncIterator[_Listener]:
        tasks: set[asyncio.Task[Any]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await behave(reader, writer)
            finally:
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        try:
            yield _Listener(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return serve


@contextlib.asynccontextmanager
async def _refuses() -> AsyncIterator[_Listener]:
    """A port that is bound, and at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield _Listener(held.getsockname()[1])


async def _is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


async def _resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _speaks_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(_ALERT)
    await writer.drain()


async def _speaks_plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def _speaks_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 ready\r\n")
    await writer.drain()
    await asyncio.Event().wait()


connections = Kind("connection")

connections.add("refused", None, "error", fault="wire", serve=_refuses, said="connection refused", reaches=0)
connections.add("accepted, and silent", None, "stalled", timeouts=SHORT_SILENCE, serve=_accepts(_is_silent), reaches=0)
connections.add("accepted, and closed", None, "truncated", serve=_accepts(_closes), reaches=0)
connections.add("accepted, and reset", None, "truncated", serve=_accepts(_resets), reaches=0)
connections.add("a banner before the request", None, "error", fault="wire", serve=_accepts(_speaks_first), reaches=0)
connections.add("TLS where plain is spoken", None, "error", fault="wire", serve=_accepts(_speaks_tls), reaches=0)
connections.add(
    "plain where TLS is spoken", None, "error", fault="wire", serve=_accepts(_speaks_plain), secure=True, reaches=0
)
connections.add(
    "silence where TLS is spoken",
    None,
    "error",
    fault="wire",
    timeouts=Timeouts(connect=0.25),
    serve=_accepts(_is_silent),
    secure=True,
    reaches=0,
)
connections.add(
    "a close where TLS is spoken", None, "error", fault="wire", serve=_accepts(_closes), secure=True, reaches=0
)
