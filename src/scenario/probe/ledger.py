"""A transport that counts: no more requests than allowed, and a list of those that were sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.redaction import redacted_url
from scenario.transport.transport import Response, Transport, TransportError


class Sent(msgspec.Struct, kw_only=True):
    """A request that was sent.

    Attributes:
        url: without its secrets.
        status: what came back; None where nothing did.
        error: what broke before there was a status.
    """

    method: str
    url: str
    status: int | None = None
    error: str = ""


class Ledger:
    """Counts what goes through it.

    Args:
        transport: how requests travel.
        limit: how many there may be.
        on_sent: is told of each, when its status is known.

    Attributes:
        sent: the requests, in order.
    """

    def __init__(self, transport: Transport, *, limit: int, on_sent: Callable[[Sent], None] | None = None) -> None:
        self.sent: list[Sent] = []
        self._transport = transport
        self._limit = limit
        self._on_sent = on_sent

    @property
    def left(self) -> int:
        """How many more there may be."""
        return self._limit - len(self.sent)

    def over(self, transport: Transport) -> Ledger:
        """Another way for requests to travel; they are counted together."""
        other = Ledger(transport, limit=self._limit, on_sent=self._on_sent)
        other.sent = self.sent
        return other

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send a request, unless there were enough."""
        if self.left <= 0:
            raise TransportError(f"{self._limit} requests were sent, and no more are", kind="budget")
        sent = Sent(method=request.method, url=redacted_url(request.url))
        self.sent.append(sent)
        try:
            async with self._transport.open(request, timeouts=timeouts) as response:
                sent.status = response.status
                self._tell(sent)
                yield response
        except TransportError as error:
            if sent.status is None:
                sent.error = str(error)
                self._tell(sent)
            raise

    def _tell(self, sent: Sent) -> None:
        if self._on_sent is not None:
            self._on_sent(sent)
