"""What a check is, and the one way in which all of them say that they do not hold. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptError
from scenario.exchange import Exchange

# What every function of this package returns: to be called with the state, by a script.
Check: TypeAlias = Callable[[ScenarioState], Any]

_LONGEST_SHOWN: Final = 300


def demand(holds: object, message: str) -> None:
    """Fail the check where it does not hold.

    Raises:
        AssertionError: it does not.
    """
    if not holds:
        raise AssertionError(message)


def shown(value: object) -> str:
    """A value, short enough for a message."""
    if isinstance(value, str | bytes):
        value = value[:_LONGEST_SHOWN]
    try:
        text = repr(value)
    except RecursionError:
        return "a value that is nested too deep to be shown"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def last_exchange(state: ScenarioState, check: str) -> Exchange:
    """The newest call over the wire.

    Raises:
        ScriptError: there is none: the agent is in this process, or was not asked yet.
    """
    if not state.exchanges:
        raise ScriptError(
            f"{check} looks at the last answer on the wire, and there is none: let a scenario.RemoteAgent answer first."
        )
    return state.exchanges[-1]
