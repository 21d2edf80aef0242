"""A check of a place in the agent's JSON. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from scenario.checks.check import Check, demand, shown
from scenario.dialogue.state import ScenarioState
from scenario.protocols.json_path import JsonPath

_ANY: Final = object()


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
        found = place.find(_json(state))
        if equals is not _ANY:
            demand(found == equals, f"jmespath: at {path!r} stands {shown(found)}, not {shown(equals)}")
        if contains is not None:
            text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
            demand(contains in text, f"jmespath: {contains!r} is not in what stands at {path!r}: {shown(found)}")
        if equals is _ANY and contains is None:
            is_zero = found == 0 and not isinstance(found, bool)
            demand(found or is_zero, f"jmespath: at {path!r} stands {shown(found)}")

    return check


def _json(state: ScenarioState) -> Any:
    body = state.exchanges[-1].body if state.exchanges else b""
    candidates = [state.last_agent_message().encode("utf-8", "replace"), body]
    for text in candidates:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(value, dict | list):
            return value
    raise AssertionError(
        f"jmespath: neither the agent's last message nor its answer's body is JSON: {shown(candidates[0])}"
    )
