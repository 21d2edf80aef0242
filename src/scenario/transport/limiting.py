"""How many requests may be under way to one server at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.transport import Response, Transport

DEFAULT_LIMIT: Final = 32

_ATTRIBUTE: Final = "_scenario_request_places"


class LimitedTransport:
    """Waits for a place at the server before it sends; the place is held until the response is let go of.

    The places of a scheme, host and port hang on the event loop, so that everything that talks to one server shares
    them and no module holds them. The first who comes says how many there are.

    Args:
        inner: what sends.
        at_once: how many requests to one server may be under way.
    """

    def __init__(self, inner: Transport, *, at_once: int = DEFAULT_LIMIT) -> None:
        self._inner = inner
        self._at_once = at_once

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send `request` when there is a place; see `Transport.open`."""
        async with self._places(request.url), self._inner.open(request, timeouts=timeouts) as response:
            yield response

    def _places(self, url: str) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        places: dict[str, asyncio.Semaphore] | None = getattr(loop, _ATTRIBUTE, None)
        if places is None:
            places = {}
            setattr(loop, _ATTRIBUTE, places)
        address = urlsplit(url)
        return places.setdefault(f"{address.scheme}://{address.netloc}", asyncio.Semaphore(self._at_once))
