"""Coroutines that were handed to a test, which has to await them: `scenario.run(…)`, and steps that own code calls.

One that nobody awaits does nothing, and Python says so only when it is collected, which may be after the test. Whoever
is answerable for what a test does keeps them here, and looks at the end which were never begun.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

# Those that were begun are let go of once in so many, so that a long run does not gather them.
_SOON: Final = 32


class HandedOut:
    """What was handed out, each with a word for people on what it is.

    It is held until it is begun: else it could be collected before anybody looks.
    """

    def __init__(self) -> None:
        self._held: list[tuple[Coroutine[Any, Any, Any], str]] = []
        self._most = _SOON

    def add(self, coroutine: Coroutine[Any, Any, Any], what: str) -> None:
        """Note a coroutine that is handed out now."""
        self._held.append((coroutine, what))
        if len(self._held) > self._most:
            self._held = [one for one in self._held if _is_unbegun(one[0])]
            self._most = _SOON + 2 * len(self._held)

    def never_begun(self) -> list[str]:
        """The words for those that nobody has begun or closed; they are closed now, and no more spoken of."""
        held, self._held = self._held, []
        left = [(coroutine, what) for coroutine, what in held if _is_unbegun(coroutine)]
        for coroutine, _ in left:
            coroutine.close()
        return [what for _, what in left]

    def forget(self) -> None:
        """Let go of them all: Python itself speaks of those that nobody awaited."""
        self._held.clear()


def _is_unbegun(coroutine: Coroutine[Any, Any, Any]) -> bool:
    return inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED


_runs: Final[ContextVar[HandedOut | None]] = ContextVar("scenario_runs_handed_out", default=None)

# Threads that are started by hand have an empty context, and runners that keep one task for many tests have that of an
# earlier test. What belongs to the process is read there alone, and is empty unless a test is on.
_on: Final[list[HandedOut]] = []


@contextmanager
def runs_noted() -> Iterator[HandedOut]:
    """Within the block, every `scenario.run(…)` is noted in the value."""
    noted = HandedOut()
    token = _runs.set(noted)
    _on.append(noted)
    try:
        yield noted
    finally:
        _on.remove(noted)
        _runs.reset(token)


def note_run(coroutine: Coroutine[Any, Any, Any], what: Callable[[], str]) -> None:
    """Note a run that is handed out here, where somebody wants to know; `what` is asked only then."""
    noted = _runs.get()
    if noted not in _on:
        noted = _on[-1] if _on else None
    if noted is not None:
        noted.add(coroutine, what())
