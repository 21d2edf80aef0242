"""A transport that needs no network: it answers by a script. Shorter than the interface that it fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.transport import Response, TransportError


class ScriptedResponse:
    """A response as a test writes it.

    Args:
        body: its pieces; a `TransportError` among them breaks the transfer there.
        status: its HTTP status.
        headers: names in lower case.
        seconds: from one piece to the next, in the times that are told; nothing is waited for.
    """

    def __init__(
        self,
        body: bytes | Iterable[bytes | TransportError] = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.status = status
        self.headers: Mapping[str, str] = dict(headers or {})
        self.connect: float | None = 0.0
        self.opened: float = 0.0
        self._body = [body] if isinstance(body, bytes) else list(body)
        self._seconds = seconds

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The pieces of the script."""
        for number, piece in enumerate(self._body, start=1):
            if isinstance(piece, TransportError):
                raise piece
            yield Chunk(number * self._seconds, piece)


class ScriptedTransport:
    """Answers requests one after the other; an error in the script is raised in the place of a response.

    Attributes:
        requests: what was sent, in order.

    Example:
        transport = ScriptedTransport([ScriptedResponse(status=503), ScriptedResponse(b"{}")])
    """

    def __init__(self, script: Sequence[ScriptedResponse | TransportError]) -> None:
        self.requests: list[HttpRequest] = []
        self._script = list(script)

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """The next response of the script."""
        del timeouts
        self.requests.append(request)
        following = self._script.pop(0)
        if isinstance(following, TransportError):
            raise following
        yield following
