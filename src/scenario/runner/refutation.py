"""A function of the script that returns False itself: the step that it stands for, which says which function it was."""

from __future__ import annotations

import functools
import inspect
import linecache
from types import CodeType
from typing import Any, Final

from scenario.dialogue.steps import ScriptStep, fail
from scenario.runner.source_place import near

_LONGEST_LAMBDA: Final = 160


def refuted_by(function: Any) -> ScriptStep:
    """The end of a run in which a function says, by False, that what it looks for is not so.

    Any other value says nothing: functions return counts, texts and messages that nobody means as a verdict.
    """
    return fail(
        f"{_told(function)} returned False: what it checks does not hold. A function that is no check returns nothing."
    )


def _told(function: Any) -> str:
    """What a person knows the function by: its name and line; of a lambda, which has no name, what it says."""
    plain = _plain(function)
    code = getattr(plain, "__code__", None)
    name = str(getattr(plain, "__qualname__", "") or type(function).__qualname__).rpartition("<locals>.")[2]
    if not isinstance(code, CodeType):
        return f"The function {name}"
    place = f"({near(code.co_filename)}:{code.co_firstlineno})"
    if code.co_name != "<lambda>":
        return f"The function {name} {place}"
    said = _body(code, getattr(plain, "__globals__", {}))
    return f"The lambda `{said}` {place}" if said else f"A lambda {place}"


def _plain(function: Any) -> Any:
    """The function behind partial objects, decorators, methods and objects that can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function):
        function = type(function).__call__
    return inspect.unwrap(getattr(function, "__func__", function))


def _body(code: CodeType, names: dict[str, Any]) -> str:
    """What a lambda says after its colon, on one line; "" where its source is not to be had."""
    # The first instruction stands for the function itself, and has no columns.
    places = [place for place in code.co_positions() if None not in place and place[2:] != (0, 0)]
    if not places:
        return ""
    first, start = min((line, column) for line, _, column, _ in places if line is not None and column is not None)
    last, end = max((line, column) for _, line, _, column in places if line is not None and column is not None)
    lines = [line.encode() for line in linecache.getlines(code.co_filename, names)[first - 1 : last]]
    if len(lines) != last - first + 1:
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    text = " ".join(b" ".join(lines).decode("utf-8", "replace").split())
    return text if len(text) <= _LONGEST_LAMBDA else text[: _LONGEST_LAMBDA - 1] + "…"
