"""What holds a loop: waiting and computing in a call's own code, seen in time; and what does not."""

from __future__ import annotations

import asyncio
import io
import pdb
import sys
import threading
from collections.abc import Callable
from typing import Any

from scenario.dialogue.current_run import current_observer
from scenario.foreign import called
from scenario.runner.loop_watch import Looks, LoopWatch
from tests.runner.blockers import PATIENCE, until


def watched(code: Callable[[threading.Thread], Any], looked_at: Callable[[Looks], None]) -> None:
    """Run a call's code on a loop, and look at its thread from another one meanwhile."""
    thread = threading.current_thread()
    began, over = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def look() -> None:
        began.wait(PATIENCE)
        try:
            looked_at(Looks(thread))
        except BaseException as error:
            failures.append(error)
        over.set()

    async def call(_: Any) -> None:
        began.set()
        code(over)  # type: ignore[arg-type]

    async def main() -> None:
        current_observer.set(object())  # type: ignore[arg-type]
        await called(call, None)

    looking = threading.Thread(target=look)
    looking.start()
    asyncio.run(main())
    looking.join()
    assert not failures, failures


def pause(seconds: float) -> None:
    """Let some time pass."""
    threading.Event().wait(seconds)


def test_waiting_counts_as_long_as_it_is_seen() -> None:
    """Each look adds the time since the last one."""

    def look(looks: Looks) -> None:
        until(lambda: looks.look() and looks.held >= 0.1)

    watched(lambda over: over.wait(PATIENCE), look)


def test_a_look_that_comes_late_proves_nothing() -> None:
    """As where the process was stopped, or its threads wait for each other."""

    def look(looks: Looks) -> None:
        for _ in range(6):
            pause(0.05)
            assert looks.look() is not None
        assert looks.held == 0

    watched(lambda over: over.wait(PATIENCE), look)


def test_a_person_at_a_debugger_does_not_count() -> None:
    """However long the prompt waits for a line."""

    class Person(io.StringIO):
        def readline(self, *_: Any) -> str:
            over.wait(PATIENCE)
            return "continue\n"

    over = threading.Event()

    def stop(ended: threading.Event) -> None:
        prompt = pdb.Pdb(stdin=Person(), stdout=io.StringIO(), nosigint=True, readrc=False)
        prompt.reset()
        prompt.interaction(sys._getframe(), None)

    def look(looks: Looks) -> None:
        for _ in range(20):
            pause(0.01)
            looks.look()
        assert looks.held == 0
        over.set()

    watched(stop, look)


def test_an_idle_loop_is_held_by_nobody() -> None:
    """Whatever awaits on it."""
    thread = threading.current_thread()
    found: list[Any] = []
    over = threading.Event()

    def look() -> None:
        looks = Looks(thread)
        for _ in range(10):
            pause(0.01)
            found.append(looks.look())
        over.set()

    async def main() -> None:
        current_observer.set(object())  # type: ignore[arg-type]
        await asyncio.to_thread(over.wait, PATIENCE)

    looking = threading.Thread(target=look)

    async def began() -> None:
        task = asyncio.create_task(main())
        await asyncio.sleep(0)
        looking.start()
        await task

    asyncio.run(began())
    looking.join()
    assert found.count(None) >= 8  # at the beginning and the end the loop may still be at work


def test_the_watch_tells_whose_call_it_was() -> None:
    """And its thread ends by itself when no call is under way."""
    told: list[type] = []
    watch = LoopWatch(threading.current_thread(), lambda kind, seen: told.append(kind), held_seconds=0.02)
    call = object()

    async def main() -> None:
        current_observer.set(call)  # type: ignore[arg-type]
        watch.begin(call, int)
        until(lambda: told)
        watch.end(call)

    before = set(threading.enumerate())
    asyncio.run(main())
    assert set(told) == {int}
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()
