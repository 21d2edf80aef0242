"""Free play in which the user has nothing more to say: nobody asks the agent, and a verdict is demanded."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from tests.runner.players import Judging, Says, judge, play, said, user, verdict


def deciding(input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
    """A judge that decides where it has to."""
    return [] if input.judgment_request is None else verdict(reasoning="decided")


@pytest.mark.parametrize("script", [None, [scenario.proceed()], [scenario.user(), scenario.proceed()]])
async def test_a_silent_user_ends_free_play_with_a_demanded_verdict(script: Any) -> None:
    """The agent has answered what was said to it, and nothing else."""
    agent, judging = Says("a"), judge(deciding)
    result = await play(user("q", []), agent, judging, script=script)
    assert said(result) == [("user", "q"), ("assistant", "a")]
    assert (agent.calls, result.reasoning) == (1, "decided")
    assert [one.judgment_request is not None for one in judging.inputs] == [False, True]


async def test_a_user_who_says_nothing_at_all_leaves_nothing_to_judge() -> None:
    """The agent is never called, so that it has neither passed nor failed."""
    agent = Says("a")
    result = await play(user([]), agent, judge(deciding))
    assert (agent.calls, result.outcome, result.messages) == (0, "undecided", [])
    assert "the agent was never asked" in str(result.reasoning)


@pytest.mark.parametrize("judges", [0, 1])
async def test_without_a_verdict_nobody_has_decided(judges: int) -> None:
    """The result says why it ended, and its criteria are inconclusive."""
    agent = Says("a")
    result = await play(user("q", []), agent, *(Judging(["c"]) for _ in range(judges)))
    assert not result.success
    assert str(result.reasoning).startswith("The user had nothing more to say, and nobody has decided.")
    assert ("Nobody in `agents` judges" in str(result.reasoning)) is not bool(judges)
    assert result.inconclusive_criteria == ["c"] * judges
    assert agent.calls == 1


async def test_what_an_agent_still_waits_for_is_told() -> None:
    """It has asked, and the user does not answer any more."""

    def asks(input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        input.interrupted({"kind": "input-required", "message": "Which day?"})
        return "Which day?"

    result = await play(user("q", []), Says(asks))
    assert "The agent still waits for a human (input-required): 'Which day?'" in str(result.reasoning)


@pytest.mark.parametrize("judges", [0, 1])
async def test_a_number_of_turns_ends_there_and_the_script_goes_on(judges: int) -> None:
    """With the next step, in which the user may be asked anew."""
    talking, agent = user("q", [], "again"), Says("a")
    steps = [scenario.proceed(5), scenario.message({"role": "system", "content": "s"}), scenario.proceed(1)]
    result = await play(
        talking, agent, *(judge() for _ in range(judges)), script=[*steps, scenario.succeed("done")], max_turns=9
    )
    assert (talking.calls, agent.calls, result.reasoning) == (3, 2, "done")


async def test_another_user_may_speak_in_its_place() -> None:
    """The turn is silent only where all users are."""
    agent = Says("a")
    result = await play(user([]), user("x", []), agent)
    assert said(result) == [("user", "x"), ("assistant", "a")]


async def test_a_scripted_line_is_answered_whoever_is_silent() -> None:
    """It stands for a user; another one has nothing to add."""
    agent = Says("a")
    result = await play(user([]), user([]), agent, script=[scenario.user("x"), scenario.proceed()])
    assert said(result) == [("user", "x"), ("assistant", "a")]


@pytest.mark.parametrize("by_step", [True, False])
async def test_a_callback_may_say_something_for_the_user(by_step: bool) -> None:
    """The agent answers that, and free play goes on."""
    added: list[int] = []

    async def add(state: scenario.ScenarioState) -> None:
        if not added and len(state.messages) == 2:
            added.append(1)
            if by_step:
                await scenario.user("from the test")(state)
            else:
                state.add_message({"role": "user", "content": "from the test"})

    agent = Says("a")
    result = await play(user("q", []), agent, script=[scenario.proceed(on_turn=add)])
    assert [content for _, content in said(result)] == ["q", "a", "from the test", "a"]


async def test_agents_do_not_talk_to_each_other_for_a_silent_user() -> None:
    """What the other agent has said is no user's line."""
    first, second = Says("a"), Says("b")
    await play(user("q", []), first, second)
    assert (first.calls, second.calls) == (1, 1)


async def test_a_script_lets_the_agent_speak_all_the_same() -> None:
    """`agent()` is the test's own wish."""
    agent = Says("a")
    await play(user([]), agent, script=[scenario.user(), scenario.agent(), scenario.succeed()])
    assert agent.calls == 1


async def test_callbacks_are_called_in_the_silent_turn_too() -> None:
    """It was played, and it is the last one."""
    turns: list[int] = []
    steps: list[str] = []
    script = [scenario.proceed(on_turn=lambda s: turns.append(s.current_turn), on_step=lambda s: steps.append("s"))]
    await play(user("q", []), Says("a"), judge(deciding), script=script)
    assert (turns, len(steps)) == ([0, 1], 5)
