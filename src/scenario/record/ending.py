"""How a run ended, and whose fault that was: the one place that decides it, for records, stores, suites and tests.

A run that is invalid says nothing about the agent: a simulator, a judge, the wire, the machine or the test is at fault.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from scenario.dialogue.events import RunFinished

Outcome: TypeAlias = Literal["passed", "failed", "undecided", "invalid", "cancelled"]

OUTCOMES: Final[tuple[Outcome, ...]] = ("passed", "failed", "undecided", "invalid", "cancelled")
"""In the order in which they are told."""

CANCELLED: Final = "the run was cancelled"
_NO_RESULT: Final = "it ended without a result"
# Whoever raises these wants the run to end, and says nothing about it.
_STOPPED: Final = frozenset({"KeyboardInterrupt", "SystemExit", "CancelledError", "Skipped", "XFailed"})


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        outcome: "passed", "failed" (the agent), "undecided" (nobody could tell), "invalid" (the run says nothing about
            the agent) or "cancelled".
        error: type and text of the exception that ended it; empty where there is a result.
        fault: whose fault that was, as in `scenario.errors`; empty where it was nobody's.
    """

    outcome: Outcome
    error: str = ""
    fault: str = ""


def ending_of(finished: RunFinished) -> Ending:
    """How the run ended whose last event this is."""
    if finished.result is not None:
        return Ending(finished.result.outcome)
    if finished.cancelled:
        return Ending("cancelled", CANCELLED)
    error = (finished.error or _NO_RESULT).removesuffix(": ")
    outcome = outcome_of(error, finished.fault or "", check=finished.check)
    if outcome == "invalid" and not finished.fault:
        # Foreign exceptions leave a run as they are only where the test's own steps and callbacks raise them.
        return Ending(outcome, error, "test")
    return Ending(outcome, error, finished.fault or "")


def outcome_of(error: str, fault: str, *, check: bool = False) -> Outcome:
    """What an exception that ended a run makes of it.

    Args:
        error: its type and text.
        fault: whose fault it was; empty where it does not say.
        check: whether it is a check of the test's own that does not hold.
    """
    kind = error.partition(":")[0]
    if kind in _STOPPED or error == CANCELLED:
        return "cancelled"
    if check or (kind == "AssertionError" and not fault):
        return "failed"
    # Of a refusal it is not known whether the request or the agent is to blame: it is told as the agent's answer.
    return "failed" if fault == "agent" or (kind == "ErrorReplyError" and fault == "wire") else "invalid"
