"""How a run's end is stored: its status, and whose fault it was."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from scenario.dialogue.events import RunFinished

Status: TypeAlias = Literal["running", "passed", "failed", "errored", "cancelled"]

_STOPPED: Final = frozenset({"KeyboardInterrupt", "SystemExit", "CancelledError", "Skipped"})


def status_of(finished: RunFinished) -> Status:
    """The status: a check in the script that does not hold has failed the scenario; any other exception is an error."""
    if finished.result is not None:
        return "passed" if finished.result.success else "failed"
    kind = _kind(finished)
    if finished.cancelled or kind in _STOPPED:
        return "cancelled"
    return "failed" if kind == "AssertionError" else "errored"


def fault_of(finished: RunFinished) -> str:
    """Whose fault it was, as in `scenario.errors`; empty where it was nobody's, or there is a result."""
    if finished.result is not None or finished.fault:
        return finished.fault or ""
    # Foreign exceptions leave a run as they are only where the test's own steps and callbacks raise them.
    return "test" if status_of(finished) == "errored" else ""


def error_of(finished: RunFinished) -> str:
    """What ended the run, where no verdict did."""
    if finished.result is not None:
        return ""
    if finished.cancelled:
        return "the run was cancelled"
    return (finished.error or "it ended without a result").removesuffix(": ")


def _kind(finished: RunFinished) -> str:
    return (finished.error or "").partition(":")[0]
