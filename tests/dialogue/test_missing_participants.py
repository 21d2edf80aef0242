"""Who is missing is known before anything is sent, and nobody is missed who is not needed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import scenario
from scenario import AgentRole
from scenario.dialogue.actions import Call
from scenario.dialogue.missing_participants import check_participants
from scenario.dialogue.steps import Step
from scenario.errors import ConfigurationError, MissingParticipantError, ScriptError
from scenario.types import ScenarioResult
from tests.dialogue.test_engine import dialogue, drive, roles, speak, steps
from tests.runner.players import Says, judge, play, said, user, verdict

ASK = (scenario.user("hi"), scenario.agent())
FREE = [None, [], [scenario.proceed()], [scenario.proceed(2)]]


def answer(call: Call) -> Any:
    """What a judge that is content says, and everybody else."""
    return ScenarioResult(success=True, messages=[]) if call.role is AgentRole.JUDGE else speak(call)


def beforehand(who: list[AgentRole], script: list[Any], max_turns: int) -> bool:
    """Whether somebody is known to be missing before the script is played."""
    try:
        check_participants(script, who, max_turns=max_turns)
    except MissingParticipantError:
        return True
    return False


@settings(deadline=None)
@given(roles, st.lists(steps, max_size=8), st.integers(1, 4))
def test_what_is_refused_beforehand_could_not_have_been_played(
    who: list[AgentRole], script: list[Any], max_turns: int
) -> None:
    """Nor is anything left out that fails before anybody was asked."""
    asked: list[Call] = []

    def noted(call: Call) -> Any:
        asked.append(call)
        return answer(call)

    try:
        drive(dialogue(who, max_turns).script(script), noted)
    except MissingParticipantError:
        functions = any(not isinstance(step, Step) for step in script)
        assert beforehand(who, script, max_turns) or asked or functions
    else:
        assert not beforehand(who, script, max_turns)


@pytest.mark.parametrize("script", FREE)
async def test_free_play_without_a_user_is_refused_before_anything_is_sent(script: Any) -> None:
    """There is nothing for the agent to answer: it is not asked, and the error says whom to add."""
    agent = Says()
    with pytest.raises(ConfigurationError, match=r"there is no user.*UserSimulatorAgent") as caught:
        await play(agent, judge(), script=script)
    assert agent.calls == 0
    assert isinstance(caught.value, ScriptError)
    assert caught.value.fault == "test"


async def test_free_play_after_a_scripted_turn_is_refused_beforehand() -> None:
    """The agent has answered the only line there is, and no judge could end the run before the next turn."""
    agent = Says()
    with pytest.raises(ConfigurationError, match="no user"):
        await play(agent, script=[*ASK, scenario.proceed(1)])
    assert agent.calls == 0


@pytest.mark.parametrize("script", [[ASK[0], scenario.proceed(2)], [ASK[0], scenario.proceed()]])
async def test_a_turn_too_many_ends_where_it_begins(script: Any) -> None:
    """The script begins one turn, and free play is to play more: the agent is asked for its answer, and not again."""
    agent = Says()
    with pytest.raises(MissingParticipantError, match="no user"):
        await play(agent, script=script)
    assert agent.calls == 1


async def test_who_is_missing_after_free_play_is_known_beforehand() -> None:
    """Free play of so many turns without a judge comes to its end."""
    talker, agent = user(), Says()
    with pytest.raises(MissingParticipantError, match=r"scenario\.judge\(\) asks"):
        await play(talker, agent, script=[scenario.proceed(3), scenario.judge()])
    assert (talker.calls, agent.calls) == (0, 0)


async def test_free_play_that_comes_to_a_turn_without_a_line_ends_there() -> None:
    """The judge might have ended it before: so it is known no sooner, and the agent is not asked without a line."""
    agent, silent = Says(), judge()
    with pytest.raises(ConfigurationError, match="no user") as caught:
        await play(agent, silent, script=[*ASK, scenario.proceed()])
    assert (agent.calls, silent.calls) == (1, 1)
    assert [message["role"] for message in caught.value.messages] == ["user", "assistant"]


@pytest.mark.parametrize(
    "script", [[scenario.user("hi"), scenario.proceed(1)], [*ASK, scenario.proceed()], [*ASK, scenario.proceed(0)]]
)
async def test_what_a_script_began_can_be_played_to_its_end(script: Any) -> None:
    """Scripted lines need no user, nor do the agent and the judge whose turn it still is."""
    result = await play(Says(), judge(verdict()), script=[*script, scenario.succeed()])
    assert result.success
    assert said(result) == [("user", "hi"), ("assistant", "ok")]


async def test_a_callback_may_say_the_users_lines() -> None:
    """Whoever wrote a user's line, the agent has something to answer."""
    agent = Says()

    def ask(state: scenario.ScenarioState) -> None:
        state.add_message({"role": "user", "content": "and then?"})

    script = [scenario.user("hi"), scenario.proceed(3, on_turn=ask), scenario.succeed()]
    assert (await play(agent, script=script)).success
    assert agent.calls == 3


async def test_two_agents_may_talk_to_each_other() -> None:
    """What the other one said is something to answer."""
    script = [scenario.user("Discuss."), scenario.proceed(2), scenario.succeed()]
    result = await play(Says("a"), Says("b"), script=script)
    assert [content for _, content in said(result)] == ["Discuss.", "a", "b", "a", "b"]


async def test_an_agent_that_said_nothing_is_not_asked_again() -> None:
    """It has seen the line, and there is no other."""
    agent = Says([])
    with pytest.raises(MissingParticipantError):
        await play(agent, script=[scenario.user("hi"), scenario.proceed(2, on_turn=lambda state: None)])
    assert agent.calls == 1


@pytest.mark.parametrize("missing", [scenario.user(), scenario.judge(), scenario.judge(["c"])])
async def test_a_step_that_nobody_can_play_is_refused_before_anything_is_sent(missing: Any) -> None:
    """Also where it comes last."""
    agent = Says()
    with pytest.raises(ConfigurationError, match="nobody in `agents` has the role"):
        await play(agent, script=[*ASK, missing])
    assert agent.calls == 0


async def test_what_comes_after_a_function_is_known_when_it_is_reached() -> None:
    """The function may end the run, so that a step after it is no mistake yet."""

    async def ends(state: scenario.ScenarioState) -> Any:
        return verdict()

    assert (await play(Says(), script=[*ASK, ends, scenario.user()])).success
    with pytest.raises(MissingParticipantError):
        await play(Says(), script=[*ASK, lambda state: None, scenario.user()])


async def test_a_judge_alone_needs_no_user() -> None:
    """It may judge a conversation that a script holds."""
    script = [scenario.user("hi"), scenario.agent("hello"), scenario.proceed()]
    assert (await play(judge(verdict()), script=script)).success


async def test_a_user_is_enough() -> None:
    """As ever."""
    assert (await play(user(), Says(), judge([], verdict()))).success
