"""Trying again: a transport for requests whose whole answer is wanted, and that may be sent twice."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.receiving import received
from scenario.transport.transport import Response, Transport, TransportError

# Between our hurry and the server's: request timeout, too many requests, and whatever a server is to blame for, except
# what another try cannot change (not implemented, HTTP version).
_TRANSIENT: Final = frozenset({408, 429, *range(500, 600)} - {501, 505})
# A deadline that has passed would only pass again.
_TRANSIENT_KINDS: Final = frozenset({"connect", "broken"})


class WholeResponse:
    """A response whose body has been read."""

    def __init__(self, response: Response, body: Sequence[Chunk]) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.connect = response.connect
        self.opened = response.opened
        self._body = body

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(chunk.data for chunk in self._body)

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The body's pieces."""
        for chunk in self._body:
            yield chunk


class RetryingTransport:
    """Sends a request again when the network or the server failed in a way that may pass.

    It reads the whole body before it hands a response over, so that a body that breaks is tried again too. The last
    attempt's response or error is handed over as it is.

    Args:
        inner: what sends.
        attempts: how often at the most.
        first_wait: seconds before the second attempt; doubled for each further one, and spread by half.
        longest_wait: seconds that a server may ask to wait in `Retry-After`; where it asks for more, we do not wait.
        max_bytes: how much of a body is kept.
        is_final: whether an answer of a status that may pass will not, by its status and body.
        sleep: waits so many seconds.
        jitter: a number from 0 to 1.
        now: the wall clock in seconds since the epoch, for a `Retry-After` that is a date.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        attempts: int = 3,
        first_wait: float = 0.5,
        longest_wait: float = 60.0,
        max_bytes: int = 64 * 1024 * 1024,
        is_final: Callable[[int, bytes], bool] = lambda _status, _body: False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._inner = inner
        self._attempts = attempts
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._max_bytes = max_bytes
        self._is_final = is_final
        self._sleep = sleep
        self._jitter = jitter
        self._now = now

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send `request`, again where that may help; see `Transport.open`."""
        yield await self._answer(request, timeouts)

    async def _answer(self, request: HttpRequest, timeouts: Timeouts) -> WholeResponse:
        for attempt in range(1, self._attempts):
            wait = self._first_wait * 2 ** (attempt - 1) * (0.75 + self._jitter() / 2)
            try:
                response = await self._once(request, timeouts)
            except TransportError as error:
                if error.kind not in _TRANSIENT_KINDS:
                    raise
            else:
                if response.status not in _TRANSIENT or self._is_final(response.status, response.body):
                    return response
                asked = retry_after(response.headers, now=self._now())
                if asked is not None and asked > self._longest_wait:
                    return response
                wait = wait if asked is None else asked
            await self._sleep(wait)
        return await self._once(request, timeouts)

    async def _once(self, request: HttpRequest, timeouts: Timeouts) -> WholeResponse:
        async with self._inner.open(request, timeouts=timeouts) as response:
            body: list[Chunk] = []
            size = 0

            def take(chunk: Chunk) -> None:
                nonlocal size
                size += len(chunk.data)
                if size > self._max_bytes:
                    raise TransportError(
                        f"the body is longer than {self._max_bytes} bytes", kind="protocol", at=chunk.at
                    )
                body.append(chunk)

            await received(response, take)
            return WholeResponse(response, body)


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """The seconds that a server asks to wait: a number or a date (RFC 9110, 10.2.3); None where it does not."""
    # LiteLLM hands its upstream's header on under a name of its own.
    text = (headers.get("retry-after") or headers.get("llm_provider-retry-after") or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if not math.isnan(seconds) else None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
