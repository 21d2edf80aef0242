"""A turn over a WebSocket: one message goes out, and the messages that come back are the response's body.

Each piece of that body is one message, and the response's head is the handshake's (status 101); a handshake that was
refused is a response without a body. A connection may be kept from one turn to the next. What comes between turns is
nobody's answer and is dropped.

Deadlines. `connect` runs until the handshake is over; `first_byte` until the first message; `idle` from one message to
the next; `total` over everything. A quiet time, where one is given, is no failure but the end of the turn.

How a connection ends: 1000 and 1001 end the body as the end of a response does; no close at all breaks it; any other
code is an error that the server reports (RFC 6455, 7.4).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, cast
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.connect_errors import why_not_connected
from scenario.transport.pool import pool_of
from scenario.transport.socket_connection import SocketConnection, SocketMessage
from scenario.transport.transport import Response, TransportError

# These say something about a body that the handshake does not have.
_OF_A_BODY: Final = frozenset({"accept", "content-type", "content-length"})
# How long a server may take to answer our closing of the connection, in seconds.
_CLOSING_SECONDS: Final = 0.5


class WebSocketTransport:
    """Puts the turns of one conversation over a WebSocket; `close` lets go of the connection that it keeps.

    Args:
        quiet: so many seconds without a message end a turn; None leaves its end to the messages.
        keep_open: whether a turn's connection carries the next turn, too.
        max_message_bytes: the most that one message may have.
        tls: the certificates that are trusted and shown; None for the usual ones.
    """

    def __init__(
        self, *, quiet: float | None, keep_open: bool, max_message_bytes: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self.quiet = quiet
        self._keep_open = keep_open
        self._max_message_bytes = max_message_bytes
        self._tls = True if tls is None else tls
        self._kept: SocketConnection | None = None

    def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AbstractAsyncContextManager[Response]:
        """Send the request's body as a message; see `scenario.transport.transport.Transport`."""
        return _SocketTurn(self, request, timeouts)

    def take(self, url: str) -> SocketConnection | None:
        """The kept connection, if it leads there and lives in this event loop."""
        kept, self._kept = self._kept, None
        if kept is None or kept.loop is not asyncio.get_running_loop() or kept.is_over:
            return None
        if kept.url != url:
            kept.drop()
            return None
        return kept

    def give_back(self, connection: SocketConnection) -> None:
        """A turn that has ended well is done with its connection."""
        connection.rest()
        if self._keep_open and self._kept is None and not connection.is_over:
            self._kept = connection
        else:
            connection.drop()

    async def connect(self, request: HttpRequest) -> SocketConnection:
        """A new connection.

        Raises:
            aiohttp.ClientError: it could not be made.
        """
        loop = asyncio.get_running_loop()
        session = (await pool_of(loop)).handshakes_for(urlsplit(request.url).hostname)
        websocket = await session.ws_connect(
            URL(request.url, encoded=request.url.isascii()),
            headers={name: value for name, value in request.headers.items() if name.lower() not in _OF_A_BODY},
            max_msg_size=self._max_message_bytes,
            timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING_SECONDS),
            ssl=self._tls,
        )
        return SocketConnection(websocket, request.url, max_message_bytes=self._max_message_bytes)

    async def close(self) -> None:
        """Close the connection that is kept, if there is one."""
        kept, self._kept = self._kept, None
        if kept is not None and kept.loop is asyncio.get_running_loop():
            await kept.close()


