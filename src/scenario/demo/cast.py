"""Who plays the demonstration, each part with the words that say so; and the cast that needs no model."""

from __future__ import annotations

import msgspec

from scenario.demo.forecast import CITIES
from scenario.demo.scenarios import judge_by_rules, user_by_plan
from scenario.demo.weather_agent import Answer, by_rules
from scenario.dialogue.adapter import AgentAdapter


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """The parts, each with the words that say what plays it.

    Attributes:
        model: the model's name; None where everything goes by rules.
        respond: what the agent says.
        judge: of what the agent said; that the user asked is decided by rules in any cast.
    """

    model: str | None
    respond: Answer
    user: AgentAdapter
    judge: AgentAdapter
    parts: tuple[tuple[str, str], ...]


def by_rules_alone() -> Cast:
    """Everything by rules: the same each time, with no model at all."""
    return Cast(
        model=None,
        respond=by_rules,
        user=user_by_plan(),
        judge=judge_by_rules(),
        parts=(
            ("agent", f"rules over a table of {len(CITIES)} cities, streamed word by word"),
            ("user", "a plan of three questions"),
            ("judge", "deterministic checks"),
        ),
    )
