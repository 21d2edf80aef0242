"""One HTTP connection: when its bytes came in, and whether anybody had asked for them."""

from __future__ import annotations

import asyncio
import select
from collections import deque
from typing import Any, Final, Protocol

from aiohttp import ClientPayloadError, StreamReader
from aiohttp.client_proto import ResponseHandler

from scenario.late_pattern import late_pattern

_HEAD_END: Final = b"\r\n\r\n"
# The line before a chunk's data, where it says no more than the chunk's size; the last chunk is none of these.
_CHUNK: Final = late_pattern(rb"([1-9a-fA-F][0-9a-fA-F]{0,6})\r\n")
_SWITCHING: Final = 101


class ArrivalHearer(Protocol):
    """Who reads the current body, and is to be told that more of it has come."""

    def arrived(self) -> None:
        """Bytes have come in, or the body's end, or the connection's."""
        ...


class TimedProtocol(ResponseHandler, asyncio.BufferedProtocol):
    """A connection that notes when bytes come in, before they are parsed, and lets no broken body go unnoticed.

    What comes while no response is due answers nothing: it closes the connection, and is never the next response.

    It says itself where bytes are read to: for each piece, however small, the loop would take and give back a quarter
    of a MiB, and the system's work on that is several times what a piece costs otherwise.

    Args:
        loop: whose it is.
        buffer: what it reads into, for no longer than a call: all connections of a loop can have the same.

    Attributes:
        used: it has carried a request before.
        awaits_head: a request has been put on it, and the headers of the response are still to come.
        last_arrival: the loop's time at which any byte came in last.
        head_arrival: the same, for the bytes that completed the current response's headers.
        body: the current response's body.
        arrivals: for the current body: the loop's time, and how many bytes of the body had come by then.
        noted: how many bytes of it have come.
        hearer: who is told of what comes; None where nobody asked for that.
        was_refused: it is closed, and the server's system has refused bytes that were put on it: nobody had read them.
        followed: the body behind which another response came, without another request.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, buffer: memoryview) -> None:
        super().__init__(loop)
        self._into = buffer
        self.used = False
        self.was_refused = False
        self.awaits_head = False
        self.last_arrival = 0.0
        self.head_arrival = 0.0
        self.body: StreamReader | None = None
        self.arrivals: deque[tuple[float, int]] = deque()
        self.followed: StreamReader | None = None
        self.noted = 0
        self.hearer: ArrivalHearer | None = None
        self._is_chunked = False
        self._is_between_chunks = False
        self._end = b""
        self._now = loop.time

    def asked(self) -> None:
        """A request is put on it: the response that comes from now on is its answer."""
        self.used = self.awaits_head = True

    @property
    def is_idle(self) -> bool:
        """Whether it has carried a request, and no response is due or under way."""
        if self.awaits_head or not self.used or self.upgraded:
            return False
        return self.body is None or self.body.is_eof()

    @property
    def holds_unread(self) -> bool:
        """Whether something has come, be it the connection's end, that the loop has not read yet."""
        found = None if self.transport is None else self.transport.get_extra_info("socket")
        return found is not None and _is_readable(found.fileno())

    @property
    def is_open(self) -> bool:
        """Whether the loop has not read its end."""
        return self.transport is not None and not self.transport.is_closing()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - as asyncio calls it
        """Where the loop puts what it reads next."""
        return self._into

    def buffer_updated(self, nbytes: int) -> None:
        """Take what the loop has put there."""
        self.data_received(bytes(self._into[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Note the time, hand the bytes to the parser, and note how far the body has come."""
        if data:
            self.last_arrival = self._now()
            if self._is_between_chunks:
                if (pieces := whole_chunks(data)) is not None:
                    self._take(pieces, data)
                    return
                self._is_between_chunks = False
        start = 0
        while self.awaits_head and 3 < (end := data.find(_HEAD_END, start) + 4) < len(data):
            # By itself, so that a body which is broken from its first byte does not take the headers with it.
            self._parse(data[start:end])
            start = end
        if self.is_idle and len(data) > start:
            self._refuse(is_response=data.startswith(b"HTTP/", start))
        else:
            self._parse(data[start:] if start else data)

    def feed_data(self, data: tuple[Any, StreamReader], size: int = 0) -> None:
        """Take a response's headers from the parser, and refuse those of a response that is not due."""
        message, body = data
        if self.used and not self.awaits_head:
            self._refuse(is_response=True)
            return
        if self.used and (message.code == _SWITCHING or not 100 <= message.code < 200):
            self.awaits_head = False
            self.body = body
            self.head_arrival = self.last_arrival
            self.arrivals = deque()
            self.noted = 0
            self.hearer = None
            self._is_chunked = message.chunked
            self._is_between_chunks = False
        super().feed_data(data, size)

    def eof_received(self) -> None:
        """The server has closed it; what it refuses of what was put on it shows by now, if this loop was late."""
        found = None if self.transport is None else self.transport.get_extra_info("socket")
        self.was_refused = found is not None and _is_reset(found.fileno())
        super().eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        """A reset breaks a body even where its end is the end of the connection."""
        self.was_refused = self.was_refused or isinstance(exc, ConnectionError)
        if exc is not None and self._payload is not None:
            _break(self._payload, exc)
        super().connection_lost(exc)
        if self.hearer is not None:
            self.hearer.arrived()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on where reading was paused; aiohttp asks for it with each piece that is taken, paused or not."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def _take(self, pieces: list[bytes], data: bytes) -> None:
        """Take whole chunks of the body past the parser, for which nothing has changed then: it waits for the next."""
        body = self.body
        assert body is not None  # noqa: S101 - its chunks are what has come
        for piece in pieces:
            body.feed_data(piece)
        self.noted = total = body.total_bytes
        self.arrivals.append((self.last_arrival, total))
        self._end = data[-6:]
        if self.hearer is not None:
            self.hearer.arrived()

    def _begin_chunks(self, body: StreamReader, head: bytes) -> None:
        """A response's headers have been parsed, and these were the last bytes of them.

        If nothing of the body came with them, the parser is where a chunk begins, and stays there for as long as each
        piece that comes is whole chunks.
        """
        if self._is_chunked and not body.total_bytes and not body.is_eof() and head.endswith(_HEAD_END):
            self._is_between_chunks = True
            body.begin_http_chunk_receiving()

    def _parse(self, data: bytes) -> None:
        is_head = self.awaits_head
        body = None if self.awaits_head else self.body
        before, was_open = (0, False) if body is None else (body.total_bytes, not body.is_eof())
        super().data_received(data)
        body = None if self.awaits_head else self.body
        # Of a WebSocket, aiohttp reads the messages.
        if body is None or self.upgraded:
            return
        if is_head:
            self._begin_chunks(body, data)
        total = body.total_bytes
        if total != self.noted:
            self.noted = total
            self.arrivals.append((self.last_arrival, total))
        # A parser that fails inside a body tells the next response's reader, and leaves this body's reader waiting.
        if self._exception is not None:
            _break(body, self._exception)
        elif was_open and self._runs_over(data, total - before):
            self._refuse()
        if self.hearer is not None:
            self.hearer.arrived()

    def _runs_over(self, data: bytes, taken: int) -> bool:
        """Whether the bytes that ended the body go on behind it, as it were with another response's beginning.

        A parser keeps that to itself. A chunked body's end is known by its last empty line alone: where the packets cut
        that, an orderly connection is closed, which costs a new one and nothing else.
        """
        body = self.body
        self._end = (self._end + data)[-6:] if len(data) < 6 else data[-6:]
        if body is None or not body.is_eof():
            return False
        if self._is_chunked:
            return not self._end.endswith(_HEAD_END) or self._end == b"\r\n\r\n\r\n"
        return len(data) > taken

    def _refuse(self, *, is_response: bool = False) -> None:
        """Nobody has asked for these bytes: nothing more is read, and no request is put here any more."""
        if is_response:
            self.followed = self.body
        self.force_close()
        if self.transport is not None:
            self.transport.close()


def whole_chunks(data: bytes) -> list[bytes] | None:
    """The data of a chunked body's chunks, as most servers write them, one for each event; None for anything else.

    Anything else may be a part of a chunk, the last one, a size written in another way, or no chunk at all.
    """
    size = data.find(b"\r\n", 0, 10)
    rest = len(data) - size - 4
    # By far the most pieces are one chunk.
    if size > 0 and rest > 0 and data[:size].lower() == b"%x" % rest and data.endswith(b"\r\n"):
        return [data[size + 2 : -2]]
    pieces: list[bytes] = []
    start = 0
    while (head := _CHUNK.match(data, start)) is not None:
        start = head.end() + int(head[1], 16)
        pieces.append(data[head.end() : start])
        if data[start : start + 2] != b"\r\n":
            return None
        start += 2
    return pieces if pieces and start == len(data) else None


def _break(body: StreamReader, cause: BaseException) -> None:
    if not body.is_eof() and body.exception() is None:
        body.set_exception(ClientPayloadError(str(cause) or type(cause).__name__), cause)


def _is_readable(descriptor: int) -> bool:
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    return bool(_polled(descriptor))


def _is_reset(descriptor: int) -> bool:
    return hasattr(select, "poll") and bool(_polled(descriptor) & (select.POLLHUP | select.POLLERR))


def _polled(descriptor: int) -> int:
    """What the system tells of it, as flags."""
    if descriptor < 0:
        return 0
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return next((flags for _, flags in poller.poll(0)), 0)
