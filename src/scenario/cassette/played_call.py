"""A call that is played from its recording: the same pieces at the same times, to the same end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Final, cast

from scenario.cassette.interaction import COMPLETE, LEFT, LIMIT, Interaction
from scenario.cassette.run_clock import RunClock
from scenario.config import Timeouts
from scenario.errors import CassetteError, WireLimitError
from scenario.exchange import Chunk
from scenario.transport.transport import Response, Take, TransportError

_DEADLINES: Final = frozenset({"first_byte", "idle", "total"})
# So many pieces are handed out before others have their turn.
_AT_A_STRETCH: Final = 1000


class PlayedCall:
    """The context of `Transport.open` and, once entered, the response.

    Deadlines hold as they would have: one that is shorter than it was when this was recorded ends the call where it
    would have ended it. What the recording does not say, because its own deadline or its reader ended it, is an error.

    Args:
        interaction: the recording.
        timeouts: the deadlines now.
        clock: the run's.
        factor: how many times as fast it plays; None for at once.
        where: the recording, in errors.

    Attributes:
        over_at: seconds from the call's beginning to its end, once it is over.
    """

    def __init__(
        self, interaction: Interaction, *, timeouts: Timeouts, clock: RunClock, factor: float | None, where: str
    ) -> None:
        self._recorded = interaction
        self._timeouts = timeouts
        self._clock = clock
        self._factor = factor
        self._where = where
        self._began = clock.now()
        self._played_to = 0.0
        answer = interaction.answer
        self.status = 0 if answer is None else answer.status
        self.headers: Mapping[str, str] = {} if answer is None else answer.headers
        self.connect = interaction.end.connect if answer is None else answer.connect
        self.opened = 0.0 if answer is None else answer.opened
        self.waited = 0.0 if answer is None else answer.waited
        self.notes = interaction.end.notes
        self.over_at: float | None = None

    async def __aenter__(self) -> Response:
        late = self._late_before_body()
        if late is not None:
            await self._reach(late.at)
            raise late
        if self._recorded.answer is None:
            await self._fail()
        await self._reach(self.opened)
        return cast(Response, self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.over_at is None:
            # Its reader has let go, as it may have when this was recorded.
            end = self._recorded.end
            self.over_at = end.at if end.how == LEFT and self._played_to <= end.at else self._played_to

    async def receive(self, take: Take) -> bool:
        """Hand the pieces to `take`; see `scenario.transport.receiving.received`."""
        late, until = self._late_in_body(), None
        for number, chunk in enumerate(self._recorded.chunks, start=1):
            if until is not None and chunk.at >= until and (late is None or until <= late.at):
                return await self._left_at(until)
            if late is not None and chunk.at > late.at:
                break
            if self._factor is not None or self._clock.is_limited:
                await self._reach(chunk.at)
            self._played_to = chunk.at
            until = take(chunk)
            if number % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        return await self._ended(late, until)

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The body's pieces, each with its time."""
        late = self._late_in_body()
        for chunk in self._recorded.chunks:
            if late is not None and chunk.at > late.at:
                break
            await self._reach(chunk.at)
            self._played_to = chunk.at
            yield chunk
        await self._ended(late, None)

    async def _ended(self, late: TransportError | None, until: float | None) -> bool:
        """How it ends behind its last piece: what comes first, the end of the wait for more, a deadline, or its own."""
        end = self._recorded.end
        ends_at = end.at if late is None else late.at
        if until is not None and until <= ends_at:
            return await self._left_at(until)
        if late is not None:
            await self._reach(late.at)
            self.over_at = late.at
            raise late
        await self._reach(end.at)
        if end.how == COMPLETE:
            self.over_at = end.at
            return False
        if end.how == LEFT:
            raise CassetteError(
                f"{self._where} stops {end.at:g} s after the call began, where its reader let go of it, and this one "
                "wants more (a limit, a deadline or the end that it knows is another one). Record it anew: "
                "--cassette-mode record."
            )
        await self._fail()
        return False

    async def _left_at(self, until: float) -> bool:
        """The wait for more is over."""
        end = self._recorded.end
        self.over_at = end.at if end.how == LEFT else until
        await self._reach(self.over_at)
        return True

    async def _fail(self) -> None:
        """Raise what ended it when it was recorded."""
        end = self._recorded.end
        if end.how in _DEADLINES and self._is_longer(end.how):
            raise CassetteError(
                f"{self._where} ends at its {end.how} deadline of {getattr(self._recorded.timeouts, end.how):g} s, and "
                "this call may take longer: what came then is not recorded. Record it anew: --cassette-mode record."
            )
        await self._reach(end.at)
        self.over_at = end.at
        if end.how == LIMIT:
            raise WireLimitError(end.message, limit=end.limit, maximum=end.maximum)
        if end.how in (LEFT, COMPLETE):
            raise CassetteError(
                f"{self._where} was given up before a response came. Record it anew: --cassette-mode record."
            )
        raise TransportError(end.message, kind=end.how, at=end.at, connect=end.connect)

    async def _reach(self, at: float) -> None:
        if self._factor is not None and at > self._played_to:
            await asyncio.sleep((at - self._played_to) / self._factor)
        await self._clock.reach(self._began + at)

    # --- deadlines ---

    def _is_longer(self, name: str) -> bool:
        now, then = getattr(self._timeouts, name), getattr(self._recorded.timeouts, name)
        return then is not None and (now is None or now > then)

    def _shorter(self, name: str) -> float | None:
        """A deadline that is shorter than it was; None where it is as long."""
        now, then = getattr(self._timeouts, name), getattr(self._recorded.timeouts, name)
        return now if now is not None and (then is None or now < then) else None

    def _late_before_body(self) -> TransportError | None:
        """The deadline that would have passed before the headers came."""
        opened = self._recorded.end.at if self._recorded.answer is None else self.opened
        connect = self.connect
        connected = opened if connect is None else connect
        if (seconds := self._shorter("connect")) is not None and connected > seconds:
            return self._error(f"no connection within {seconds:g} s", "connect", seconds)
        if (seconds := self._shorter("total")) is not None and opened > seconds:
            return self._error(f"no response within {seconds:g} s", "total", seconds)
        if (seconds := self._shorter("first_byte")) is not None and opened > (connect or 0.0) + seconds:
            return self._error(f"no response headers within {seconds:g} s", "first_byte", (connect or 0.0) + seconds)
        return None

    def _late_in_body(self) -> TransportError | None:
        """The deadline that would have passed first while the body came."""
        total, idle, first = self._shorter("total"), self._shorter("idle"), self._shorter("first_byte")
        if total is None and idle is None and first is None:
            return None
        due: list[TransportError] = []
        if total is not None and self._recorded.end.at > total:
            due.append(self._error(f"not finished within {total:g} s", "total", total))
        times = [chunk.at for chunk in self._recorded.chunks]
        begin = (self.connect or 0.0) + first if first is not None else None
        if begin is not None and (times[0] if times else self._recorded.end.at) > begin:
            due.append(self._error(f"nothing came for {first:g} s", "first_byte", begin))
        if idle is not None:
            following = [*times[1:], self._recorded.end.at]
            gaps = ((at, later) for at, later in zip(times, following, strict=True) if later - at > idle)
            due += [self._error(f"nothing came for {idle:g} s", "idle", at + idle) for at, _ in list(gaps)[:1]]
        return min(due, key=lambda error: error.at, default=None)

    def _error(self, message: str, kind: str, at: float) -> TransportError:
        return TransportError(message, kind=kind, at=at, connect=self.connect)
