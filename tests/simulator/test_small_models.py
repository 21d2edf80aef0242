"""A small model as the user: it is done, is watched and is told of its character as a larger one is."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError, ScenarioError, UserSimulatorError
from tests.human_input.test_runs import asks
from tests.judge.test_small_models import NAME, SmallModelServer
from tests.runner.players import Says, judge, play, said, verdict


def small(server: SmallModelServer, **settings: Any) -> scenario.UserSimulatorAgent:
    """A user that continues a log."""
    return scenario.UserSimulatorAgent(model=NAME, api_base=f"{server.url}/v1", **settings)


async def test_its_end_ends_free_play() -> None:
    """The agent is not called for it, and the verdict is demanded."""
    agent = Says("20 °C.")
    judging = judge(lambda given: [] if given.judgment_request is None else verdict(reasoning="decided"))
    async with SmallModelServer(" How warm is it?", " [END]") as server:
        result = await play(small(server), agent, judging)
    assert said(result) == [("user", "How warm is it?"), ("assistant", "20 °C.")]
    assert result.reasoning == "decided"


async def test_a_floor_of_turns_holds() -> None:
    """It is asked once more; then it is its fault."""
    async with SmallModelServer(" Hi there.", " [END]", " And in Rome?", " [END]", " [END]") as server:
        with pytest.raises(UserSimulatorError, match=r"in turn 3, twice.*min_turns=4"):
            await play(small(server), Says("ok"), min_turns=4)
    assert len(server.asked) == 5


async def test_it_is_watched() -> None:
    """By the rules, once more and not again."""
    async with SmallModelServer(" How can I help you today?", " Where is it?") as server:
        result = await play(small(server), Says("ok"), max_turns=1)
        assert said(result)[0] == ("user", "Where is it?")
    async with SmallModelServer(*[" How can I help you today?"] * 2) as server:
        with pytest.raises(UserSimulatorError, match=r"role break"):
            await play(small(server), Says("ok"), max_turns=1)


async def test_its_character_stands_in_the_log() -> None:
    """Facts and traits, too."""
    async with SmallModelServer(" Hi.") as server:
        await play(small(server, knows={"order number": 4711}, traits=["impatient"]), Says("ok"), max_turns=1)
    assert "The customer's order number is 4711." in server.asked[0]["prompt"]
    assert "Impatient: " in server.asked[0]["prompt"]


@pytest.mark.parametrize("settings", [{"monitor": "model"}, {"on_interrupt": "user"}])
async def test_what_it_cannot_decide_is_a_setting_without_meaning(settings: Any) -> None:
    """The error says so, and is the configuration's."""
    async with SmallModelServer(*[" Pay, please."] * 3) as server:
        with pytest.raises(ScenarioError, match=r"asks a model to decide.*only continue a chat log") as failed:
            await play(small(server, **settings), Says(asks()))
    assert failed.value.fault == ConfigurationError.fault
