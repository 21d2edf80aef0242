"""One after the other: who has a server of this process to themselves, across threads and event loops.

What is computed beside something else, in one batch, comes out differently in its last digits. Therefore a judge that
scores has the server to itself for as long as it builds on what it has read, and everybody else for one request.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from functools import cache
from pathlib import Path

_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Turns:
    """A lock that is handed on in the order of asking; `async with` takes it. It is not reentrant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._taken = False

    async def __aenter__(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            own: _Waiting = (loop, loop.create_future())
            self._waiting.append(own)
        try:
            await own[1]
        except BaseException:
            with self._lock:
                is_waiting = own in self._waiting
                if is_waiting:
                    self._waiting.remove(own)
            if not is_waiting:
                self._hand_on()  # it was ours already
            raise

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        """Let the next one have it."""
        self._hand_on()

    def _hand_on(self) -> None:
        with self._lock:
            while self._waiting:
                loop, future = self._waiting.popleft()
                try:
                    loop.call_soon_threadsafe(_settle, future)
                except RuntimeError:  # its loop was closed while it waited
                    continue
                return
            self._taken = False


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


@cache
def _turns_of(process: int, path: Path) -> Turns:
    """Keyed by the process, as the servers are."""
    del process, path
    return Turns()


def turns_at(model_path: str | Path) -> Turns:
    """Whose turn it is at this process's server of that model.

    Args:
        model_path: a GGUF file.
    """
    return _turns_of(os.getpid(), Path(model_path).expanduser().absolute())
