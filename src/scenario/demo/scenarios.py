"""The two scenarios of the demonstration: one that the agent passes, and one that shows what a failure looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import scenario
from scenario.demo.rules import CheckingJudge, PlannedUser, Question, asks, never_says, says
from scenario.dialogue.adapter import AgentAdapter
from scenario.dialogue.state import ScenarioState
from scenario.types import ScenarioResult

if TYPE_CHECKING:
    from scenario.agents.user_simulator.agent import UserSimulatorAgent

OPENING: Final = "What's the weather like in Paris today?"
UMBRELLA: Final = Question(line="And do I need an umbrella?", asked=r"\bumbrella")
TOMORROW: Final = Question(line="What will it be like tomorrow?", asked=r"\btomorrow\b")
PLAN: Final = (UMBRELLA, TOMORROW)

# In this order and with "asks" for each: told what she "wants to know", a small model leaves questions out.
WEATHER: Final = (
    "A traveller spends the day in Paris. She asks how the weather is there today, then whether she needs an umbrella, "
    "and then what the weather will be tomorrow."
)
ASKED: Final = {
    "The user asks whether she needs an umbrella.": asks(UMBRELLA),
    "The user asks what the weather will be tomorrow.": asks(TOMORROW),
}
ANSWERED: Final = {
    "The agent states the temperature in Paris.": says(r"\b\d+\s?°C\b.*\bParis\b"),
    "The agent says whether an umbrella is needed.": says(r"\bumbrella\b"),
    "The agent says what the weather will be tomorrow.": says(r"\btomorrow\b.*\b\d+\s?°C"),
    "The agent does not offer to book a flight.": never_says(r"\b(book|flight|ticket)"),
}
FAILING: Final = {
    "The agent states the temperature in Atlantis.": says(r"\b\d+\s?°C\b.*\bAtlantis\b"),
}

# After the opening. A user who improvises may ask something else in between, but not for ever.
_MOST_TURNS = 4


def user_by_plan(improvising: UserSimulatorAgent | None = None) -> AgentAdapter:
    """A user who asks the plan's questions: where there is one who improvises, only when that one is silent."""
    return PlannedUser(PLAN, improvising)


def judge_by_rules() -> AgentAdapter:
    """A judge of what the agent said who needs no model."""
    return CheckingJudge(ANSWERED)


async def passing(agent: AgentAdapter, user: AgentAdapter, judge: AgentAdapter) -> ScenarioResult:
    """The weather in Paris, until all of the description is asked; first judged is that it was, by rules."""
    return await _run(
        "weather in Paris",
        WEATHER,
        [agent, user, CheckingJudge(ASKED), judge],
        [
            scenario.user(OPENING),
            scenario.agent(),
            _until_all_is_asked,
            scenario.judge(criteria=list(ASKED)),
            scenario.judge(),
        ],
    )


async def _until_all_is_asked(state: ScenarioState) -> None:
    for _ in range(_MOST_TURNS):
        if all(question.stands_in(state.messages) for question in PLAN):
            return
        await scenario.user()(state)
        await scenario.agent()(state)


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
