"""Where runs wait to begin: thousands that are started at once begin a few at a time.

A loop calls in one round all that is ready, and nothing else until that is done. The line hangs on its loop, so that no
module holds it, and it is gone with the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from scenario.foreign import in_thread

_ATTRIBUTE: Final = "_scenario_start_line"
# So many begin at once; a start takes about a millisecond.
_AT_ONCE: Final = 4
# Of the loop's time, what starts leave to the others for each second that they take: the answers to those that have
# begun come as quickly, and take about as long.
_LEFT_TO_OTHERS: Final = 2.0
_LONGEST_PAUSE: Final = 0.05
# While so few runs are under way, nothing is left to others: what comes back for them is soon done with.
_FEW: Final = 64
# Of what was loaded, so much is remembered: a process may meet any number of addresses.
_MOST_REMEMBERED: Final = 1024


class StartLine:
    """The line of one loop; made on it.

    Attributes:
        under_way: how many runs have begun and not ended.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.under_way = 0
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._begun = 0
        self._moves = False
        self._since = 0.0
        self._loaded: set[Hashable] = set()
        self._loading = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until it is this run's turn: at once while few begin, else in the order of coming."""
        if not self._moves:
            self._moves = True
            self._begun = 0
            self._since = self._loop.time()
            self._loop.call_soon(self._begun_all)
        if self._begun < _AT_ONCE and not self._waiting:
            self._begun += 1
            return
        place: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(place)
        await place

    def _begun_all(self) -> None:
        """Those whose turn it was have begun, and wait for something now."""
        if self.under_way <= _FEW:
            self._loop.call_soon(self._next)
            return
        taken = self._loop.time() - self._since
        self._loop.call_later(min(_LEFT_TO_OTHERS * taken, _LONGEST_PAUSE), self._next)

    def _next(self) -> None:
        self._begun = 0
        self._loop.call_soon(self._begin)
        while self._waiting and self._begun < _AT_ONCE:
            place = self._waiting.popleft()
            if not place.done():  # who was cancelled meanwhile takes nobody's place
                place.set_result(None)
                self._begun += 1
        self._moves = bool(self._begun)
        if self._moves:
            self._loop.call_soon(self._begun_all)

    def _begin(self) -> None:
        self._since = self._loop.time()

    async def loaded(self, loads: Mapping[Hashable, Callable[[], object]]) -> None:
        """Load what was not loaded yet, in another thread: imports would hold the loop. Many wait for one of them.

        Args:
            loads: functions that import modules, by what tells whether that was done.
        """
        if loads.keys() <= self._loaded:
            return
        async with self._loading:
            left = {key: load for key, load in loads.items() if key not in self._loaded}
            if left:
                await in_thread(_load, list(left.values()))
                if len(self._loaded) >= _MOST_REMEMBERED:
                    self._loaded.clear()
                self._loaded |= left.keys()


def _load(loads: list[Callable[[], object]]) -> None:
    for load in loads:
        # The call that needs it meets the same error again, and says whose fault it is.
        with contextlib.suppress(Exception):
            load()


def start_line() -> StartLine:
    """The line of the running loop."""
    loop: Any = asyncio.get_running_loop()
    line: StartLine | None = getattr(loop, _ATTRIBUTE, None)
    if line is None:
        line = StartLine(loop)
        setattr(loop, _ATTRIBUTE, line)
    return line
