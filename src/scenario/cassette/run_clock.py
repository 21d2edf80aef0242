"""The clock of a run whose calls are played: it goes by what the recording says, and nothing is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class RunClock:
    """Seconds since the run began.

    Args:
        real: a monotonic clock that goes on beside what is played, where a part of the run is live; None where all of
            it is played: then the time is the recording's alone, and the same in each run.
    """

    def __init__(self, real: Callable[[], float] | None = None) -> None:
        self._real = real
        self._began = 0.0 if real is None else real()
        self._skipped = 0.0
        self._limit: float | None = None
        self._out: Callable[[], None] | None = None

    def now(self) -> float:
        """Seconds since the run began."""
        return self._skipped if self._real is None else self._real() - self._began + self._skipped

    def limit(self, seconds: float | None, out_of_time: Callable[[], None]) -> None:
        """Call something when the clock passes so many seconds.

        Args:
            seconds: None for no limit.
            out_of_time: cancels what plays the run.
        """
        self._limit, self._out = seconds, out_of_time

    @property
    def is_limited(self) -> bool:
        """Whether a limit may pass."""
        return self._limit is not None

    async def reach(self, at: float) -> None:
        """Be at a time, unless it is later already; past the run's limit this never returns, and is cancelled."""
        now = self.now()
        until = at if self._limit is None else min(at, self._limit)
        if until > now:
            self._skipped += until - now
        if self._limit is not None and self._out is not None and self.now() >= self._limit:
            out, self._out = self._out, None
            out()
            await asyncio.get_running_loop().create_future()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await self.reach(self.now() + seconds)
