"""A value that another thread gives, awaited on this one's loop."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from typing import Any


class Handover:
    """What happens in another thread with a copy of the context variables of whoever awaits it; made on its loop.

    Attributes:
        context: to run it in.
    """

    def __init__(self) -> None:
        self.context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Any] = self._loop.create_future()

    @property
    def given_up(self) -> bool:
        """Nobody awaits it any more."""
        return self._future.cancelled()

    def settle(self, value: Any, error: BaseException | None = None) -> None:
        """What came of it; to be called in the other thread. The first time counts."""
        # Nobody waits any more where the loop was closed after a cancellation, maybe at this very moment.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._settle, value, error)

    def _settle(self, value: Any, error: BaseException | None) -> None:
        if self._future.done():
            return
        if error is None:
            self._future.set_result(value)
        elif isinstance(error, StopIteration):  # a future cannot carry it; a coroutine that raises it fares likewise
            self._future.set_exception(_explained(error))
        else:
            self._future.set_exception(error)

    async def awaited(self) -> Any:
        """The value, or its error. The variables that were set there are set here then, as by a call in this place."""
        try:
            return await self._future
        finally:
            if not self._future.cancelled():
                for variable, value in self.context.items():
                    if variable.get(None) is not value:
                        variable.set(value)


def _explained(error: StopIteration) -> RuntimeError:
    explained = RuntimeError("a plain function raised StopIteration")
    explained.__cause__ = error
    return explained
