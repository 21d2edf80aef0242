"""The body of one response as it arrives: in pieces with their times, held to deadlines, in bounded memory.

It is read by who asks for piece after piece (`chunks`), or handed out in rounds (`receive`): then the reader's task
sleeps until the end. Either way a piece has the time at which it came in, and pieces that came in apart are told apart.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Final, NamedTuple, cast

import aiohttp

from scenario.config import Timeouts
from scenario.exchange import Chunk
from scenario.transport.broken_transfers import why_broken
from scenario.transport.content_coding import CodingError, Inflater, check_transfer, inflater_of
from scenario.transport.receiving import pulled
from scenario.transport.rounds import LONGEST_TURN, Rounds
from scenario.transport.small_pieces import small_pieces
from scenario.transport.timed_protocol import TimedProtocol
from scenario.transport.transport import Take, TransportError

# The most that waits for the next round.
_MUCH: Final = 64 * 1024


class Clock(NamedTuple):
    """When a call began, and until when its parts may take; in the loop's time."""

    began: float
    timeouts: Timeouts
    first_byte_at: float | None
    total_at: float | None


class ArrivingBody:
    """The body of one response.

    Args:
        content: what aiohttp has made of it.
        protocol: the connection, if it notes when this body's bytes come in.
        clock: the deadlines.
        connect: what errors tell of the connection; see `TransportError`.
        encoding: the Content-Encoding.
        transfer: the Transfer-Encoding.
        reused: whether the connection had carried a request before.
        rounds: the loop's.
    """

    # A thousand of these may be open at once; what the collector has to visit is kept small.
    __slots__ = (
        "_arrivals",
        "_clock",
        "_connect",
        "_content",
        "_context",
        "_encoding",
        "_expired",
        "_given",
        "_inflater",
        "_left",
        "_loop",
        "_news",
        "_protocol",
        "_quiet_at",
        "_raised",
        "_reused",
        "_rounds",
        "_spoilt",
        "_stopped",
        "_take",
        "_timer",
        "_transfer",
    )

    def __init__(
        self,
        content: aiohttp.StreamReader,
        protocol: TimedProtocol | None,
        *,
        clock: Clock,
        connect: float | None,
        encoding: str,
        transfer: str,
        reused: bool,
        rounds: Rounds,
    ) -> None:
        self._content = content
        self._protocol = protocol
        self._arrivals = None if protocol is None else protocol.arrivals
        self._clock = clock
        self._connect = connect
        self._encoding = encoding
        self._transfer = transfer
        self._reused = reused
        self._rounds = rounds
        self._loop = asyncio.get_running_loop()
        self._expired: TransportError | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._given = 0
        self._inflater: Inflater | None = None
        self._left: Iterator[Chunk] | None = None
        self._take: Take | None = None
        self._context: contextvars.Context | None = None
        self._news: asyncio.Future[None] | None = None
        self._quiet_at: float | None = None
        self._stopped = False
        self._spoilt: CodingError | None = None
        self._raised: BaseException | None = None
        self._watch()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The pieces, for who asks for each.

        Raises:
            TransportError: the transfer broke.
        """
        content = self._content
        if self._expired is not None:
            raise self._expired
        inflater = self._inflater = self._new_inflater()
        pieces: Iterable[Chunk] = ()
        try:
            while data := await content.readany():
                turn_ends = self._loop.time() + LONGEST_TURN
                pieces = small_pieces(self._timed(data), inflater)
                for piece in pieces:
                    yield piece
                    if self._loop.time() > turn_ends:
                        turn_ends = await self._next_turn()
            self._check_end()
        except (aiohttp.ClientError, OSError, TransportError, RuntimeError, CodingError) as error:
            # What came in together with the failure has not been handed out yet.
            content.set_exception(cast(Any, None))
            turn_ends = self._loop.time() + LONGEST_TURN
            with suppress(CodingError):
                for piece in chain(pieces, small_pieces(self._timed(content.read_nowait()), inflater)):
                    yield piece
                    # A few bytes may inflate to a thousand times as many, which no deadline waits for.
                    if isinstance(error, TransportError) and self._loop.time() > turn_ends:
                        break
            raise self._translated(error) from error
        finally:
            self.stop_watching()

    async def receive(self, take: Take) -> bool:
        """Hand the pieces to `take`; see `scenario.transport.receiving.received`."""
        protocol = self._protocol
        if protocol is None:
            return await pulled(self.chunks(), take)
        if self._expired is not None:
            raise self._expired
        self._inflater = self._new_inflater()
        self._take, self._context = take, contextvars.copy_context()
        protocol.hearer = self
        try:
            return await self._received(protocol)
        except asyncio.CancelledError:
            # What has come until now was heard.
            self._hand_out(self._loop.time() + LONGEST_TURN)
            raise
        finally:
            # Where the body has ended, the connection may carry another one by now.
            if protocol.hearer is self:
                protocol.hearer = None
            self._rounds.discard(self)
            self.stop_watching()
            self._take = self._context = self._left = self._raised = None

    async def _received(self, protocol: TimedProtocol) -> bool:
        content = self._content
        if content.total_bytes > self._given:
            self._rounds.add(self)
        while True:
            if not self._is_over(protocol):
                self._watch()
                self._news = self._loop.create_future()
                await self._news
            ended, failure = content.is_eof(), self._failure(protocol)
            turn_ends = self._loop.time() + LONGEST_TURN
            while self._hand_out(turn_ends):
                turn_ends = await self._next_turn()
            if self._raised is not None:
                raise self._raised
            if self._is_quiet():
                return True
            failure = self._spoilt or failure
            if failure is not None:
                raise self._translated(failure) from failure
            if ended:
                self._check_end()
                return False

    def _is_over(self, protocol: TimedProtocol) -> bool:
        content = self._content
        return content.is_eof() or content.exception() is not None or not protocol.connected

    def _failure(self, protocol: TimedProtocol) -> BaseException | None:
        """What has ended the transfer, which then is no hindrance to handing out what came in together with it."""
        content = self._content
        if (error := content.exception()) is not None:
            content.set_exception(cast(Any, None))
            return error
        is_cut = not content.is_eof() and not protocol.connected
        return RuntimeError("Connection closed.") if is_cut else None

    def _is_quiet(self) -> bool:
        """Whether the wait for more is over; said when all that has come was handed out."""
        quiet_at = self._quiet_at
        return self._stopped or (quiet_at is not None and self._loop.time() >= self._clock.began + quiet_at)

    def arrived(self) -> None:
        """Bytes have come in, or the connection's end."""
        protocol = self._protocol
        if protocol is None or self._is_over(protocol):
            self._wake()
        elif protocol.noted - self._given > _MUCH:
            self._rounds.hurry(self)
        else:
            self._rounds.add(self)

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def hand_out(self, until: float) -> bool:
        """Hand out in a round; see `scenario.transport.rounds.Hearer`."""
        context = self._context
        if context is None:
            return False
        # As the reader's task would see it.
        more = context.run(self._hand_out, until)
        if self._raised is not None or self._spoilt is not None or self._stopped:
            self._wake()
            return False
        quiet_at = self._quiet_at
        if quiet_at is not None and not more:
            due = self._clock.began + quiet_at
            if self._timer is None or self._timer.when() > due:
                self._arm(due)
        return more

    def _hand_out(self, until: float) -> bool:
        """Hand out what has come, until a time of the loop's; whether something is left."""
        take, content, now = self._take, self._content, self._loop.time
        if take is None or self._raised is not None or content.exception() is not None:
            return False
        try:
            while True:
                if self._left is None:
                    data = content.read_nowait()
                    if not data:
                        return False
                    self._left = iter(small_pieces(self._timed(data), self._inflater))
                for piece in self._left:
                    quiet_at = self._quiet_at
                    if quiet_at is not None and piece.at >= quiet_at:
                        self._stopped = True
                        return False
                    self._quiet_at = take(piece)
                    if now() > until:
                        return True
                self._left = None
        except CodingError as error:
            self._spoilt = error
        except BaseException as error:  # noqa: BLE001 - it is the reader's: its task raises it
            self._raised = error
        return False

    def _new_inflater(self) -> Inflater | None:
        try:
            check_transfer(self._transfer)
            return inflater_of(self._encoding)
        except CodingError as error:
            raise self._error(str(error), "coding") from error

    async def _next_turn(self) -> float:
        """Let others go on, and say until when the next turn lasts.

        What a fast server sends may take its reader long: neither other tasks nor this call's deadlines wait for that.
        """
        await asyncio.sleep(0)
        self._expired = self._expired or self._too_late()
        if self._expired is not None:
            raise self._expired
        return self._loop.time() + LONGEST_TURN

    def _too_late(self) -> TransportError | None:
        clock = self._clock
        if clock.total_at is None or self._loop.time() < clock.total_at:
            return None
        return self._error(f"not finished within {clock.timeouts.total:g} s", "total")

    def _check_end(self) -> None:
        """Refuse a body whose compression has not ended, or that another response came right behind.

        Either of two responses may be late for an earlier request.
        """
        try:
            if self._inflater is not None:
                self._inflater.end()
        except CodingError as error:
            raise self._translated(error) from error
        if self._reused and self._protocol is not None and self._protocol.followed is self._content:
            raise self._error("two responses came to one request: which of them answers it cannot be told", "doubled")

    def _translated(self, error: BaseException) -> TransportError:
        if isinstance(error, TransportError):
            return error
        return self._error(f"the transfer broke: {why_broken(error)}", "broken")

    def _error(self, message: str, kind: str) -> TransportError:
        return TransportError(message, kind=kind, at=self._loop.time() - self._clock.began, connect=self._connect)

    def _watch(self) -> None:
        """Arm the timer of the deadlines, unless it is armed, or the body is here already."""
        if self._timer is not None or self._content.is_eof():
            return
        clock = self._clock
        # No later than an idle deadline from now, before the first byte too: from that byte on silence counts, and what
        # arrives does not arm the timer.
        idle = clock.timeouts.idle
        due = earlier(self._due()[0], None if idle is None else self._loop.time() + idle)
        due = earlier(due, clock.total_at)
        due = earlier(due, None if self._quiet_at is None else clock.began + self._quiet_at)
        if due is not None:
            self._arm(due)

    def _arm(self, due: float) -> None:
        self.stop_watching()
        self._timer = self._loop.call_at(due, self._ring)

    def _due(self) -> tuple[float | None, float | None]:
        """When the next bytes are due, for all that has come until now, and the deadline's length."""
        timeouts = self._clock.timeouts
        if not self._given and not self._arrivals:
            return self._clock.first_byte_at, timeouts.first_byte
        idle = timeouts.idle
        if idle is None or self._protocol is None:
            return None, None
        return self._protocol.last_arrival + idle, idle

    def _ring(self) -> None:
        self._timer = None
        clock, now = self._clock, self._loop.time()
        due, seconds = self._due()
        if (error := self._too_late()) is not None:
            self._expire(error)
        elif self._content.is_eof():
            return  # nobody waits for more
        elif due is not None and now >= due:
            self._expire(self._error(f"nothing came for {seconds:g} s", "idle"))
        elif self._quiet_at is not None and now >= clock.began + self._quiet_at:
            self._wake()
        else:
            self._watch()

    def _expire(self, error: TransportError) -> None:
        self._expired = error
        self._content.set_exception(error)
        self._wake()

    def stop_watching(self) -> None:
        """Let the deadlines go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timed(self, data: bytes) -> list[Chunk]:
        """The bytes, cut where they arrived apart, each part with its time."""
        if not data:
            return []
        began, arrivals, start = self._clock.began, self._arrivals, self._given
        self._given = end = start + len(data)
        if not arrivals:
            return [Chunk(self._loop.time() - began, data)]
        if len(arrivals) == 1:
            return [Chunk(arrivals.popleft()[0] - began, data)]
        chunks: list[Chunk] = []
        position = start
        while arrivals and position < end:
            at, upto = arrivals.popleft()
            if not arrivals:
                upto = end
            if upto > position:
                chunks.append(Chunk(at - began, data[position - start : upto - start]))
                position = upto
        return chunks


def earlier(one: float | None, other: float | None) -> float | None:
    """The earlier of two times; None is never."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
