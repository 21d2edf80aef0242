"""A thread with an event loop of its own, for calls that would hold the caller's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final, TypeAlias

from scenario.handover import Handover

Work: TypeAlias = Callable[[], Coroutine[Any, Any, Any]]

_ATTRIBUTE: Final = "_scenario_own_loop"
# Nobody answers a request in less, in seconds: on loopback it takes twice as long.
_A_MOMENT: Final = 0.0001


class Progress:
    """How far a call has come.

    Attributes:
        waited: it has waited for something, on its loop or in its own code.
    """

    def __init__(self) -> None:
        self.waited = False
        self._over = False

    def suspended(self) -> None:
        """Its loop goes on while it is not done."""
        self.waited = self.waited or not self._over

    def ended(self, *, waited: bool) -> None:
        """It is done, and its code has waited, or not."""
        self.waited, self._over = self.waited or waited, True


class OwnLoop:
    """Calls run in it as tasks, with the caller's context variables; its thread begins at once, and holds no program.

    Attributes:
        loop: the event loop.
        users: the runs that use it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.users: set[object] = set()
        setattr(self.loop, _ATTRIBUTE, self)
        self._lifetime: AsyncGenerator[None, None] | None = None
        self._closing = asyncio.Event()
        self._unsettled: set[Handover] = set()
        self._awaiting_the_end: set[Handover] = set()
        threading.Thread(target=self._run, name="scenario-own-loop", daemon=True).start()

    async def call(self, work: Work, progress: Progress) -> Any:
        """What the coroutine gives. Cancelling cancels it there, and returns at once.

        Raises:
            RuntimeError: the loop has ended.
        """
        handover = Handover()
        task: asyncio.Task[None] | None = None

        def begin() -> None:
            nonlocal task
            if handover.given_up:
                return
            task = self.loop.create_task(self._settled(handover, work, progress), context=handover.context)
            # A task is told in its second step that what it awaits belongs to another loop; in a third it goes on.
            self.loop.call_soon(self.loop.call_soon, progress.suspended)

        def give_up() -> None:
            if task is not None:
                task.cancel()

        self._unsettled.add(handover)
        try:
            self.loop.call_soon_threadsafe(begin)
            return await handover.awaited()
        finally:
            self._unsettled.discard(handover)
            if handover.given_up:
                with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                    self.loop.call_soon_threadsafe(give_up)

    async def close(self, seconds: float) -> None:
        """End the loop: its tasks are cancelled and its generators finished.

        Args:
            seconds: for how long that is waited for; whoever blocks in it ends it later.
        """
        ended = Handover()
        self._awaiting_the_end.add(ended)
        try:
            self.loop.call_soon_threadsafe(self._closing.set)
        except RuntimeError:  # it has ended
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ended.awaited()

    async def stay(self, seconds: float) -> None:
        """End no sooner than the caller's loop does, as would what was made in that.

        Args:
            seconds: see `close`.
        """
        if self._lifetime is None:
            self._lifetime = _lifetime(self, seconds)
            # Its first step registers the generator with the caller's loop, which holds it only weakly.
            await anext(self._lifetime)

    async def _settled(self, handover: Handover, work: Work, progress: Progress) -> None:
        value, error = None, None
        before = _waited()
        try:
            value = await work()
        except BaseException as raised:  # noqa: BLE001 - it is handed to the caller as it is, KeyboardInterrupt too
            error = raised
        progress.ended(waited=_waited() - before > _A_MOMENT)
        handover.settle(value, error)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            try:
                runner.run(self._until_closed())
            except BaseException as error:  # noqa: BLE001 - what broke the loop is told to those who wait for it
                self._settle_all(error)
        self._settle_all(RuntimeError("the event loop of this participant has ended"))
        for ended in list(self._awaiting_the_end):
            ended.settle(None)

    def _settle_all(self, error: BaseException) -> None:
        for handover in list(self._unsettled):
            handover.settle(None, error)

    async def _until_closed(self) -> None:
        await self._closing.wait()


def _waited() -> float:
    """For how many seconds this thread has waited so far, for whatever it was: a processor, too."""
    return time.monotonic() - time.thread_time()


async def _lifetime(own: OwnLoop, seconds: float) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await own.close(seconds)


def own_loop_of(loop: asyncio.AbstractEventLoop) -> OwnLoop | None:
    """The thread of a loop that was made here, while it lasts; None for every other loop."""
    own = getattr(loop, _ATTRIBUTE, None)
    return own if isinstance(own, OwnLoop) and not loop.is_closed() else None
