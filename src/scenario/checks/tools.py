"""Checks of the tools that the agent called. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenario.checks.check import Check, demand, shown
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState


@named
def tool_called(name: str, *, arguments: Mapping[str, Any] | None = None, times: int | None = None) -> Check:
    """A tool was called in the conversation so far.

    Args:
        name: the tool's name.
        arguments: arguments that the call must have, among others; mappings in them may have more keys, too.
        times: how many such calls there must be exactly; at least one by default.
    """

    def check(state: ScenarioState) -> None:
        calls = state.tool_calls()
        found = [call for call in calls if call.name == name]
        if arguments is not None:
            fitting = [call for call in found if _has(call.input, arguments)]
            inputs = ", ".join(shown(call.input) for call in found)
            demand(fitting or times == 0 or not found, f"tool_called: {name!r} was called, but with {inputs}")
            found = fitting
        called = ", ".join(dict.fromkeys(call.name for call in calls)) or "none"
        if times is None:
            demand(found, f"tool_called: {name!r} was not called. Called were: {called}")
        else:
            demand(len(found) == times, f"tool_called: {name!r} was called {len(found)} times, not {times}")

    return check


@named
def tool_not_called(name: str) -> Check:
    """A tool was not called in the conversation so far."""

    def check(state: ScenarioState) -> None:
        calls = state.tool_calls(name)
        demand(not calls, f"tool_not_called: {name!r} was called, with {shown(calls.first.input)}")

    return check


@named
def tools_in_order(*names: str) -> Check:
    """Tools were called in this order; there may be other calls between them."""

    def check(state: ScenarioState) -> None:
        called = [call.name for call in state.tool_calls()]
        rest = iter(called)
        missing = next((name for name in names if name not in rest), None)
        order = ", ".join(called) or "none"
        demand(missing is None, f"tools_in_order: {missing!r} was not called where it should be. Called were: {order}")

    return check


def _has(given: object, wanted: Mapping[str, Any]) -> bool:
    return isinstance(given, Mapping) and all(
        name in given and (_has(given[name], value) if isinstance(value, Mapping) else given[name] == value)
        for name, value in wanted.items()
    )
