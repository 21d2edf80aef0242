"""What a participant raised, told as the failure of its role: the one place where foreign exceptions are translated."""

from __future__ import annotations

import asyncio
from typing import Any

from scenario.agents.connected_agent import ConnectedAgentAdapter
from scenario.errors import (
    AgentError,
    ConfigurationError,
    DialectError,
    InternalError,
    JudgeError,
    ScenarioError,
    UserSimulatorError,
    fault_of,
)
from scenario.runner.source_place import raised_at
from scenario.types import AgentRole

_FAILURES = {AgentRole.USER: UserSimulatorError, AgentRole.AGENT: AgentError, AgentRole.JUDGE: JudgeError}
# These say already whose fault it was; any other error is one of the participant that ran into it.
_TOLD = (AgentError, UserSimulatorError, JudgeError, ConfigurationError, DialectError, InternalError)


def failure_of(agent: Any, role: AgentRole, error: BaseException, *, advice: str = "") -> ScenarioError:
    """The error to raise for what a participant raised: the same one where it already says whose fault it was.

    Args:
        agent: the participant.
        role: the role it was called in.
        error: what it raised.
        advice: what is to be said beside the error's own words.
    """
    if isinstance(error, _TOLD):
        return error
    text = (
        "its own work was cancelled, though the run was not"
        if isinstance(error, asyncio.CancelledError)
        else text_of(error) or type(error).__name__
    )
    return _FAILURES[role](f"[{_class_name(agent)}] {text}" + (f"\n{advice}" if advice else ""))


def text_of(error: BaseException) -> str:
    """What an exception says; "" where it cannot say it."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception of foreign code may fail at telling what it is
        return ""


def summary_of(error: BaseException | None) -> str | None:
    """An exception's type and text, as events carry them."""
    return None if error is None else f"{type(error).__name__}: {text_of(error)}"


def ending_words(error: BaseException | None) -> str | None:
    """Type and text of the exception that ended a run; of what the test's own code raised also where it did.

    An assertion that has words is told by these.
    """
    said = summary_of(error)
    if said is None or not isinstance(error, Exception) or fault_of(error) is not None:
        return said
    text = text_of(error)
    if (isinstance(error, AssertionError) and text) or not (place := raised_at(error)):
        return said
    return f"{said} (at {place})" if text else f"{said}at {place}"


def is_check(error: BaseException | None) -> bool:
    """Whether it is a check of the test's own that does not hold: an assertion, or `pytest.fail`."""
    kind = type(error)
    # pytest's own is no AssertionError, and no test need have pytest.
    by_pytest = kind.__name__ == "Failed" and kind.__module__ in ("_pytest.outcomes", "builtins")
    return (isinstance(error, AssertionError) or by_pytest) and fault_of(error) is None


def _class_name(agent: Any) -> str:
    """The class of a participant, or the name of a connected agent."""
    return str(agent.name) if isinstance(agent, ConnectedAgentAdapter) else type(agent).__name__