class _SocketTurn:
    """One turn: the context of `open` and, once entered, the response."""

    def __init__(self, transport: WebSocketTransport, request: HttpRequest, timeouts: Timeouts) -> None:
        self.status = 101
        self.headers: Mapping[str, str] = {}
        self.connect: float | None = None
        self.opened = 0.0
        self._transport = transport
        self._request = request
        self._timeouts = timeouts
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self._total_at = None if timeouts.total is None else self._began + timeouts.total
        self._sent_at = 0.0
        self._last_at: float | None = None
        self._connection: SocketConnection | None = None
        # That the connection had been idle, and that nothing has come on it since.
        self._reused = False

    async def __aenter__(self) -> Response:
        try:
            await self._connect()
            await self._send()
        except BaseException:
            self._let_go()
            raise
        return cast(Response, self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if error is None:
            self._transport.give_back(connection)
        else:
            # More of this turn's answer may be on the way, which must not become a part of the next one.
            connection.drop()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The messages as they arrive, each with its time."""
        message = await self._next()
        if message is None and self._reused:
            # The server closed a connection that had been idle, and this turn's message met the close on its way.
            self._let_go()
            await self._connect()
            await self._send()
            message = await self._next()
        while message is not None:
            yield Chunk(message.at - self._began, message.data)
            message = await self._next()

    async def _connect(self) -> None:
        request = self._request
        connection = self._connection = self._transport.take(request.url)
        self._reused = connection is not None
        if connection is not None:
            self.connect = 0.0
        else:
            seconds = self._timeouts.connect
            try:
                async with asyncio.timeout_at(self._until(None if seconds is None else self._began + seconds)):
                    connection = self._connection = await self._transport.connect(request)
            except TimeoutError as error:
                raise self._late("no WebSocket connection", seconds, "connect") from error
            except aiohttp.WSServerHandshakeError as error:
                if error.status == 101:
                    raise self._error(f"the handshake is none of a WebSocket: {error.message}", "protocol") from error
                self.status = error.status
                self.headers = {name.lower(): value for name, value in (error.headers or {}).items()}
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise self._error(f"no WebSocket connection: {why_not_connected(error)}", "connect") from error
            self.connect = self._now() - self._began
        self.opened = self._now() - self._began
        if connection is not None:
            self.headers = connection.headers

    async def _send(self) -> None:
        connection = self._connection
        if connection is None:
            return
        if self._reused:
            await connection.let_come()
        connection.listen()
        self._sent_at = self._now()
        seconds = self._timeouts.first_byte
        try:
            async with asyncio.timeout_at(self._until(None if seconds is None else self._sent_at + seconds)):
                await connection.send(self._request.body)
        except TimeoutError as error:
            raise self._late("the message could not be sent", seconds, "idle") from error
        except (aiohttp.ClientError, OSError) as error:
            if not self._reused:
                raise self._error(f"the message could not be sent: {_words(error)}", "broken") from error
            # It has just been closed: that is seen, and the message sent again, when its answer is read.

    async def _next(self) -> SocketMessage | None:
        """The next message; None where the turn is over."""
        connection = self._connection
        if connection is None:
            return None
        message = connection.taken()
        if message is None:
            at, seconds, is_quiet = self._due()
            try:
                async with asyncio.timeout_at(self._until(None if seconds is None else at + seconds)):
                    await connection.arrival()
            except TimeoutError as error:
                if is_quiet and not self._is_late:
                    return None
                raise self._late("nothing came", seconds, "idle") from error
            message = connection.taken()
        if message is not None:
            self._last_at = message.at
            self._reused = False
        return message

    def _due(self) -> tuple[float, float | None, bool]:
        """From when on the next message is waited for, how long, and whether that ends the turn."""
        if self._last_at is None:
            return self._sent_at, self._timeouts.first_byte, False
        quiet, idle = self._transport.quiet, self._timeouts.idle
        if quiet is not None and (idle is None or quiet < idle):
            return self._last_at, quiet, True
        return self._last_at, idle, False

    def _until(self, at: float | None) -> float | None:
        if at is None or self._total_at is None:
            return self._total_at if at is None else at
        return min(at, self._total_at)

    @property
    def _is_late(self) -> bool:
        """Whether the deadline of the whole call has passed."""
        return self._total_at is not None and self._now() >= self._total_at

    def _late(self, what: str, seconds: float | None, kind: str) -> TransportError:
        if self._is_late:
            return self._error(f"not finished within {self._timeouts.total:g} s", "total")
        return self._error(f"{what} within {seconds:g} s", kind)

    def _error(self, message: str, kind: str) -> TransportError:
        return TransportError(message, kind=kind, at=self._now() - self._began)

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop()


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
