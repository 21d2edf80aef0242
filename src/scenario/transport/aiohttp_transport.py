"""The transport over aiohttp: deadlines that can be told apart, times taken at the socket, bounded memory.

Deadlines. `connect` runs until the connection stands; `first_byte` from there to the first byte of the response's body;
`idle` from one piece of the body to the next; `total` over everything. Before the headers, one `asyncio.timeout` is
moved from phase to phase. For the body see `scenario.transport.arriving_body`.

Memory. What has arrived and was not read is bounded by aiohttp, which stops reading from the socket at a few hundred
KiB; it is decompressed in small pieces. A response's headers are bounded in size and number. How much of a body is kept
is the reader's to decide: who stops reading lets go of the connection.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp import ClientResponse
from yarl import URL

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.late_pattern import late_pattern
from scenario.transport.arriving_body import ArrivingBody, Clock, earlier
from scenario.transport.broken_transfers import why_broken
from scenario.transport.connect_errors import why_not_connected
from scenario.transport.cookies import with_cookies
from scenario.transport.pool import PoolTimeout, pool_of
from scenario.transport.redirects import MAX_REDIRECTS, Redirects, redirected
from scenario.transport.timed_protocol import TimedProtocol
from scenario.transport.transport import Response, Take, TransportError

_PRINTABLE: Final = late_pattern(r"[!-~]+")
# Seconds in which a close that was sent before a request came shows itself: longer than a packet takes there and back.
_CLOSE_ON_ITS_WAY: Final = 0.5
# Above this, aiohttp warns about bytes that are sent in one piece.
_LARGE_BODY: Final = 1024 * 1024


class AiohttpTransport:
    """Sends requests over the running loop's shared connections. It needs no closing.

    Args:
        tls: the certificates that are trusted and shown; None for the usual ones.
        cookies: where cookies are kept, and what is sent of them; None drops them.
        redirects: where redirects may lead; see `scenario.transport.redirects`.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        cookies: aiohttp.CookieJar | None = None,
        redirects: Redirects = "same-host",
    ) -> None:
        self._tls = tls
        self._cookies = cookies
        self._redirects = redirects

    def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AbstractAsyncContextManager[Response]:
        """Send `request`; see `scenario.transport.transport.Transport`."""
        return _Call(request, timeouts, self._tls, self._cookies, self._redirects)


