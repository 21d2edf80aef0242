"""The connections of one event loop: shared by everything that calls out in it, closed when it is shut down.

Nobody has to close anything. The pool hangs on its loop, so no module holds it; it is closed by the step in which
`asyncio.run` (and every other runner) finishes the loop's asynchronous generators, and where a loop is closed without
this step (`loop.close()` by hand, older test plugins), by that.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

from aiohttp import (
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    WSServerHandshakeError,
)

from scenario.transport.content_coding import ACCEPTED
from scenario.transport.room import LONGEST_WAIT, Room, is_lack, most_connections
from scenario.transport.rounds import Rounds
from scenario.transport.timed_protocol import TimedProtocol

if TYPE_CHECKING:
    from aiohttp import ClientRequest
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

# uvicorn and Node close idle connections after 5 s. A request that meets such a close is lost, and may not be repeated
# when it is a POST; so an idle connection is given up before.
KEEPALIVE_SECONDS: Final = 4.0

MAX_HEADER_BYTES: Final = 32 * 1024
MAX_HEADERS: Final = 256

# The most that is read of a connection before others have their turn; the loop's own default.
_READ_AT_ONCE: Final = 256 * 1024

# Seconds after which it is looked again for a descriptor: something else may have let go of one.
_LOOKS_AGAIN: Final = 1.0

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ATTRIBUTE: Final = "_scenario_http_pool"


class PoolTimeout(ClientTimeout):
    """No deadlines of aiohttp's own, and whom to tell when the connection stands, or has to be waited for.

    The client hands a request's timeout on to the connector as it is, which makes it the one value by which a
    connector can know for whom it connects.
    """

    connected: Callable[[TimedProtocol], None]
    waits: Callable[[bool], None]

    def __init__(self, connected: Callable[[TimedProtocol], None], waits: Callable[[bool], None]) -> None:
        super().__init__()
        object.__setattr__(self, "connected", connected)
        object.__setattr__(self, "waits", waits)


class HandshakeResponse(ClientResponse):
    """The answer to a WebSocket's handshake: a redirect refuses it, as in browsers.

    The client would follow it by itself, and take the conversation's secrets along under whatever name they have.
    """

    async def start(self, connection: Connection) -> ClientResponse:
        """Read the headers.

        Raises:
            WSServerHandshakeError: it is a redirect.
        """
        await super().start(connection)
        if 300 <= self.status < 400:
            raise WSServerHandshakeError(
                self.request_info, self.history, status=self.status, message="a redirect", headers=self.headers
            )
        return self


class Pool(TCPConnector):
    """Connections without a limit on their number but the system's: how many calls run at once is the caller's to say.

    Attributes:
        rounds: in which what arrives is handed out.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=0, keepalive_timeout=KEEPALIVE_SECONDS)
        self.rounds = Rounds(loop)
        self._room = Room(loop)
        connection: Callable[..., ResponseHandler] = TimedProtocol
        self._factory = functools.partial(connection, loop=loop, buffer=memoryview(bytearray(_READ_AT_ONCE)))
        # Asking for the environment's proxies at each call costs more than the rest of the call's preparation.
        behind_proxy = any(scheme in getproxies() for scheme in ("http", "https", "all"))
        self._direct = _session(self, trust_env=False)
        self._around = _session(self, trust_env=True) if behind_proxy else self._direct
        self._handshakes = {
            around: _session(self, trust_env=around and behind_proxy, responses=HandshakeResponse)
            for around in (False, True)
        }

    def session_for(self, host: str | None) -> ClientSession:
        """The session to reach a host with: past the environment's proxies where it is this machine."""
        return self._direct if host in LOOPBACK else self._around

    def handshakes_for(self, host: str | None) -> ClientSession:
        """The same for a WebSocket's handshake, which no redirect leads away."""
        return self._handshakes[host not in LOOPBACK]

    def let_go(self) -> None:
        """Give up the sessions, so that nobody uses the connections any more."""
        self._direct.detach()
        self._around.detach()
        for session in self._handshakes.values():
            session.detach()

    async def shut(self) -> None:
        """Close the connections, and the sessions that used them."""
        self.let_go()
        await self.close()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        """Connect, or take an idle connection, and tell the caller when it stands."""
        while True:
            connection = await self._connected(req, traces, timeout)
            protocol = connection.protocol
            if not isinstance(protocol, TimedProtocol) or not (protocol.used and protocol.holds_unread):
                break
            # What came while it was idle is no answer to the request that is about to be sent.
            connection.close()
        if isinstance(protocol, TimedProtocol):
            if isinstance(timeout, PoolTimeout):
                timeout.connected(protocol)
            protocol.asked()
        return connection

    async def _connected(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        """Connect when there is a descriptor for it."""
        key = req.connection_key
        while not self._conns.get(key) and self._open >= most_connections():
            if not await self._freed(timeout, LONGEST_WAIT):
                break
        while True:
            try:
                return await super().connect(req, traces, timeout)
            except OSError as error:
                if not is_lack(error) or not await self._freed(timeout, _LOOKS_AGAIN):
                    raise

    @property
    def _open(self) -> int:
        """How many connections there are, those that are being made and those that wait for a request among them."""
        return len(self._acquired) + sum(map(len, self._conns.values()))

    async def _freed(self, timeout: ClientTimeout, seconds: float) -> bool:
        """Whether a connection was let go of, so that there may be a descriptor for another."""
        if self._conns:
            for idle in list(self._conns.values()):
                for protocol, _ in idle:
                    protocol.close()
            self._conns.clear()
            # The loop closes them in its next step.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return True
        if not self._acquired:
            return False
        waits = timeout.waits if isinstance(timeout, PoolTimeout) else _unheard
        waits(True)
        try:
            return await self._room.wait(seconds)
        finally:
            waits(False)

    def _release_acquired(self, key: ConnectionKey, proto: ResponseHandler) -> None:
        super()._release_acquired(key, proto)
        if self._room.is_waited_for:
            # Behind the step in which the loop closes what is let go of.
            self._loop.call_soon(self._loop.call_soon, self._room.left)


def _unheard(begins: bool) -> None:
    """Whoever it is does not ask how long it waits."""


def _session(pool: Pool, *, trust_env: bool, responses: type[ClientResponse] = ClientResponse) -> ClientSession:
    """A session that keeps no cookies: those of one conversation must not reach another."""
    return ClientSession(
        connector=pool,
        connector_owner=False,
        cookie_jar=DummyCookieJar(),
        trust_env=trust_env,
        response_class=responses,
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
