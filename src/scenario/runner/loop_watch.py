"""Sees which call holds an event loop in its own code, by looking at the loop's thread from another one."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from scenario.runner.sighting import Sighting, sighting_of

HELD_SECONDS: Final = 0.1
# How often the thread is looked at while calls are under way.
_LOOK_SECONDS: Final = 0.01
# A look that comes later than this proves nothing: this process was stopped, or its threads wait for each other.
_LATE_SECONDS: Final = 0.03
# For how many looks the watching thread stays when no call is under way: the next call mostly comes soon.
_LINGERING_LOOKS: Final = 100
_ATTRIBUTE: Final = "_scenario_loop_watch"

Told: TypeAlias = Callable[[type, Sighting], None]


class LoopWatch:
    """Watches the thread of an event loop while calls are under way in it.

    Args:
        thread: the loop's, in which the calls begin and end; this is made in it.
        told: called in another thread with whose call was seen to hold the loop, maybe more than once.
        held_seconds: for how long a call may hold it before that is told.
    """

    def __init__(self, thread: threading.Thread, told: Told, *, held_seconds: float = HELD_SECONDS) -> None:
        self._told = told
        self._looks = Looks(thread)
        self._thread = weakref.ref(thread)
        self._held_seconds = held_seconds
        self._calls: dict[int, type] = {}
        self._lock = threading.Lock()
        self._watching: threading.Thread | None = None

    def begin(self, call: object, kind: type) -> None:
        """A call begins.

        Args:
            call: what `current_observer` holds while it lasts.
            kind: whose call it is.
        """
        self._calls[id(call)] = kind
        if self._watching is None:
            self._start()

    def end(self, call: object) -> None:
        """It is over."""
        self._calls.pop(id(call), None)

    def survived(self) -> bool:
        """Whether it is of this process: of the threads of before a fork, only one is left."""
        return self._watching is None or self._watching.is_alive()

    def _start(self) -> None:
        with self._lock:
            if self._watching is None:
                self._watching = threading.Thread(target=self._watch, name="scenario-loop-watch", daemon=True)
                self._watching.start()

    def _watch(self) -> None:
        idle = 0
        while (thread := self._thread()) is not None and thread.is_alive():
            del thread
            time.sleep(_LOOK_SECONDS)
            if self._calls:
                idle = 0
                self._look()
                continue
            self._looks.forget()
            if (idle := idle + 1) >= _LINGERING_LOOKS and self._may_end():
                return

    def _look(self) -> None:
        seen = self._looks.look()
        if seen is not None and self._looks.held >= self._held_seconds and (kind := self._calls.get(seen.call)):
            self._told(kind, seen)

    def _may_end(self) -> bool:
        """Whether no call has begun meanwhile; one that begins after this starts another thread."""
        with self._lock:
            self._watching = None
            if self._calls:
                self._watching = threading.current_thread()
            return self._watching is None


def watch_of_this_thread(told: Told) -> LoopWatch:
    """The watch of the thread that calls. It hangs on the thread, so that no module holds it.

    Args:
        told: see `LoopWatch`; of the first one who asks.
    """
    thread = threading.current_thread()
    watch: LoopWatch | None = getattr(thread, _ATTRIBUTE, None)
    if watch is None or not watch.survived():
        watch = LoopWatch(thread, told)
        setattr(thread, _ATTRIBUTE, watch)
    return watch


class Looks:
    """One look after the other at a thread, and for how long it was held by what it does.

    Only what the others on the loop lose by it counts: that the thread waits for something outside (a request, a
    sleep), or computes. Waiting for a processor or for other threads of this process does not, nor that the process
    was stopped, a first import, or a person at a debugger.

    Attributes:
        held: for how long the step that was seen last has held the thread, in seconds.
    """

    def __init__(self, thread: threading.Thread) -> None:
        self.held = 0.0
        self._thread_id = thread.ident or 0
        self._state = Path(f"/proc/self/task/{thread.native_id}/stat")
        self._clock = _cpu_clock_of(self._thread_id)
        self._seen: Sighting | None = None
        self._at = time.monotonic()
        self._cpu = self._cpu_time()

    def look(self) -> Sighting | None:
        """What the thread does now."""
        seen, at, cpu = sighting_of(self._thread_id), time.monotonic(), self._cpu_time()
        before, since, computed = self._seen, at - self._at, cpu - self._cpu
        self._seen, self._at, self._cpu = seen, at, cpu
        if seen is None:
            self.held = 0.0
            return None
        waits = seen.own and since <= _LATE_SECONDS and not self._is_runnable()
        if before is None or not seen.goes_on_from(before):
            # It has begun since the last look; what it ends with will not be seen, which makes up for it.
            self.held = min(since, _LOOK_SECONDS) if waits else 0.0
        elif seen.own and before.own:
            self.held += since if waits and seen.position == before.position else min(computed, since)
        return seen

    def forget(self) -> None:
        """Nothing is looked at for now."""
        self._seen = None

    def _cpu_time(self) -> float:
        """Seconds of a processor that the thread has had; 0 where that is not told."""
        try:
            return 0.0 if self._clock is None else time.clock_gettime(self._clock)
        except OSError:  # the thread has ended
            return 0.0

    def _is_runnable(self) -> bool:
        """Whether it waits for nothing but a processor, where the system tells it."""
        try:
            return self._state.read_bytes().rpartition(b")")[2].split()[:1] == [b"R"]
        except OSError:
            return False


def _cpu_clock_of(thread_id: int) -> int | None:
    try:
        return time.pthread_getcpuclockid(thread_id)
    except (AttributeError, OSError):
        return None