class _Call:
    """One call: the context of `open` and, once entered, the response.

    For which redirects are followed see `scenario.transport.redirects`.
    """

    # A thousand of these may be open at once; what the collector has to visit is kept small.
    __slots__ = (
        "_began",
        "_body",
        "_connected_at",
        "_cookies",
        "_first_byte_at",
        "_looks",
        "_loop",
        "_protocol",
        "_redirects",
        "_request",
        "_response",
        "_reused",
        "_scope",
        "_stayed_open",
        "_timeouts",
        "_tls",
        "_total_at",
        "_waits_since",
        "connect",
        "headers",
        "opened",
        "status",
        "waited",
    )

    def __init__(
        self,
        request: HttpRequest,
        timeouts: Timeouts,
        tls: ssl.SSLContext | None,
        cookies: aiohttp.CookieJar | None,
        redirects: Redirects,
    ) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.connect: float | None = None
        self.opened = 0.0
        self.waited = 0.0
        self._waits_since = 0.0
        self._request = request
        self._timeouts = timeouts
        self._tls = tls
        self._cookies = cookies
        self._redirects = redirects
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._total_at = None if timeouts.total is None else self._began + timeouts.total
        self._first_byte_at: float | None = None
        self._scope: asyncio.Timeout | None = None
        self._response: ClientResponse | None = None
        self._protocol: TimedProtocol | None = None
        self._reused = False
        self._looks: asyncio.TimerHandle | None = None
        self._stayed_open = False
        self._connected_at = 0.0
        self._body: ArrivingBody | None = None

    async def __aenter__(self) -> Response:
        request = self._request
        try:
            async with asyncio.timeout_at(self._until(self._timeouts.connect)) as self._scope:
                for _ in range(MAX_REDIRECTS + 1):
                    await self._sent(request)
                    following = redirected(request, self.status, self.headers, self._redirects)
                    if following is None:
                        break
                    self._let_go()
                    request = following
                else:
                    raise self._error(f"more than {MAX_REDIRECTS} redirects in a row", "redirects")
        except TimeoutError as error:
            self._let_go()
            raise self._late() from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._let_go()
            raise self._translated(error) from error
        except BaseException:
            self._let_go()
            raise
        self._scope = None
        self._stop_looking()
        self._body = await self._arriving()
        return cast(Response, self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._let_go()

    def chunks(self) -> AsyncIterator[Chunk]:
        """The body's pieces as they arrive, each with its time."""
        return self._entered().chunks()

    async def receive(self, take: Take) -> bool:
        """Hand the body's pieces to `take`; see `scenario.transport.receiving.received`."""
        return await self._entered().receive(take)

    def _entered(self) -> ArrivingBody:
        body = self._body
        assert body is not None, "the context was not entered, or was left"  # noqa: S101 - a programming error
        return body

    async def _arriving(self) -> ArrivingBody:
        response, protocol = self._response, self._protocol
        assert response is not None  # noqa: S101 - its headers have been read
        is_timed = protocol is not None and protocol.body is response.content
        return ArrivingBody(
            response.content,
            protocol if is_timed else None,
            clock=Clock(self._began, self._timeouts, self._first_byte_at, self._total_at),
            connect=self.connect,
            encoding=self.headers.get("content-encoding", ""),
            transfer=self.headers.get("transfer-encoding", ""),
            reused=self._reused,
            rounds=(await pool_of(self._loop)).rounds,
        )

    async def _sent(self, request: HttpRequest) -> None:
        """Send one request, again where the server has closed an idle connection that it was put on.

        Not a byte had come on it then, and the close was on its way already, so the request met it and was not taken
        up. A close that comes later, or on a new connection, is a failure of the server: it may have begun the work.
        """
        while True:
            try:
                return await self._send(request)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not self._met_a_close():
                    raise
                self._let_go()

    def _met_a_close(self) -> bool:
        protocol, since = self._protocol, self._connected_at
        if not self._reused or protocol is None or protocol.last_arrival != since:
            return False
        if self._loop.time() - since < _CLOSE_ON_ITS_WAY:
            return True
        # This loop may have been busy, and have seen it late: then it matters that the request was refused.
        return protocol.was_refused and not self._stayed_open

    def _look_for_a_close(self) -> None:
        """The time for a close on its way is over: does the connection stand, at the loop's first look since then?"""
        protocol = self._protocol
        self._stayed_open = protocol is not None and protocol.is_open and not protocol.holds_unread

    async def _send(self, request: HttpRequest) -> None:
        """Send one request and read the response's headers."""
        pool = await pool_of(self._loop)
        session = pool.session_for(urlsplit(request.url).hostname)
        body = request.body
        response = self._response = await session.request(
            request.method,
            # As it was given: a client that quotes anew changes what a server that compares texts sees.
            URL(request.url, encoded=_PRINTABLE.fullmatch(request.url) is not None),
            headers=request.headers if self._cookies is None else with_cookies(request, self._cookies),
            data=(io.BytesIO(body) if len(body) > _LARGE_BODY else body) if body else None,
            allow_redirects=False,
            timeout=PoolTimeout(connected=self._connected, waits=self._waits),
            ssl=True if self._tls is None else self._tls,
        )
        if self._cookies is not None:
            self._cookies.update_cookies(response.cookies, response.url)
        self.status = response.status
        self.headers = _lower(response)
        protocol = self._protocol
        if protocol is not None and protocol.body is response.content:
            self.opened = protocol.head_arrival - self._began
        else:
            self.opened = self._loop.time() - self._began

    def _connected(self, protocol: TimedProtocol) -> None:
        now = self._loop.time()
        self._reused = protocol.used
        if protocol.used:
            self._looks = self._loop.call_at(now + _CLOSE_ON_ITS_WAY, self._look_for_a_close)
        self.connect = 0.0 if protocol.used else now - self._began
        self._protocol = protocol
        protocol.last_arrival = self._connected_at = now
        if self._first_byte_at is None and self._timeouts.first_byte is not None:
            self._first_byte_at = now + self._timeouts.first_byte
        if self._scope is not None:
            self._scope.reschedule(earlier(self._first_byte_at, self._total_at))

    def _waits(self, begins: bool) -> None:
        """A descriptor of this machine's has to be waited for, or was: that is no time of the call's."""
        now = self._loop.time()
        if begins:
            self._waits_since, due = now, None
        else:
            waited = now - self._waits_since
            self.waited += waited
            self._began += waited
            if self._total_at is not None:
                self._total_at += waited
            if self._first_byte_at is not None:
                # It is connected to where a redirect has led.
                self._first_byte_at += waited
            due = self._until(self._timeouts.connect) if self.connect is None else self._first_byte_at
            due = earlier(due, self._total_at)
        if self._scope is not None:
            self._scope.reschedule(due)

    def _until(self, seconds: float | None) -> float | None:
        return earlier(None if seconds is None else self._began + seconds, self._total_at)

    def _late(self) -> TransportError:
        total = self._total_at
        if total is not None and self._loop.time() >= total:
            return self._error(f"no response within {self._timeouts.total:g} s", "total")
        if self.connect is None:
            return self._error(f"no connection within {self._timeouts.connect:g} s", "connect")
        return self._error(f"no response headers within {self._timeouts.first_byte:g} s", "first_byte")

    def _translated(self, error: Exception) -> TransportError:
        """What aiohttp and the system call it, in the seam's words."""
        if isinstance(error, TransportError):
            return error
        if self.connect is None:
            return self._error(f"no connection: {why_not_connected(error)}", "connect")
        if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | OSError):
            return self._error("the connection was closed before a response came", "broken")
        return self._error(f"what came is no HTTP response: {why_broken(error)}", "protocol")

    def _error(self, message: str, kind: str) -> TransportError:
        return TransportError(
            message, kind=kind, at=self._loop.time() - self._began, connect=self.connect, waited=self.waited
        )

    def _stop_looking(self) -> None:
        if self._looks is not None:
            self._looks.cancel()
        self._looks, self._stayed_open = None, False

    def _let_go(self) -> None:
        """Give the connection back if its response has been read to the end, else close it; at once, either way."""
        body, self._body = self._body, None
        if body is not None:
            body.stop_watching()
        self._protocol = None
        self._stop_looking()
        response, self._response = self._response, None
        if response is not None:
            response.close()


def _lower(response: ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
