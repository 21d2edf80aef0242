"""Deterministic checks for scripts: each is made with what must hold, and called with the state.

    script=[
        scenario.user("What's the weather in Paris?"),
        scenario.agent(),
        scenario.checks.text_contains("Paris"),
        scenario.checks.ttft_below(2.0),
        scenario.succeed(),
    ]

One that does not hold raises an AssertionError which says what was there instead. Those of the wire (times, `outcome`,
`status`, `malformed_at_most`, `stream_conforms`) need an agent that is reached over it, and raise a ScriptError where
none has answered yet. Any function of the state is a check as well.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenario.checks.check import Check as Check
    from scenario.checks.combined import all_of as all_of, any_of as any_of, not_ as not_
    from scenario.checks.conformance import stream_conforms as stream_conforms
    from scenario.checks.cost import cost_below as cost_below
    from scenario.checks.json_value import jmespath as jmespath
    from scenario.checks.schema import json_schema as json_schema
    from scenario.checks.stream import (
        gap_below as gap_below,
        malformed_at_most as malformed_at_most,
        outcome as outcome,
        status as status,
        total_below as total_below,
        ttft_below as ttft_below,
    )
    from scenario.checks.text import (
        longer_than as longer_than,
        matches as matches,
        matches_not as matches_not,
        shorter_than as shorter_than,
        text_contains as text_contains,
        text_equals as text_equals,
        text_lacks as text_lacks,
    )
    from scenario.checks.tools import (
        tool_called as tool_called,
        tool_not_called as tool_not_called,
        tools_in_order as tools_in_order,
    )
    from scenario.checks.whole_conversation import says_nothing_about as says_nothing_about
    from scenario.checks.written_language import language as language
    from scenario.similarity import similar_to as similar_to

_HOMES = {
    "scenario.checks.check": ("Check",),
    "scenario.checks.combined": ("all_of", "any_of", "not_"),
    "scenario.checks.conformance": ("stream_conforms",),
    "scenario.checks.cost": ("cost_below",),
    "scenario.checks.schema": ("json_schema",),
    "scenario.checks.json_value": ("jmespath",),
    "scenario.checks.written_language": ("language",),
    "scenario.checks.stream": (
        "gap_below",
        "malformed_at_most",
        "outcome",
        "status",
        "total_below",
        "ttft_below",
    ),
    "scenario.checks.text": (
        "longer_than",
        "matches",
        "matches_not",
        "shorter_than",
        "text_contains",
        "text_equals",
        "text_lacks",
    ),
    "scenario.checks.tools": ("tool_called", "tool_not_called", "tools_in_order"),
    "scenario.checks.whole_conversation": ("says_nothing_about",),
    "scenario.similarity": ("similar_to",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Check",
    "all_of",
    "any_of",
    "cost_below",
    "gap_below",
    "jmespath",
    "json_schema",
    "language",
    "longer_than",
    "malformed_at_most",
    "matches",
    "matches_not",
    "not_",
    "outcome",
    "says_nothing_about",
    "shorter_than",
    "similar_to",
    "status",
    "stream_conforms",
    "text_contains",
    "text_equals",
    "text_lacks",
    "tool_called",
    "tool_not_called",
    "tools_in_order",
    "total_below",
    "ttft_below",
]

if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        if name in _HOME_OF:
            return getattr(importlib.import_module(_HOME_OF[name]), name)
        message = f"module 'scenario.checks' has no attribute {name!r}. There are: {', '.join(__all__)}."
        raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
