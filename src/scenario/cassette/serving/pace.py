"""When the parts of a recorded call are due."""

from __future__ import annotations

import asyncio


class Pace:
    """The time since a request came.

    Args:
        factor: how many times as fast as it was recorded; None for at once.
    """

    def __init__(self, factor: float | None) -> None:
        self._factor = factor
        self._now = asyncio.get_running_loop().time
        self._began = self._now()

    async def reach(self, at: float) -> None:
        """Wait until so many seconds of the recording have passed."""
        seconds = 0.0 if self._factor is None else self._began + at / self._factor - self._now()
        await asyncio.sleep(max(seconds, 0.0))
