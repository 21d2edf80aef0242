"""A GET's event stream that is cut is connected to again, as browsers do.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html. Only where the server has sent ids, since
without them it would begin anew: with `Last-Event-ID`, after the server's `retry`, within the deadlines. A clean end of
the body is a cut only where the answer owes an end of its own, or where it stands inside an event. What all connections
bring is handed on as one response, in whole events; any other body goes through as it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.event_position import ConnectionReader, StreamPosition
from scenario.transport.event_source import DEFAULT_WAIT, LONGEST_WAIT, MAX_FRUITLESS, is_stream, with_last_id
from scenario.transport.transport import Response, Transport, TransportError

_BEGINNINGS: Final = (b":", b"data", b"event", b"id", b"retry")
# These may pass: the server, or something on the way, may be there again.
_PASSING: Final = ("connect", "broken", "protocol")


class ReconnectingTransport:
    """Sends a GET, and goes on reading its event stream over connections that break.

    Args:
        inner: what sends.
        times: so often at the most; None for as long as each connection brings something.
        owes_end: whether the answer has an end of its own, so that a clean end of the body without it is a cut.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        times: int | None,
        owes_end: bool,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._times = times
        self._owes_end = owes_end
        self._sleep = sleep

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send `request`; see `Transport.open`."""
        began = asyncio.get_running_loop().time()
        async with AsyncExitStack() as connection:
            response = await connection.enter_async_context(self._inner.open(request, timeouts=timeouts))
            if response.status != 200 or not is_stream(response):
                yield response
                return
            stream = _Stream(self._inner, request, timeouts, self._sleep, began)
            stream.begin(response, connection, times=self._times, owes_end=self._owes_end)
            try:
                yield stream
            finally:
                await stream.disconnect()


class _Stream:
    """The response: the first connection's head, and what all connections bring.

    Attributes:
        notes: what is told of the connections in the record.
    """

    def __init__(
        self,
        inner: Transport,
        request: HttpRequest,
        timeouts: Timeouts,
        sleep: Callable[[float], Awaitable[None]],
        began: float,
    ) -> None:
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.connect: float | None = None
        self.opened = 0.0
        self._inner = inner
        self._request = request
        self._timeouts = timeouts
        self._sleep = sleep
        self._began = began
        self._now = asyncio.get_running_loop().time
        self._times: int | None = None
        self._owes_end = False
        self._made = 0
        self._other: bool | None = None
        self._fruitless = 0
        self._position = StreamPosition()
        self._offset = 0.0
        self._pieces: AsyncIterator[Chunk] | None = None
        self._connection = AsyncExitStack()

    def begin(self, first: Response, connection: AsyncExitStack, *, times: int | None, owes_end: bool) -> None:
        """Read the first connection, which is let go of together with the others."""
        self.headers, self.connect, self.opened = first.headers, first.connect, first.opened
        self._times = times
        self._owes_end = owes_end
        self._pieces = first.chunks()
        self._connection = connection.pop_all()

    @property
    def notes(self) -> tuple[str, ...]:
        """That it was connected to again, where it was."""
        return (f"the stream was cut and connected to again, {self._made} times",) if self._made else ()

    async def disconnect(self) -> None:
        """Let go of the connection."""
        pieces, self._pieces = self._pieces, None
        connection, self._connection = self._connection, AsyncExitStack()
        try:
            if (aclose := getattr(pieces, "aclose", None)) is not None:
                await aclose()
        finally:
            await connection.aclose()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """What the connections bring, in whole events; of the last one what it leaves unfinished too."""
        while self._pieces is not None:
            reader = ConnectionReader(self._position, first=self._made == 0)
            broken: TransportError | None = None
            try:
                async for chunk in self._pieces:
                    if self._made == 0 and self._is_other(chunk.data):
                        yield chunk
                        continue
                    for whole in reader.feed(chunk):
                        yield Chunk(whole.at + self._offset, whole.data)
            except TransportError as error:
                broken = error
            finally:
                reader.close()
            offset = self._offset
            if await self._goes_on(reader, broken):
                continue
            for chunk in reader.rest():
                yield Chunk(chunk.at + offset, chunk.data)
            if broken is not None:
                raise broken
            return

    def _is_other(self, data: bytes) -> bool:
        """Whether the body only says that it is an event stream: it goes through as it comes, and has no ids."""
        if self._other is None and (start := data.lstrip(b"\xef\xbb\xbf\r\n ")):
            self._other = not start.startswith(_BEGINNINGS) and not any(one.startswith(start) for one in _BEGINNINGS)
        return bool(self._other)

    async def _goes_on(self, reader: ConnectionReader, broken: TransportError | None) -> bool:
        """Whether a further connection has taken the place of the one that this reader has read."""
        if (broken is not None and broken.kind not in _PASSING) or not self._position.last_id:
            return False
        if broken is None and not self._owes_end and not reader.is_in_an_event:
            return False
        self._fruitless = 0 if reader.brought else self._fruitless + 1
        while self._fruitless <= MAX_FRUITLESS and (self._times is None or self._made < self._times):
            self._made += 1
            try:
                await self._reconnect(self._fruitless)
            except TransportError as error:
                if error.kind not in _PASSING:
                    raise
                self._fruitless += 1
            else:
                return True
        return False

    async def _reconnect(self, fruitless: int) -> None:
        """Connect again after a while; 204, by which a server says that there is no more, leaves no connection."""
        await self.disconnect()
        wait = DEFAULT_WAIT if self._position.wait is None else self._position.wait
        wait = min(wait * 2 ** max(0, fruitless - 1), max(wait, LONGEST_WAIT))
        total = self._remaining().total
        await self._sleep(wait if total is None else min(wait, total))
        request = with_last_id(self._request, self._position)
        began = self._now()
        response = await self._connection.enter_async_context(self._inner.open(request, timeouts=self._remaining()))
        if response.status == 204:
            await self.disconnect()
            return
        if response.status != 200 or not is_stream(response):
            kind = response.headers.get("content-type", "no type")
            said = f"the reconnection was answered with status {response.status} and {kind}"
            raise TransportError(said, kind="refused", at=self._now() - self._began)
        self._offset = began - self._began
        self._pieces = response.chunks()

    def _remaining(self) -> Timeouts:
        timeouts = self._timeouts
        if timeouts.total is None:
            return timeouts
        left = self._began + timeouts.total - self._now()
        if left <= 0:
            said = f"not finished within {timeouts.total:g} s"
            raise TransportError(said, kind="total", at=self._now() - self._began)
        return msgspec.structs.replace(timeouts, total=left)
