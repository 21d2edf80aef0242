"""How many connections this machine has descriptors for, and waiting for one of them to be let go of.

Each connection takes one of the descriptors that the system grants a process (`ulimit -n`). Who asks for more calls at
once than that is asked to wait, as at any queue; it is no fault of the agent's, and no reason to fail.
"""

from __future__ import annotations

import asyncio
import errno
import sys
from typing import Final

from scenario.late_pattern import late_pattern

if sys.platform != "win32":
    import resource

# Left to everything else that a process opens: files, the store, looking up names.
_RESERVE: Final = 64
# Where no connection is let go of for so many seconds, waiting for it leads nowhere.
LONGEST_WAIT: Final = 60.0
_LACK: Final = frozenset({errno.EMFILE, errno.ENFILE})
_ERRNO: Final = late_pattern(r"\[Errno (\d+)\]")


class Room:
    """The queue of one loop.

    Args:
        loop: whose it is.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[asyncio.Future[None], None] = {}
        self._last = 0.0

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def left(self) -> None:
        """A connection was let go of: who has waited longest is next."""
        self._last = self._loop.time()
        following = next(iter(self._waiting), None)
        if following is not None:
            del self._waiting[following]
            following.set_result(None)

    async def wait(self, seconds: float) -> bool:
        """Wait for one to be let go of, so long at the most; whether there is any sense in trying again.

        It may have been taken by then.
        """
        if not self._waiting:
            self._last = self._loop.time()
        following: asyncio.Future[None] = self._loop.create_future()
        self._waiting[following] = None
        try:
            async with asyncio.timeout(seconds):
                await following
        except TimeoutError:
            return self._loop.time() - self._last < LONGEST_WAIT
        except asyncio.CancelledError:
            if following not in self._waiting and self._waiting:
                # It was to be the next, and leaves the place to another.
                self.left()
            raise
        finally:
            self._waiting.pop(following, None)
        return True


def most_connections() -> float:
    """How many connections may be open at once: what the system grants, less a reserve."""
    if sys.platform == "win32":  # where there is no such limit
        return float("inf")
    granted = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return float("inf") if granted == resource.RLIM_INFINITY else max(granted // 4, granted - _RESERVE)


def number_of(error: BaseException) -> int | None:
    """The system's number for what kept a connection from being made; None where it has none."""
    cause = getattr(error, "os_error", None) or error
    number = getattr(cause, "errno", None) or next(map(int, _ERRNO.findall(str(cause))), None)
    return number if isinstance(number, int) else None


def is_lack(error: BaseException) -> bool:
    """Whether a connection could not be made since this machine has no descriptor left."""
    return number_of(error) in _LACK
