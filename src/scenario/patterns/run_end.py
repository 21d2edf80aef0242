"""With a run end the searches that were begun in it, however it ends: nobody waits for what they find any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final


class _RunEnd:
    """The end of one run.

    Attributes:
        has_come: whether the run is over.
    """

    def __init__(self) -> None:
        self.has_come = False
        self._lock = threading.Lock()
        self._to_end: set[Callable[[], None]] = set()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._to_end.add(end)
            if self.has_come:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._to_end.discard(end)

    def come(self) -> None:
        with self._lock:
            self.has_come = True
            for end in self._to_end:
                end()


_current: Final[ContextVar[_RunEnd | None]] = ContextVar("scenario_patterns_run_end", default=None)


@contextmanager
def ending_searches() -> Iterator[None]:
    """What is searched for in this block, in its threads too, is given up at the end of the block."""
    run_end = _RunEnd()
    token = _current.set(run_end)
    try:
        yield
    finally:
        _current.reset(token)
        run_end.come()


def ended_with_run(end: Callable[[], None]) -> AbstractContextManager[None]:
    """Call this once the run ends, where that is within the block; at once where it has."""
    run_end = _current.get()
    return nullcontext() if run_end is None else run_end.ending(end)


def is_run_over() -> bool:
    """Whether the run in which this is asked has ended."""
    run_end = _current.get()
    return run_end is not None and run_end.has_come
