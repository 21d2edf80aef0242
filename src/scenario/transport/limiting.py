"""How many requests may be under way to one server at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.transport import Response, Transport

DEFAULT_LIMIT: Final = 32


class RequestLimits:
    """The places at each server, by event loop: a loop's waiters are its own.

    Args:
        at_once: how many requests to one scheme, host and port may be under way in one loop.
    """

    def __init__(self, at_once: int = DEFAULT_LIMIT) -> None:
        self._at_once = at_once
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()

    def of(self, url: str) -> asyncio.Semaphore:
        """The places at the server of that URL, in the loop that runs."""
        address = urlsplit(url)
        places = self._places.setdefault(asyncio.get_running_loop(), {})
        return places.setdefault(f"{address.scheme}://{address.netloc}", asyncio.Semaphore(self._at_once))


class LimitedTransport:
    """Waits for a place at the server before it sends; the place is held until the response is let go of.

    Args:
        inner: what sends.
        limits: shared by all that talk to the same servers.
    """

    def __init__(self, inner: Transport, limits: RequestLimits) -> None:
        self._inner = inner
        self._limits = limits

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send `request` when there is a place; see `Transport.open`."""
        async with self._limits.of(request.url), self._inner.open(request, timeouts=timeouts) as response:
            yield response
