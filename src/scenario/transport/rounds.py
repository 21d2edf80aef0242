"""What has arrived for many readers, handed out in rounds: one for all of a loop, some hundredths of a second apart.

Waking a task for each piece costs more than reading the piece. So nobody is woken for one: it is stamped where it
arrives, and a round hands out what has come since the last, for as many readers as there are, in one step of the loop.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

# Seconds from the first piece that nobody has read to the round that hands it out.
ROUND_SECONDS: Final = 0.04
# Seconds for which pieces are handed out before others have their turn.
LONGEST_TURN: Final = 0.02


class Hearer(Protocol):
    """Somebody for whom pieces may wait."""

    def hand_out(self, until: float) -> bool:
        """Hand out what has come, until this time of the loop's at the latest.

        Returns:
            Whether something is left, for another turn.
        """
        ...


class Rounds:
    """The rounds of one loop. There are none while nothing waits.

    Args:
        loop: whose they are.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[Hearer, None] = {}
        self._next: asyncio.Handle | None = None
        self._hurried = False

    def add(self, hearer: Hearer) -> None:
        """Something has come for it, which the next round is early enough for."""
        self._waiting[hearer] = None
        if self._next is None:
            self._next = self._loop.call_later(ROUND_SECONDS, self._go)

    def hurry(self, hearer: Hearer) -> None:
        """So much has come for it that the next round begins as soon as others have had their turn."""
        self._waiting[hearer] = None
        self._hurry()

    def discard(self, hearer: Hearer) -> None:
        """It reads no more."""
        self._waiting.pop(hearer, None)

    def _hurry(self) -> None:
        if self._hurried:
            return
        if self._next is not None:
            self._next.cancel()
        self._hurried = True
        self._next = self._loop.call_soon(self._go)

    def _go(self) -> None:
        self._next, self._hurried = None, False
        waiting, self._waiting = self._waiting, {}
        ends = self._loop.time() + LONGEST_TURN
        left: dict[Hearer, None] = {}
        try:
            while waiting and self._loop.time() < ends:
                hearer = next(iter(waiting))
                del waiting[hearer]
                if hearer.hand_out(ends):
                    left[hearer] = None
        finally:
            # Who has had a turn comes after those who have not.
            self._waiting = {**waiting, **self._waiting, **left}
            if waiting or left:
                self._hurry()
            elif self._waiting and self._next is None:
                self._next = self._loop.call_later(ROUND_SECONDS, self._go)
