"""A check of a place in the agent's JSON. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from scenario.checks.check import Check, demand, shown
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.protocols.json_path import JsonPath

_ANY: Final = object()
TOO_DEEP: Final = "the agent's JSON is nested too deep"


@named
def jmespath(path: str, *, equals: Any = _ANY, contains: str | None = None) -> Check:
    """Something stands at a JMESPath (https://jmespath.org) in the agent's JSON.

    That is its last message where this is JSON, and else the body of the last answer on the wire.

    Args:
        path: the place.
        equals: the value that must stand there; by default any that is neither null, false nor empty.
        contains: a text that what stands there must have in it.

    Raises:
        ConfigurationError: it is no JMESPath.
    """
    place = JsonPath(path, argument="jmespath")

    def check(state: ScenarioState) -> None:
        value = json_of(state, "jmespath")
        try:
            _compare(place.found_in(value), path, equals, contains)
        except RecursionError:
            raise AssertionError(f"jmespath: {TOO_DEEP} to look at {path!r} in it") from None

    return check


def _compare(found: Any, path: str, equals: Any, contains: str | None) -> None:
    if equals is not _ANY:
        demand(found == equals, f"jmespath: at {path!r} stands {shown(found)}, not {shown(equals)}")
    if contains is not None:
        text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
        demand(contains in text, f"jmespath: {contains!r} is not in what stands at {path!r}: {shown(found)}")
    if equals is _ANY and contains is None:
        is_zero = found == 0 and not isinstance(found, bool)
        demand(found or is_zero, f"jmespath: at {path!r} stands {shown(found)}")


def json_of(state: ScenarioState, check: str) -> Any:
    """The agent's last message where it is JSON, and else the body of the last answer on the wire.

    Args:
        state: the run's.
        check: who asks, for the message.

    Raises:
        AssertionError: neither is an object or a list.
    """
    body = state.exchanges[-1].body if state.exchanges else b""
    candidates = [state.last_agent_message().encode("utf-8", "replace"), body]
    is_too_deep = False
    for text in candidates:
        try:
            value = msgspec.json.decode(text)
        except RecursionError:
            is_too_deep = True
            continue
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if isinstance(value, dict | list):
            return value
    if is_too_deep:
        raise AssertionError(f"{check}: {TOO_DEEP} to be read: {shown(candidates[0])}")
    raise AssertionError(
        f"{check}: neither the agent's last message nor its answer's body is JSON: {shown(candidates[0])}"
    )
