"""A call that is made, and recorded as it goes: every piece with its time, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, cast

from scenario.cassette.interaction import COMPLETE, LEFT, LIMIT, Answer, End, Interaction
from scenario.config import Timeouts
from scenario.errors import WireLimitError
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.receiving import received
from scenario.transport.transport import Response, Take, TransportError

# Times are kept to the microsecond, and told so to whoever reads the live call: the recording has the same ones.
_DIGITS: Final = 6


class RecordedCall:
    """The context of `Transport.open` and, once entered, the response.

    Args:
        opened: the call itself.
        request: what it sends.
        keep: is handed the record when the call is over.

    Attributes:
        over_at: seconds from the call's beginning to its end, once it is over.
    """

    def __init__(
        self,
        opened: AbstractAsyncContextManager[Response],
        request: HttpRequest,
        *,
        timeouts: Timeouts,
        participant: str,
        keep: Callable[[Interaction], None],
    ) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.connect: float | None = None
        self.opened = 0.0
        self.waited = 0.0
        self.over_at: float | None = None
        self._opened = opened
        self._request = request
        self._timeouts = timeouts
        self._participant = participant
        self._keep = keep
        self._now = asyncio.get_running_loop().time
        self._since = self._now()
        self._response: Response | None = None
        self._chunks: list[Chunk] = []
        self._end: End | None = None
        self._left_by_reader = False

    async def __aenter__(self) -> Response:
        try:
            response = self._response = await self._opened.__aenter__()
        except BaseException as error:
            self._ended(error)
            self._write()
            raise
        self.status, self.headers = response.status, response.headers
        self.connect = None if response.connect is None else round(response.connect, _DIGITS)
        self.opened = round(response.opened, _DIGITS)
        self.waited = getattr(response, "waited", 0.0)
        return cast(Response, self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._opened.__aexit__(kind, error, traceback)
        finally:
            if self._end is None:
                self._end = End(how=LEFT, at=self._at())
            self._write()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the connection tells of itself."""
        return tuple(getattr(self._response, "notes", ()))

    async def receive(self, take: Take) -> bool:
        """Hand the pieces to `take`; see `scenario.transport.receiving.received`."""

        def hear(chunk: Chunk) -> float | None:
            kept = self._heard(chunk)
            try:
                return take(kept)
            except BaseException:
                self._left_by_reader = True
                raise

        assert self._response is not None  # noqa: S101 - it is entered
        try:
            left = await received(self._response, hear)
        except BaseException as error:
            self._ended(error)
            raise
        self._end = End(how=LEFT if left else COMPLETE, at=self._at())
        return left

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The body's pieces as they arrive, each with its time."""
        assert self._response is not None  # noqa: S101 - it is entered
        try:
            async for chunk in self._response.chunks():
                yield self._heard(chunk)
        except BaseException as error:
            self._ended(error)
            raise
        self._end = End(at=self._at())

    def _heard(self, chunk: Chunk) -> Chunk:
        kept = Chunk(round(chunk.at, _DIGITS), chunk.data)
        self._chunks.append(kept)
        return kept

    def _at(self) -> float:
        last = self._chunks[-1].at if self._chunks else 0.0
        return max(last, round(self._now() - self._since - self.waited, _DIGITS))

    def _ended(self, error: BaseException) -> None:
        """What ended it: the wire, a limit, or its reader, who may have raised."""
        match error:
            case TransportError():
                if error.connect is not None:
                    error.connect = round(error.connect, _DIGITS)
                self.connect = error.connect if self.connect is None else self.connect
                self._end = End(how=error.kind, at=self._at(), message=str(error), connect=self.connect)
            case WireLimitError() if not self._left_by_reader:
                self._end = End(how=LIMIT, at=self._at(), message=str(error), limit=error.limit, maximum=error.maximum)
            case _:
                self._end = End(how=LEFT, at=self._at())

    def _write(self) -> None:
        end = self._end
        assert end is not None  # noqa: S101 - it is over
        self.over_at = end.at
        answer = None
        if self._response is not None:
            answer = Answer(
                status=self.status,
                headers=dict(self.headers),
                connect=self.connect,
                opened=self.opened,
                waited=round(self.waited, _DIGITS),
            )
        if notes := self.notes:
            end = End(
                how=end.how, at=end.at, message=end.message, connect=end.connect, limit=end.limit,
                maximum=end.maximum, notes=notes,
            )  # fmt: skip
        self._keep(
            Interaction(
                participant=self._participant,
                request=self._request,
                timeouts=self._timeouts,
                answer=answer,
                chunks=tuple(self._chunks),
                end=end,
            )
        )
