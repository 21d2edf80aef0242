"""Checks made of checks: all of them, any of them, or one that must not hold. Pure.

Only an AssertionError says that a check does not hold. One that cannot tell (a ScriptError where no answer came over
the wire, an error of a function's own) decides nothing by itself: it is raised, unless the others decide without it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from scenario.checks.check import Check, demand
from scenario.criterion import named, written
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptTypeError


@named
def all_of(*checks: Check) -> Check:
    """Each of these holds; where several do not, the message names all of them.

    Raises:
        ScriptTypeError: there is none, or one is no function.
    """
    wanted = _checked("all_of", checks)

    def check(state: ScenarioState) -> None:
        failed, unknown = _outcomes("all_of", wanted, state)
        said = [words for words in failed if words is not None]
        demand(not said, f"all_of: {len(said)} of {len(wanted)} do not hold: {'; '.join(said)}")
        if unknown is not None:
            raise unknown

    return check


@named
def any_of(*checks: Check) -> Check:
    """One of these holds, or more; where none does, the message says why of each.

    Raises:
        ScriptTypeError: there is none, or one is no function.
    """
    wanted = _checked("any_of", checks)

    def check(state: ScenarioState) -> None:
        failed, unknown = _outcomes("any_of", wanted, state)
        said = [words for words in failed if words is not None]
        if unknown is not None and len(said) == len(failed):
            raise unknown
        demand(len(said) < len(failed), f"any_of: none of {len(wanted)} holds: {'; '.join(said)}")

    return check


@named
def not_(check: Check) -> Check:
    """A check does not hold.

    Raises:
        ScriptTypeError: it is no function.
    """
    (unwanted,) = _checked("not_", (check,))

    def check_(state: ScenarioState) -> None:
        failed, unknown = _outcomes("not_", (unwanted,), state)
        if unknown is not None:
            raise unknown
        demand(failed != [None], f"not_: {written(unwanted)} holds")

    return check_


def _checked(name: str, checks: tuple[Any, ...]) -> tuple[Callable[[ScenarioState], Any], ...]:
    if not checks or not all(map(callable, checks)):
        raise ScriptTypeError(
            f"scenario.checks.{name}({', '.join(f'{one!r:.60}' for one in checks)}): give checks, such as "
            "scenario.checks.text_contains('Paris')."
        )
    return checks


def _outcomes(
    name: str, checks: tuple[Callable[[ScenarioState], Any], ...], state: ScenarioState
) -> tuple[list[str | None], Exception | None]:
    """Of each check that could tell, None where it holds, else its words; and the error of the first that could not."""
    told: list[str | None] = []
    unknown: Exception | None = None
    for check in checks:
        try:
            value = check(state)
        except AssertionError as error:
            told.append(str(error) or f"{written(check)} does not hold")
        except Exception as error:  # noqa: BLE001 - whatever a check raises, it is raised where the others do not decide
            unknown = unknown or error
        else:
            if inspect.isawaitable(value):
                getattr(value, "close", lambda: None)()
                raise ScriptTypeError(
                    f"scenario.checks.{name}: {written(check)} is to be awaited: give plain functions."
                )
            told.append(f"{written(check)} is False" if value is False else None)
    return told, unknown
