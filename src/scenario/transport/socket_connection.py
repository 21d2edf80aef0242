"""A WebSocket connection that is always read: pings are answered, and its end is seen, also while nobody speaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import WSMsgType

from scenario.errors import WireLimitError
from scenario.transport.timed_protocol import TimedProtocol
from scenario.transport.transport import TransportError

# What has come and was not taken is bounded: beyond so many bytes nothing more is read, so that the server has to wait.
_MOST_HELD: Final = 1024 * 1024
# A connection that carries no turn for so long is closed.
IDLE_SECONDS: Final = 300.0
# How long the end of a connection is waited for, in seconds.
_CLOSING_SECONDS: Final = 1.0
# Normal closure, an endpoint that goes away, and a close that gives no code (RFC 6455, 7.4.1; 0 is aiohttp's for it).
_CLEAN_CODES: Final = frozenset({1000, 1001, 1005, 0})
_TOO_BIG: Final = 1009
# In so many steps of the loop, what had come before a turn is read; a server that never stops sends what is new.
_MOST_STEPS: Final = 100


class SocketMessage(NamedTuple):
    """A message, and the loop's time at which it was read."""

    at: float
    data: bytes


class SocketConnection:
    """One connection.

    Attributes:
        url: where it leads.
        headers: those of the handshake's response, names in lower case.
        loop: the event loop in which it lives.
    """

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse[Any], url: str, *, max_message_bytes: int) -> None:
        self.url = url
        # aiohttp shows the handshake's headers nowhere else, and leaves the connection open where it was cut.
        self._handshake = websocket._response  # noqa: SLF001
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in self._handshake.headers.items()}
        self.loop = asyncio.get_running_loop()
        self._websocket = websocket
        self._max_message_bytes = max_message_bytes
        self._messages: deque[SocketMessage] = deque()
        self._held = 0
        self._listening = False
        self._ended = False
        self._failure: TransportError | WireLimitError | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._task = asyncio.ensure_future(self._read())

    @property
    def is_over(self) -> bool:
        """Whether it carries nothing any more."""
        return self._ended or self._websocket.closed

    async def let_come(self) -> None:
        """Have read, and dropped, what has come already: it came before the turn that is about to begin."""
        protocol = None if self._handshake.connection is None else self._handshake.connection.protocol
        for _ in range(_MOST_STEPS):
            unread = isinstance(protocol, TimedProtocol) and protocol.holds_unread
            # The loop reads it, and then the task that drops it goes on.
            await asyncio.sleep(0)
            if not unread:
                break

    def listen(self) -> None:
        """A turn begins: from now on, what comes is its answer."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._forget()
        self._listening = True

    def rest(self) -> None:
        """A turn is over: what comes is nobody's."""
        self._listening = False
        self._forget()
        if not self._ended:
            self._idle = self.loop.call_later(IDLE_SECONDS, self.drop)

    async def send(self, body: bytes) -> None:
        """Send a message: text, where it is.

        Raises:
            aiohttp.ClientError: the connection has ended.
        """
        try:
            text = body.decode()
        except UnicodeDecodeError:
            await self._websocket.send_bytes(body)
        else:
            await self._websocket.send_str(text)

    def taken(self) -> SocketMessage | None:
        """The next message that is here; None where there is none."""
        if not self._messages:
            return None
        message = self._messages.popleft()
        self._held -= len(message.data)
        if self._held <= _MOST_HELD:
            self._room.set()
        return message

    async def arrival(self) -> None:
        """Wait for a message, or for the end that the connection should have.

        Raises:
            TransportError: the connection broke, or was closed with a code that is a failure.
            WireLimitError: a message is larger than the limit.
        """
        while not self._messages:
            if self._ended:
                if self._failure is not None:
                    raise self._failure
                return
            self._news.clear()
            await self._news.wait()

    def drop(self) -> None:
        """Close it without waiting."""
        self._task.cancel()

    async def close(self) -> None:
        """Close it."""
        self.drop()
        await asyncio.wait([self._task], timeout=_CLOSING_SECONDS)

    async def _read(self) -> None:
        websocket = self._websocket
        try:
            while (message := await websocket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if self._listening:
                    data = message.data.encode() if isinstance(message.data, str) else message.data
                    await self._keep(SocketMessage(self.loop.time(), data))
            self._failure = self._failure_in(message)
        finally:
            self._ended = True
            self._news.set()
            if self._idle is not None:
                self._idle.cancel()
            # Whatever ends this task ends the connection; a server that breaks it off now is no news.
            try:
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    await websocket.close()
            finally:
                self._handshake.close()

    async def _keep(self, message: SocketMessage) -> None:
        self._messages.append(message)
        self._held += len(message.data)
        self._news.set()
        while self._held > _MOST_HELD:
            self._room.clear()
            await self._room.wait()

    def _forget(self) -> None:
        self._messages.clear()
        self._held = 0
        self._room.set()

    def _failure_in(self, message: aiohttp.WSMessage) -> TransportError | WireLimitError | None:
        """What the last message says went wrong; None where the connection was closed as it should be."""
        if message.type is WSMsgType.ERROR:
            if self._websocket.close_code == _TOO_BIG:
                return WireLimitError(
                    f"A message is longer than max_event_bytes ({self._max_message_bytes} bytes) allows.",
                    limit="max_event_bytes",
                    maximum=self._max_message_bytes,
                )
            return TransportError(f"what came is no WebSocket message: {message.data}", kind="protocol")
        if message.type is not WSMsgType.CLOSE:
            return TransportError("the connection was closed without a closing message", kind="broken")
        # The message's own code: the connection's is changed by how the closing goes on.
        code = message.data
        if code in _CLEAN_CODES:
            return None
        said = f": {message.extra}" if message.extra else ""
        return TransportError(f"the server closed the WebSocket with the code {code}{said}", kind="closed")
