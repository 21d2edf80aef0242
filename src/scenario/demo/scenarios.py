"""The two scenarios of the demonstration: one that the agent passes, and one that shows what a failure looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import scenario
from scenario.agents.user_simulator.agent import UserSimulatorAgent
from scenario.demo.rules import CheckingJudge, PlannedUser, never_says, says
from scenario.dialogue.adapter import AgentAdapter
from scenario.types import ScenarioResult

OPENING = "What's the weather like in Paris today?"
PLAN = (OPENING, "And do I need an umbrella?", "What will it be like tomorrow?")

PASSING = {
    "The agent states the temperature in Paris.": says(r"\b\d+\s?°C\b.*\bParis\b"),
    "The agent answers the user's questions about the weather.": says(r"\b(umbrella|rain|tomorrow|jacket)\b"),
    "The agent does not offer to book a flight.": never_says(r"\b(book|flight|ticket)"),
}
FAILING = {
    "The agent states the temperature in Atlantis.": says(r"\b\d+\s?°C\b.*\bAtlantis\b"),
}

WEATHER = (
    "A traveller spends the day in Paris. She wants to know the weather there today, whether she needs an umbrella, "
    "and what the weather will be tomorrow."
)


def user_by_plan(improvising: UserSimulatorAgent | None = None) -> AgentAdapter:
    """A user who says the plan's lines: where there is one who improvises, only when that one has nothing to say."""
    return PlannedUser(PLAN, improvising)


def judge_by_rules() -> AgentAdapter:
    """A judge who needs no model."""
    return CheckingJudge(PASSING)


async def passing(agent: AgentAdapter, user: AgentAdapter, judge: AgentAdapter) -> ScenarioResult:
    """Three turns about the weather in Paris, judged."""
    return await _run(
        "weather in Paris",
        WEATHER,
        [agent, user, judge],
        [
            scenario.user(OPENING),
            scenario.agent(),
            *(step for _ in PLAN[1:] for step in (scenario.user(), scenario.agent())),
            scenario.judge(),
        ],
    )


async def failing(agent: AgentAdapter) -> ScenarioResult:
    """One turn about a city that the agent's table lacks; the judge goes by rules, so that it fails each time."""
    return await _run(
        "a city that the agent does not know",
        "A traveller asks about a city that the agent's table lacks.",
        [agent, CheckingJudge(FAILING)],
        [scenario.user("How warm is it in Atlantis?"), scenario.agent(), scenario.judge()],
    )


async def _run(name: str, description: str, agents: Sequence[AgentAdapter], script: Sequence[Any]) -> ScenarioResult:
    return await scenario.run(
        name=name, description=description, agents=agents, script=script, verbose=True, max_turns=10, set_id="demo"
    )
