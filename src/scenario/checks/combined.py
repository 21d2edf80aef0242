"""Checks made of checks: all of them, any of them, or one that must not hold. Pure.

Only an AssertionError says that a check does not hold. One that cannot tell (a ScriptError where no answer came over
the wire, an error of a function's own) decides nothing by itself: it is raised, unless the others decide without it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from scenario.checks.check import Check, demand
from scenario.criterion import named, written
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptTypeError
from scenario.foreign import called, is_coroutine_function

# Of one check: None where it holds, its words where it does not, an error where it could not tell.
_Told: TypeAlias = str | Exception | None


@named
def all_of(*checks: Check) -> Check:
    """Each of these holds; where several do not, the message names all of them.

    Raises:
        ScriptTypeError: there is none, or one is no function.
    """
    wanted = _checked("all_of", checks)

    def conclude(told: Sequence[_Told]) -> None:
        said = [one for one in told if isinstance(one, str)]
        demand(not said, f"all_of: {len(said)} of {len(wanted)} do not hold: {'; '.join(said)}")
        _raise_first(told)

    return _together(wanted, conclude)


@named
def any_of(*checks: Check) -> Check:
    """One of these holds, or more; where none does, the message says why of each.

    Raises:
        ScriptTypeError: there is none, or one is no function.
    """
    wanted = _checked("any_of", checks)

    def conclude(told: Sequence[_Told]) -> None:
        if None in told:
            return
        _raise_first(told)
        raise AssertionError(f"any_of: none of {len(wanted)} holds: {'; '.join(map(str, told))}")

    return _together(wanted, conclude)


@named
def not_(check: Check) -> Check:
    """A check does not hold.

    Raises:
        ScriptTypeError: it is no function.
    """
    unwanted = _checked("not_", (check,))

    def conclude(told: Sequence[_Told]) -> None:
        _raise_first(told)
        demand(told[0] is not None, f"not_: {written(unwanted[0])} holds")

    return _together(unwanted, conclude)


def _checked(name: str, checks: tuple[Any, ...]) -> tuple[Callable[[ScenarioState], Any], ...]:
    if not checks or not all(map(callable, checks)):
        raise ScriptTypeError(
            f"scenario.checks.{name}({', '.join(f'{one!r:.60}' for one in checks)}): give checks, such as "
            "scenario.checks.text_contains('Paris')."
        )
    return checks


def _together(checks: Sequence[Callable[[ScenarioState], Any]], conclude: Callable[[Sequence[_Told]], None]) -> Check:
    """One check of several, whatever the others say; it has to be awaited where one of them has to be."""

    def check(state: ScenarioState) -> None:
        told: list[_Told] = []
        for one in checks:
            try:
                value = one(state)
            except Exception as error:  # noqa: BLE001 - whatever a check raises counts where the others do not decide
                told.append(_of_error(one, error))
            else:
                told.append(_of_value(one, value))
        conclude(told)

    async def check_later(state: ScenarioState) -> None:
        told: list[_Told] = []
        for one in checks:
            try:
                value = await called(one, state)
            except Exception as error:  # noqa: BLE001 - as above
                told.append(_of_error(one, error))
            else:
                told.append(_of_value(one, value))
        conclude(told)

    return check_later if any(map(is_coroutine_function, checks)) else check


def _of_error(check: Callable[..., Any], error: Exception) -> _Told:
    return (str(error) or f"{written(check)} does not hold") if isinstance(error, AssertionError) else error


def _of_value(check: Callable[..., Any], value: object) -> _Told:
    if inspect.isawaitable(value):
        getattr(value, "close", lambda: None)()
        raise ScriptTypeError(f"{written(check)} is to be awaited: make it an `async` function, or give a plain one.")
    if value is not None and not isinstance(value, bool):
        raise ScriptTypeError(f"{written(check)} gave {value!r:.80}, which is neither: return None, True or False.")
    return f"{written(check)} is False" if value is False else None


def _raise_first(told: Sequence[_Told]) -> None:
    for one in told:
        if isinstance(one, Exception):
            raise one
