"""Turns: who speaks when, how many there are, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError, ScriptError, ScriptTypeError
from tests.runner.players import Judging, Says, judge, play, said, user, verdict


@pytest.mark.parametrize("script", [None, [], (), [scenario.proceed()], iter(())])
async def test_no_script_is_free_play(script: Any) -> None:
    """None, an empty script and a lone `proceed()` are the same."""
    result = await play(user("q"), Says("a"), script=script, max_turns=2)
    assert [content for _, content in said(result)] == ["q", "a", "q", "a"]


async def test_roles_speak_in_order_however_they_are_listed() -> None:
    """In a turn users speak before agents before judges, within a role in list order."""
    order: list[str] = []

    def named(name: str, role: scenario.AgentRole) -> Says:
        return Says(lambda _: order.append(name) or name, role=role)

    role = scenario.AgentRole
    agents = [named("j", role.JUDGE), named("a1", role.AGENT), named("u", role.USER), named("a2", role.AGENT)]
    await play(*agents, max_turns=1)
    assert order == ["u", "a1", "a2", "j"]


async def test_an_instance_that_is_listed_twice_speaks_once() -> None:
    """The same instance twice is one participant."""
    agent = Says()
    await play(user(), agent, agent, max_turns=1)
    assert agent.calls == 1


@pytest.mark.parametrize("judges", [0, 1, 2])
async def test_the_limit_is_exact(judges: int) -> None:
    """With `max_turns=n` exactly n turns are played, then the run has failed and says why."""
    agent = Says()
    result = await play(user(), agent, *(judge() for _ in range(judges)), max_turns=3)
    assert agent.calls == 3
    assert not result.success
    assert "limit of 3 turns" in (result.reasoning or "")


async def test_the_limit_is_ten_by_default() -> None:
    """Ten turns, unless something else is configured."""
    agent = Says()
    await play(user(), agent)
    assert agent.calls == 10


@pytest.mark.parametrize("limit", [0, -1, True, 2.0, "3"])
async def test_a_limit_without_meaning_is_refused(limit: Any) -> None:
    """`max_turns` is a whole number of at least 1; anything else is a ValueError."""
    with pytest.raises(ConfigurationError, match="max_turns"):
        await play(max_turns=limit)


@pytest.mark.parametrize("floor", [-1, True, 1.5, "1"])
async def test_a_floor_without_meaning_is_refused(floor: Any) -> None:
    """`min_turns` is a whole number of at least 0, or None."""
    with pytest.raises(ConfigurationError, match="min_turns"):
        await play(min_turns=floor)


async def test_a_floor_above_the_limit_is_refused() -> None:
    """Before anybody was asked."""
    agent = Says()
    with pytest.raises(ValueError, match="min_turns=4 is above max_turns=3"):
        await play(user(), agent, max_turns=3, min_turns=4)
    assert agent.calls == 0


async def test_the_limit_lists_what_nobody_decided() -> None:
    """Criteria without a verdict are inconclusive and failed; those that checkpoints found met have passed."""
    judging = Judging(["met", "open"], verdict(passed_criteria=["met"]), [])
    result = await play(judging, script=[scenario.judge(criteria=["met"]), scenario.proceed()], max_turns=1)
    assert result.passed_criteria == ["met"]
    assert result.failed_criteria == result.inconclusive_criteria == ["open"]
    assert [(c.criterion, c.status) for c in result.criteria] == [("open", "inconclusive")]


@pytest.mark.parametrize("judges", [0, 1])
@pytest.mark.parametrize("before", [[], [scenario.user("s"), scenario.agent("s")]])
@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_proceed_plays_so_many_turns(turns: int, before: list[Any], judges: int) -> None:
    """`proceed(n)` is n turns, with and without a judge, at the start and after scripted lines; 0 is none."""
    simulator, agent = user(), Says()
    steps = [*before, scenario.proceed(turns), scenario.succeed("done")]
    result = await play(simulator, agent, *(judge() for _ in range(judges)), script=steps)
    assert (simulator.calls, agent.calls, result.reasoning) == (turns, turns, "done")


async def test_a_turn_that_a_script_began_counts() -> None:
    """After a scripted user line `proceed(1)` plays the rest of that turn."""
    simulator, agent = user(), Says()
    await play(simulator, agent, script=[scenario.user("x"), scenario.proceed(1)])
    assert (simulator.calls, agent.calls) == (0, 1)


@pytest.mark.parametrize("turns", [-1, True, 1.5, "2"])
def test_proceed_refuses_what_is_no_number_of_turns(turns: Any) -> None:
    """It is a ValueError where the step is written."""
    with pytest.raises(ScriptError, match="whole number of turns"):
        scenario.proceed(turns)


def test_proceed_refuses_what_cannot_be_called() -> None:
    """A callback that is no function is a TypeError where the step is written."""
    with pytest.raises(ScriptTypeError, match="on_step=5"):
        scenario.proceed(on_step=5)  # type: ignore[arg-type]


async def test_scripted_turns_leave_less_to_free_play() -> None:
    """A `proceed()` after as many scripted turns as the limit allows ends at once."""
    agent = Says()
    steps = [step for _ in range(2) for step in (scenario.user("u"), scenario.agent("a"))]
    result = await play(user(), agent, script=[*steps, scenario.proceed()], max_turns=2)
    assert agent.calls == 0
    assert "limit of 2 turns" in (result.reasoning or "")


async def test_scripted_lines_are_not_limited() -> None:
    """A script may be longer than `max_turns`."""
    steps = [step for _ in range(5) for step in (scenario.user("u"), scenario.agent())]
    assert (await play(Says(), script=[*steps, scenario.succeed()], max_turns=2)).success


@pytest.mark.parametrize("judges", [0, 1])
@pytest.mark.parametrize("before", [[], [scenario.user("s"), scenario.agent("s")]])
async def test_on_turn_is_called_after_each_finished_turn(before: list[Any], judges: int) -> None:
    """Once for each turn that `proceed` plays, with the turn's messages there."""
    seen: list[int] = []
    await play(
        user(),
        Says(),
        *(judge() for _ in range(judges)),
        script=[*before, scenario.proceed(3, on_turn=lambda state: seen.append(len(state.messages) - len(before)))],
    )
    assert seen == [2, 4, 6]


