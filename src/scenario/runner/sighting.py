"""What an event loop's thread was seen doing at one moment: which task's step, for which call, and in whose code.

Read from another thread. Nothing that is returned holds a frame: what a frame holds would live on with it, and die in
the wrong thread.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import weakref
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Literal, NamedTuple

from scenario.dialogue.current_run import current_observer
from scenario.late_pattern import late_pattern

# Everything that asyncio's own loops run, they run from here.
_HANDLE_RUN: Final = asyncio.events.Handle._run.__code__  # noqa: SLF001 - a loop has no other name for it
# The one module that calls foreign code: what stands above it on the stack is not the participant's any more.
_CALLS_FOREIGN_CODE: Final = "scenario.foreign"
_PYTHONS_OWN: Final = ("<frozen", str(Path(asyncio.__file__).parent.parent) + os.sep)
_INSTALLED: Final = late_pattern(r"[\\/](site|dist)-packages[\\/]")
# In the first ones a person sits and thinks; in the last one the loop goes on, in the midst of a step.
_NOBODYS: Final = frozenset({"bdb", "pdb", "pydevd", "_pydevd_bundle", "debugpy", "ipdb", "pudb", "nest_asyncio"})

Whose = Literal["ours", "nobody", "library", "foreign"]


class Sighting(NamedTuple):
    """What the thread was doing.

    Attributes:
        step: the step of a task, as the loop began it; None where the loop does not show it.
        call: the identity of what `current_observer` holds there, which tells whose call it is; 0 for nobody's.
        position: the innermost code and where in it.
        own: whether the code is the participant's own, or what that called: no import, no debugger, and not ours.
        place: file and line of the innermost code that is no library's.
    """

    step: weakref.ref[asyncio.Handle] | None
    call: int
    position: tuple[CodeType, int]
    own: bool
    place: tuple[str, int]

    def goes_on_from(self, earlier: Sighting) -> bool:
        """Whether it is the same step still; where no step is shown, whether the thread still stands where it stood."""
        if self.step is None or earlier.step is None:
            return self[:3] == earlier[:3]
        return self.step() is earlier.step() is not None


def sighting_of(thread_id: int) -> Sighting | None:
    """What the thread does now; None where that is no step of a task."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - documented, underscore and all
    if frame is None:
        return None
    own, place, given = _within_the_call(frame)
    outer: FrameType | None = frame
    while outer is not None and outer.f_code is not _HANDLE_RUN:
        outer = outer.f_back
    handle = None if outer is None else outer.f_locals.get("self")
    step, call = None, getattr(given, "observer", None)
    if isinstance(handle, asyncio.Handle):
        if not _steps_a_task(handle):
            return None
        # A task that the call has begun has its own stack, and the call's context.
        step, context = weakref.ref(handle), getattr(handle, "_context", None)
        call = None if context is None else context.get(current_observer)
    return None if call is None else Sighting(step, id(call), (frame.f_code, frame.f_lasti), own, place)


def _within_the_call(frame: FrameType) -> tuple[bool, tuple[str, int], Any]:
    """Whether the participant's own code is at work, where in it, and with what it was called, where that is seen."""
    own: bool | None = None
    place = _place_of(frame)
    outer: FrameType | None = frame
    while outer is not None and outer.f_code is not _HANDLE_RUN:
        module = outer.f_globals.get("__name__")
        if module == _CALLS_FOREIGN_CODE and outer is not frame:
            if "argument" in (known := outer.f_locals):
                return own is not False, place, known["argument"]
        else:
            whose = _whose(module if isinstance(module, str) else "", outer.f_code.co_filename)
            if whose == "nobody":
                own = False
            elif own is None and whose != "library":
                own, place = whose == "foreign", _place_of(outer)
        outer = outer.f_back
    return own is not False, place, None


def _place_of(frame: FrameType) -> tuple[str, int]:
    return frame.f_code.co_filename, frame.f_lineno or 0


def _steps_a_task(handle: Any) -> bool:
    # Only a task's step is begun once: the handle of a connection is run for each piece that arrives.
    return asyncio.isfuture(getattr(getattr(handle, "_callback", None), "__self__", None))


@functools.lru_cache(maxsize=4096)
def _whose(module: str, filename: str) -> Whose:
    if filename.startswith("<frozen importlib"):
        return "nobody"
    root = module.partition(".")[0]
    if root in _NOBODYS:
        return "nobody"
    if root == "scenario":
        return "ours"
    return "library" if is_library(filename) else "foreign"


def is_library(filename: str) -> bool:
    """Whether a file is Python's own, or an installed package's."""
    return filename.startswith(_PYTHONS_OWN) or _INSTALLED.search(filename) is not None
