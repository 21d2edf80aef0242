"""The public face of a run: called, it hands out the run's coroutine, and says so to whoever looks after a test."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar

from scenario.dialogue.handed_out import note_run
from scenario.runner.source_place import near

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class _Handing(functools.partial[Coroutine[Any, Any, Result]]):
    """A coroutine function that notes what it hands out.

    A partial object is what `inspect` looks through on every version: so this is a coroutine function for `inspect`,
    `asyncio` and `unittest.mock`, as the function is by itself.
    """

    __qualname__: str

    def __call__(self, /, *args: Any, **keywords: Any) -> Coroutine[Any, Any, Result]:
        coroutine = super().__call__(*args, **keywords)
        note_run(coroutine, lambda: _what(coroutine))
        return coroutine

    def __reduce__(self) -> str:
        return self.__qualname__  # it is found by its name, as functions are

    def __repr__(self) -> str:
        return repr(self.func)


def awaitable_run(
    function: Callable[Parameters, Coroutine[Any, Any, Result]],
) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    """The same coroutine function, whose coroutines are noted (`scenario.dialogue.handed_out`) until they begin."""
    return functools.update_wrapper(_Handing(function), function)


def _what(coroutine: Coroutine[Any, Any, Any]) -> str:
    """The run's name, and the line that asked for it."""
    frame = coroutine.cr_frame if isinstance(coroutine, CoroutineType) else None
    given = {} if frame is None else frame.f_locals
    caller = sys._getframe(4)  # noqa: SLF001 - past this function, the lambda, `note_run` and `__call__`
    return f"scenario.run({given.get('name')!r}, …) ({near(caller.f_code.co_filename)}:{caller.f_lineno})"
