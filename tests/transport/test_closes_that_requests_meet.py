"""A server closes an idle connection while a request is on its way, and the client's own loop is busy meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Final

import pytest

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.transport import TransportError
from tests.remote.raw_server import whole

# Longer than a close may be on its way.
_BUSY: Final = 0.6
_GIVE_UP: Final = 20.0
_BODY: Final = b"hello"


class _ClosingServer:
    """Answers a request, and closes its first connection when the next one is there: unread, or after reading it.

    It does so while the loop of its client is busy.

    Attributes:
        url: its address.
        read: how many requests it has read.
        connections: how many connections were made.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, takes: bool) -> None:
        self.read = self.connections = 0
        self._loop = loop
        self._takes = takes
        self._busy, self._closed = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def serve(self) -> None:
        """Serve until the listener is shut."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                connection.settimeout(_GIVE_UP)
                with connection:
                    self._serve(connection)
                if self.connections == 1:
                    self._closed.set()

    def _serve(self, connection: socket.socket) -> None:
        self._take(connection)
        connection.sendall(whole(b"x", "text/plain"))
        if self.connections == 1:
            connection.recv(1, socket.MSG_PEEK)
            self._loop.call_soon_threadsafe(self._be_busy)
            self._busy.wait(_GIVE_UP)
            if self._takes:
                self._take(connection)

    def _be_busy(self) -> None:
        """What the loop has to do meanwhile: it looks at nothing until the connection has been closed for long."""
        self._busy.set()
        self._closed.wait(_GIVE_UP)
        until = time.monotonic() + _BUSY
        while time.monotonic() < until:
            pass

    def _take(self, connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"\r\n\r\n" + _BODY):
            data += connection.recv(4096)
        self.read += 1

    def shut(self) -> None:
        """Let nobody in any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextlib.contextmanager
def _closing(*, takes: bool) -> Iterator[_ClosingServer]:
    server = _ClosingServer(asyncio.get_running_loop(), takes=takes)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.shut()
    thread.join(_GIVE_UP)


async def _fetch(url: str) -> int:
    async with AiohttpTransport().open(HttpRequest(url=url, body=_BODY), timeouts=Timeouts()) as response:
        return len([one async for one in response.chunks()])


async def test_a_request_that_met_a_close_is_sent_again_however_late_the_loop_looks() -> None:
    """The server had not read it: that this process had other things to do is no fault of the agent's."""
    with _closing(takes=False) as server:
        assert [await _fetch(server.url) for _ in range(2)] == [1, 1]
    assert (server.connections, server.read) == (2, 2)


async def test_a_request_that_was_read_is_not_sent_again_however_late_the_loop_looks() -> None:
    """It may have begun the work before it closed."""
    with _closing(takes=True) as server:
        await _fetch(server.url)
        with pytest.raises(TransportError, match="closed before a response came"):
            await _fetch(server.url)
    assert (server.connections, server.read) == (1, 2)