async def test_on_turn_is_called_for_the_last_turn_before_the_limit_and_not_after_it() -> None:
    """A turn that is never played has no callback."""
    turns: list[int] = []
    await play(
        user(), Says(), script=[scenario.proceed(on_turn=lambda state: turns.append(state.current_turn))], max_turns=2
    )
    assert turns == [0, 1]


async def test_on_turn_is_called_for_the_turn_of_the_verdict() -> None:
    """The judge ended it, so that it is finished."""
    turns: list[int] = []
    steps = [scenario.proceed(on_turn=lambda state: turns.append(state.current_turn))]
    assert (await play(user(), Says(), judge([], verdict()), script=steps)).success
    assert turns == [0, 1]


async def test_on_turn_is_not_called_for_a_turn_that_was_broken_off() -> None:
    """An agent's result ends the run in the middle of a turn."""
    turns: list[int] = []
    steps = [scenario.proceed(on_turn=lambda state: turns.append(state.current_turn))]
    await play(user(), Says("a", verdict()), judge(), script=steps)
    assert turns == [0]


async def test_on_step_is_called_after_each_participant() -> None:
    """After users, agents and judges, also where a judge stays silent, and not once more at the limit."""
    seen: list[int] = []
    await play(
        user(),
        Says(),
        judge(),
        script=[scenario.proceed(on_step=lambda state: seen.append(len(state.messages)))],
        max_turns=2,
    )
    assert seen == [1, 2, 2, 3, 4, 4]


async def test_callbacks_may_be_coroutines_and_their_values_are_ignored() -> None:
    """An async callback is awaited; what it returns ends nothing."""
    seen: list[str] = []

    async def on_turn(state: scenario.ScenarioState) -> Any:
        seen.append("turn")
        return verdict()

    await play(user(), Says(), script=[scenario.proceed(2, on_turn=on_turn)])
    assert seen == ["turn", "turn"]


async def test_a_callback_that_lets_somebody_speak_does_not_make_it_speak_twice() -> None:
    """In a turn of free play nobody speaks twice, whatever a callback plays."""
    agent = Says()
    asked: list[int] = []

    async def on_step(state: scenario.ScenarioState) -> None:
        if not asked:
            asked.append(1)
            await scenario.agent()(state)

    await play(user(), agent, script=[scenario.proceed(1, on_step=on_step)])
    assert agent.calls == 1


@pytest.mark.parametrize("who", ["user", "agent"])
async def test_a_participants_result_ends_free_play(who: str) -> None:
    """A `ScenarioResult` from a user or an agent ends the run where it comes."""
    ending = verdict(reasoning=who)
    agent = Says(ending)
    result = await play(user(ending) if who == "user" else user(), agent)
    assert result.reasoning == who
    assert agent.calls == (0 if who == "user" else 1)


async def test_nobody_at_all_ends_at_once() -> None:
    """Free play among nobody is no endless loop, whatever the limit."""
    result = await play(max_turns=10**12)
    assert not result.success
    result = await play(script=[scenario.proceed(10**12), scenario.succeed("on")], max_turns=10**13)
    assert result.reasoning == "on"


async def test_each_sees_what_it_has_not_seen() -> None:
    """The first time everything so far, then what came since, its own messages left out."""
    agent, other = Says("a1", "a2"), Says("b1", "b2")
    await play(user("u1", "u2"), agent, other, max_turns=2)
    news = [[message["content"] for message in given.new_messages] for given in agent.inputs]
    assert news == [["u1"], ["b1", "u2"]]
    assert [message["content"] for message in other.inputs[1].messages] == ["u1", "a1", "b1", "u2", "a2"]


async def test_silence_is_an_answer() -> None:
    """`[]` from an agent adds nothing, and the run goes on."""
    result = await play(user("q"), Says([]), max_turns=2)
    assert [content for _, content in said(result)] == ["q", "q"]
