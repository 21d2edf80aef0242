"""The connections of one event loop: shared by everything that calls out in it, closed when it is shut down.

Nobody has to close anything. The pool hangs on its loop, so no module holds it; it is closed by the step in which
`asyncio.run` (and every other runner) finishes the loop's asynchronous generators, and where a loop is closed without
this step (`loop.close()` by hand, older test plugins), by that.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

from aiohttp import ClientPayloadError, ClientSession, ClientTimeout, DummyCookieJar, StreamReader, TCPConnector
from aiohttp.client_proto import ResponseHandler

from scenario.transport.content_coding import ACCEPTED

if TYPE_CHECKING:
    from aiohttp import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

# uvicorn and Node close idle connections after 5 s. A request that meets such a close is lost, and may not be repeated
# when it is a POST; so an idle connection is given up before.
KEEPALIVE_SECONDS: Final = 4.0

MAX_HEADER_BYTES: Final = 32 * 1024
MAX_HEADERS: Final = 256

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ATTRIBUTE: Final = "_scenario_http_pool"


class TimedProtocol(ResponseHandler):
    """A connection that notes when bytes come in, before they are parsed, and lets no broken body go unnoticed.

    Attributes:
        used: it has carried a request before.
        awaits_head: a request has been put on it, and the headers of the response are still to come.
        last_arrival: the loop's time at which any byte came in last.
        head_arrival: the same, for the bytes that completed the current response's headers.
        body: the current response's body.
        arrivals: for the current body: the loop's time, and how many bytes of the body had come by then.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.used = False
        self.awaits_head = False
        self.last_arrival = 0.0
        self.head_arrival = 0.0
        self.body: StreamReader | None = None
        self.arrivals: deque[tuple[float, int]] = deque()
        self._noted = 0
        self._now = loop.time

    def data_received(self, data: bytes) -> None:
        """Note the time, hand the bytes to the parser, and note how far the body has come."""
        self.last_arrival = now = self._now()
        if self.awaits_head and 3 < (end := data.find(b"\r\n\r\n") + 4) < len(data):
            # By itself, so that a body which is broken from its first byte does not take the headers with it.
            super().data_received(data[:end])
            data = data[end:]
        super().data_received(data)
        body = self._payload
        if body is not self.body:
            # Of a WebSocket it is a queue of messages.
            if not isinstance(body, StreamReader):
                return
            self.body = body
            self.awaits_head = False
            self.head_arrival = now
            self.arrivals = deque()
            self._noted = 0
        elif body is None:
            return
        total = body.total_bytes
        if total != self._noted:
            self._noted = total
            self.arrivals.append((now, total))
        # A parser that fails inside a body tells the next response's reader, and leaves this body's reader waiting.
        if self._exception is not None:
            _break(body, self._exception)

    def connection_lost(self, exc: BaseException | None) -> None:
        """A reset breaks a body even where its end is the end of the connection."""
        if exc is not None and self._payload is not None:
            _break(self._payload, exc)
        super().connection_lost(exc)


def _break(body: StreamReader, cause: BaseException) -> None:
    if not body.is_eof() and body.exception() is None:
        body.set_exception(ClientPayloadError(str(cause) or type(cause).__name__), cause)


class PoolTimeout(ClientTimeout):
    """No deadlines of aiohttp's own, and whom to tell when the connection stands.

    The client hands a request's timeout on to the connector as it is, which makes it the one value by which a
    connector can know for whom it connects.
    """

    connected: Callable[[TimedProtocol], None]

    def __init__(self, connected: Callable[[TimedProtocol], None]) -> None:
        super().__init__()
        object.__setattr__(self, "connected", connected)


class Pool(TCPConnector):
    """Connections without a limit on their number: how many calls run at once is the caller's decision."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=0, keepalive_timeout=KEEPALIVE_SECONDS)
        connection: Callable[..., ResponseHandler] = TimedProtocol
        self._factory = functools.partial(connection, loop=loop)
        # Asking for the environment's proxies at each call costs more than the rest of the call's preparation.
        behind_proxy = any(scheme in getproxies() for scheme in ("http", "https", "all"))
        self._direct = _session(self, trust_env=False)
        self._around = _session(self, trust_env=True) if behind_proxy else self._direct

    def session_for(self, host: str | None) -> ClientSession:
        """The session to reach a host with: past the environment's proxies where it is this machine."""
        return self._direct if host in LOOPBACK else self._around

    def let_go(self) -> None:
        """Give up the sessions, so that nobody uses the connections any more."""
        self._direct.detach()
        self._around.detach()

    async def shut(self) -> None:
        """Close the connections, and the sessions that used them."""
        self.let_go()
        await self.close()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        """Connect, or take an idle connection, and tell the caller when it stands."""
        connection = await super().connect(req, traces, timeout)
        protocol = connection.protocol
        if isinstance(timeout, PoolTimeout) and isinstance(protocol, TimedProtocol):
            timeout.connected(protocol)
        return connection


def _session(pool: Pool, *, trust_env: bool) -> ClientSession:
    """A session that keeps no cookies: those of one conversation must not reach another."""
    return ClientSession(
        connector=pool,
        connector_owner=False,
        cookie_jar=DummyCookieJar(),
        trust_env=trust_env,
        auto_decompress=False,
        headers={"Accept-Encoding": ACCEPTED},
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
    )


async def pool_of(loop: asyncio.AbstractEventLoop) -> Pool:
    """The loop's pool, which is the running one; made where there is none."""
    held: tuple[Pool, object] | None = getattr(loop, _ATTRIBUTE, None)
    if held is not None and not held[0].closed:
        return held[0]
    pool = Pool(loop)
    lifetime = _lifetime(pool)
    setattr(loop, _ATTRIBUTE, (pool, lifetime))
    # Its first step registers the generator with the loop; nothing is waited for.
    await anext(lifetime)
    _shut_on_close(pool, loop)
    return pool


def _shut_on_close(pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
    # There is no other way to hear of it: without, the sockets stay open, and aiohttp complains about them.
    close = loop.close

    def shut_and_close() -> None:
        waiting = not _any_loop_runs()  # neither this one nor another
        if waiting and not (pool.closed or loop.is_closed()):
            loop.run_until_complete(pool.shut())
        close()
        if not pool.closed:
            pool.let_go()

    setattr(loop, "close", shut_and_close)  # noqa: B010 - a method is not assigned to otherwise


def _any_loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _lifetime(pool: Pool) -> AsyncGenerator[Any, None]:
    try:
        yield pool
    finally:
        await pool.shut()
