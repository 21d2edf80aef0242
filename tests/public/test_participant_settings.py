"""Settings of participants, read and changed as code for the established package of this API does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import scenario
from scenario import AgentInput, ModelConfig, ScenarioConfig
from scenario.testing import ModelServer
from tests.runner.players import Says, play, verdict


@pytest.fixture
def restored() -> Iterator[None]:
    """What is configured afterwards is what was before."""
    before = ScenarioConfig.default_config
    yield
    ScenarioConfig.default_config = before


@pytest.mark.usefixtures("restored")
async def test_tests_may_set_what_is_configured_to_none() -> None:
    """Then the built-in defaults hold, and `configure` begins anew."""
    unset: Any = None
    ScenarioConfig.default_config = unset
    assert scenario.default_config == ScenarioConfig()
    assert (await play(Says(), script=[scenario.succeed()])).success
    scenario.configure(max_turns=3)
    assert ScenarioConfig.default_config.max_turns == 3


def test_a_judge_shows_what_it_was_told() -> None:
    """Classes derived from it read how it was made."""
    made = scenario.JudgeAgent(criteria=["c"], model="openai/m", api_base="http://x/v1", api_key="k", max_tokens=9)
    assert (made.model, made.api_base, made.api_key, made.max_tokens) == ("openai/m", "http://x/v1", "k", 9)
    assert made.temperature == 0.0


@pytest.mark.usefixtures("restored")
def test_a_participant_shows_what_is_configured() -> None:
    """Where it was told nothing itself; by name, or with all settings."""
    scenario.configure(default_model="openai/named")
    simulator = scenario.UserSimulatorAgent(temperature=0.2)
    assert (simulator.model, simulator.api_key, simulator.temperature) == ("openai/named", None, 0.2)
    scenario.configure(default_model=ModelConfig("openai/other", api_key="k", temperature=0.7, max_tokens=5))
    made = scenario.JudgeAgent()
    assert (made.model, made.api_key, made.temperature, made.max_tokens) == ("openai/other", "k", 0.7, 5)


async def test_a_changed_model_is_the_one_that_is_asked() -> None:
    """The attributes are the settings themselves, and no copies."""
    async with ModelServer() as server:
        simulator = scenario.UserSimulatorAgent(model=server.config())
        simulator.model, simulator.temperature = "openai/changed", 0.5
        await play(simulator, Says(), max_turns=1)
        assert [(r.body["model"], r.body["temperature"]) for r in server.requests] == [("changed", 0.5)]


async def test_a_class_names_its_model() -> None:
    """As its attribute; the argument wins."""

    class Judging(scenario.JudgeAgent):
        model = "openai/of-the-class"

    async with ModelServer() as server:
        for named in (None, "openai/argument"):
            made = Judging(criteria=["c"], model=named, api_base=server.base_url, api_key="k")
            await play(made, script=[scenario.user("x"), scenario.judge()])
        assert [request.body["model"] for request in server.requests] == ["of-the-class", "argument"]


async def test_a_judge_may_leave_the_built_in_construction_out() -> None:
    """A class that decides by itself needs no model, and keeps what it likes."""

    class Own(scenario.JudgeAgent):
        def __init__(self) -> None:
            self.model = "mine"
            self.criteria = ["c"]

        async def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
            return verdict(reasoning=f"{self.model} {input.judgment_request is not None}")

    result = await play(Own(), script=[scenario.user("x"), scenario.judge()])
    assert result.reasoning == "mine True"
