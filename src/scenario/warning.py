"""Warnings: what is no reason for a test to fail, and has to be known all the same. Each is given once in a process."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Hashable
from pathlib import Path
from types import FrameType
from typing import Final

_HERE: Final = str(Path(__file__).parent) + os.sep
_given: Final[set[Hashable]] = set()


class ScenarioWarning(UserWarning):
    """What was asked for is not what happens; the test runs all the same.

    A filter that makes errors of all warnings does not make one of this, as code that was written for another version
    is to run; one that names this class does: `error::scenario.ScenarioWarning`.
    """


def is_given(key: Hashable) -> bool:
    """Whether a warning about this was given before."""
    return key in _given


def warn_once(text: str, *keys: Hashable, at: tuple[str, int] | None = None) -> None:
    """Warn, at the line of the user's code that led here; a second time in this process it is not said again.

    Args:
        text: what was asked for, what happens in its place, and what to do.
        keys: what the warning is about: where all of it was warned of before, nothing is said.
        at: the file and the line to warn at, where it is another one.

    Raises:
        ScenarioWarning: a filter of warnings names this class and makes an error of it.
    """
    if _given.issuperset(keys):
        return
    frame = _outside(sys._getframe(1))  # noqa: SLF001 - what `warnings` itself counts its levels by
    place = at or (frame.f_code.co_filename, frame.f_lineno)
    module = Path(at[0]).stem if at else frame.f_globals.get("__name__")
    try:
        warnings.warn_explicit(text, ScenarioWarning, *place, module=module)
    except ScenarioWarning as warning:
        if _is_named():
            raise
        warnings.showwarning(warning, ScenarioWarning, *place)
    _given.update(keys)


def forget_warnings() -> None:
    """Begin anew: each warning is given once more."""
    _given.clear()


def _outside(frame: FrameType) -> FrameType:
    """The innermost frame that is none of this package nor of an import; the outermost one where there is no other."""
    while frame.f_code.co_filename.startswith((_HERE, "<frozen importlib")) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _is_named() -> bool:
    """Whether a filter makes an error of this class, and not of all warnings or all of users' own."""
    return any(
        action == "error" and isinstance(category, type) and issubclass(category, ScenarioWarning)
        for action, _, category, *_ in warnings.filters
    )
