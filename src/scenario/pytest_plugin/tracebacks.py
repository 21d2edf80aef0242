"""Tracebacks of tests are to show the test's own lines; pytest shows the others with --full-trace."""

from __future__ import annotations

import sys
import traceback

import pytest


def hide_own_frames() -> None:
    """Mark the frames of what is loaded of this package by now, so that they are left out."""
    for name, module in list(sys.modules.items()):
        if _is_own(name):
            vars(module).setdefault("__tracebackhide__", _is_to_be_hidden)


def cut_below_models(error: BaseException) -> None:
    """Leave out what a model's failure was raised for: frames of sockets and of HTTP, whose words it has told."""
    errors = sys.modules.get("scenario.errors")
    following, seen = error if errors is not None else None, set[int]()
    while following is not None and errors is not None and id(following) not in seen:
        seen.add(id(following))
        if isinstance(following, errors.ModelError):
            following.__cause__ = None  # which hides the context as well
            return
        following = following.__cause__ or following.__context__


def _is_own(module: str) -> bool:
    return module == "scenario" or module.startswith("scenario.")


def _is_to_be_hidden(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """Whether our frames say nothing about this exception: not where Scenario itself seems to be at fault."""
    if excinfo is None:
        return True
    from scenario.errors import InternalError, ScenarioError

    error = excinfo.value
    if isinstance(error, ScenarioError | AssertionError):
        return not isinstance(error, InternalError)
    *_, (raised_in, _) = traceback.walk_tb(excinfo.tb)
    # A name that is not there was asked for by somebody else.
    return raised_in.f_code.co_name == "__getattr__" or not _is_own(str(raised_in.f_globals.get("__name__")))
