"""What each step of a script does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import scenario
from scenario.errors import ScriptError, ScriptTypeError
from tests.runner.players import Says, judge, play, said, user, verdict


async def test_scripted_lines_need_nobody() -> None:
    """A scripted line stands in the conversation, though nobody plays its role."""
    result = await play(script=[scenario.user("hi"), scenario.agent("hello"), scenario.succeed()])
    assert said(result) == [("user", "hi"), ("assistant", "hello")]
    assert result.success


@pytest.mark.parametrize(("role", "line"), [("user", "user line"), ("assistant", "agent line"), ("system", "rules")])
async def test_a_message_step_needs_nobody_either(role: str, line: str) -> None:
    """A message step adds its message whoever takes part."""
    result = await play(script=[scenario.message({"role": role, "content": line}), scenario.succeed()])
    assert said(result) == [(role, line)]


async def test_an_empty_text_is_a_text() -> None:
    """`user("")` and `agent("")` are lines, and ask nobody."""
    simulator, agent = user(), Says()
    result = await play(simulator, agent, script=[scenario.user(""), scenario.agent(""), scenario.succeed()])
    assert said(result) == [("user", ""), ("assistant", "")]
    assert (simulator.calls, agent.calls) == (0, 0)


async def test_a_message_dictionary_is_taken_as_it_is() -> None:
    """`user(dict)` keeps the dictionary's own role and keys."""
    result = await play(script=[scenario.user({"role": "system", "content": "x", "name": "n"}), scenario.succeed()])
    assert result.messages == [{"role": "system", "content": "x", "name": "n"}]


async def test_a_dictionary_without_a_role_gets_the_steps_role() -> None:
    """`user({"content": …})` is a user message."""
    result = await play(script=[scenario.user({"content": [{"type": "text", "text": "x"}]}), scenario.succeed()])
    assert result.messages[0]["role"] == "user"


@pytest.mark.parametrize("content", [5, b"x", ["x"], object()])
async def test_other_contents_are_refused(content: Any) -> None:
    """A scripted line that is neither text nor a dictionary is a TypeError."""
    with pytest.raises(ScriptTypeError, match="takes text or a message"):
        await play(script=[scenario.user(content)])


@pytest.mark.parametrize(
    ("step", "wanted"), [(scenario.user(), "user"), (scenario.agent(), "agent"), (scenario.judge(), "verdict")]
)
async def test_asking_a_role_that_nobody_plays_is_an_error_of_the_test(step: Any, wanted: str) -> None:
    """An unscripted step without a participant of its role is a ValueError that says what to add."""
    with pytest.raises(ScriptError, match=wanted) as caught:
        await play(script=[step])
    assert "agents" in str(caught.value)


async def test_callers_dictionaries_are_never_written_into() -> None:
    """Neither a run nor a participant changes the message dictionaries of a script."""
    given = {"role": "user", "content": [{"type": "text", "text": "x"}]}
    step = {"role": "system", "content": "rules"}

    def deface(given: scenario.AgentInput) -> str:
        for message in given.messages:
            message["content"] = "defaced"
        return "ok"

    await play(
        Says(deface), script=[scenario.user(given), scenario.message(step), scenario.agent(), scenario.succeed()]
    )
    assert given == {"role": "user", "content": [{"type": "text", "text": "x"}]}
    assert step == {"role": "system", "content": "rules"}


async def test_a_scripted_agent_line_reaches_the_real_agent() -> None:
    """The real agent did not say it, so that it is among its new messages."""
    agent = Says()
    script = [scenario.user("a"), scenario.agent("scripted"), scenario.user("b"), scenario.agent(), scenario.succeed()]
    await play(agent, script=script)
    assert [message["content"] for message in agent.inputs[0].new_messages] == ["a", "scripted", "b"]


async def test_consecutive_agent_steps_walk_through_the_agents() -> None:
    """Two agents answer in turn within one turn; a third step opens the next one."""
    first, second = Says("first"), Says("second")
    turns: list[int] = []

    def note(state: scenario.ScenarioState) -> None:
        turns.append(state.current_turn)

    steps = [scenario.user("x"), *(step for _ in range(3) for step in (scenario.agent(), note)), scenario.succeed()]
    result = await play(first, second, script=steps)
    assert [content for _, content in said(result)] == ["x", "first", "second", "first"]
    assert turns == [0, 0, 1]


async def test_a_second_user_line_opens_a_new_turn() -> None:
    """`current_turn` is 0 in the first turn, and 1 once the second user line began."""
    turns: list[int] = []

    def note(state: scenario.ScenarioState) -> None:
        turns.append(state.current_turn)

    await play(user(), Says(), script=[note, scenario.user(), note, scenario.agent(), note, scenario.user(), note])
    assert turns == [0, 0, 0, 1]


@pytest.mark.parametrize(("step", "success"), [(scenario.succeed, True), (scenario.fail, False)])
async def test_succeed_and_fail_end_the_run_with_their_reason(step: Any, success: bool) -> None:
    """They end the run; without a reason there is a default one, never an empty text."""
    later = Says()
    result = await play(later, script=[step("because"), scenario.agent()])
    assert (result.success, result.reasoning, later.calls) == (success, "because", 0)
    assert (await play(script=[step()])).reasoning


async def test_every_ending_has_its_times() -> None:
    """`total_time` and `agent_time` are set however a run ends."""
    endings: list[Any] = [
        [scenario.succeed()],
        [scenario.fail()],
        [scenario.judge()],
        [scenario.user("no end")],
        [scenario.judge(criteria=["c"])],
        None,
    ]
    for script in endings:
        result = await play(user(), Says(), judge(verdict()), script=script, max_turns=2)
        assert result.total_time is not None
        assert result.agent_time is not None
        assert 0 <= result.agent_time <= result.total_time


async def test_every_ending_has_the_conversation() -> None:
    """`messages` is the conversation, also where a judge put nothing or something else into its result."""
    for given in ([], [{"role": "assistant", "content": "a judge's note"}]):
        answer = scenario.ScenarioResult(success=True, messages=given)
        result = await play(judge(answer), script=[scenario.user("hi"), scenario.agent("ho"), scenario.judge()])
        assert said(result) == [("user", "hi"), ("assistant", "ho")]
        assert answer.messages == given


async def test_a_script_without_conclusion_fails_and_says_what_to_add() -> None:
    """The end of a script without a verdict is no success."""
    result = await play(script=[scenario.user("hi")])
    assert not result.success
    assert "scenario.judge()" in (result.reasoning or "")


async def test_checkpoints_that_all_passed_make_a_success() -> None:
    """A script that ends after met checkpoints, and nothing else, succeeds with their criteria."""
    result = await play(
        judge(verdict()), script=[scenario.user("a"), scenario.judge(criteria=["c1"]), scenario.judge(criteria=["c2"])]
    )
    assert result.success
    assert result.passed_criteria == ["c1", "c2"]
    assert [(c.criterion, c.status) for c in result.criteria] == [("c1", "passed"), ("c2", "passed")]


async def test_a_checkpoint_that_is_not_met_ends_the_run() -> None:
    """The result has the earlier passes and the failures; later steps are not played."""
    agent = Says()
    answers = verdict(passed_criteria=["c1"]), verdict(False, failed_criteria=["c2"])
    steps = [scenario.judge(criteria=["c1"]), scenario.judge(criteria=["c2"]), scenario.agent()]
    result = await play(agent, judge(*answers), script=steps)
    assert (result.success, result.passed_criteria, result.failed_criteria) == (False, ["c1"], ["c2"])
    assert agent.calls == 0


async def test_checkpoint_passes_are_merged_into_a_later_success() -> None:
    """`succeed`, and a judge's final verdict, keep what checkpoints found met."""
    steps = [scenario.judge(criteria=["c1"]), scenario.succeed()]
    assert (await play(judge(verdict()), script=steps)).passed_criteria == ["c1"]
    judging = judge(verdict(), verdict(passed_criteria=["own"]))
    steps = [scenario.judge(criteria=["c1"]), scenario.judge()]
    assert (await play(judging, script=steps)).passed_criteria == ["c1", "own"]


async def test_the_judgment_request_says_what_is_asked() -> None:
    """Free play asks with None, the last turn and `judge` steps with a request that has the step's words."""
    judging = judge()
    await play(
        user(),
        Says(),
        judging,
        script=[
            scenario.judge(criteria=["c"], additional_context="more"),
            scenario.judge(),
            scenario.proceed(),
        ],
        max_turns=2,
    )
    requests = [given.judgment_request for given in judging.inputs]
    assert requests[0] == scenario.JudgmentRequest(criteria=["c"], additional_context="more")
    assert requests[0] is not None
    assert requests[0].context == "more"
    assert requests[1] == scenario.JudgmentRequest()
    assert requests[2:] == [None, scenario.JudgmentRequest()]


async def test_a_judge_that_stays_silent_lets_the_run_go_on() -> None:
    """`[]` from a judge at a `judge()` step is no verdict."""
    result = await play(judge([]), script=[scenario.judge(), scenario.succeed("later")])
    assert result.reasoning == "later"


async def test_a_judge_may_speak() -> None:
    """Text from a judge becomes a message of the conversation."""
    result = await play(judge("objection"), script=[scenario.judge(), scenario.succeed()])
    assert said(result) == [("assistant", "objection")]


@pytest.mark.parametrize("step", [scenario.user(), scenario.agent(), scenario.agent(wait=False)])
async def test_a_participants_result_ends_the_run_in_scripted_steps(step: Any) -> None:
    """A `ScenarioResult` from whoever speaks ends the run, in the background too."""
    ending = verdict(reasoning="enough")
    result = await play(
        user(ending), Says(ending), script=[scenario.message({"role": "system", "content": "s"}), step, scenario.fail()]
    )
    assert (result.success, result.reasoning) == (True, "enough")
    assert said(result) == [("system", "s")]


async def test_a_background_answer_is_collected_when_the_next_step_begins() -> None:
    """The step after `agent(wait=False)` sees the answer."""
    seen: list[int] = []
    agent = Says("from behind")
    steps = [
        scenario.user("x"),
        scenario.agent(wait=False),
        lambda state: seen.append(len(state.messages)),
        scenario.succeed(),
    ]
    result = await play(agent, script=steps)
    assert seen == [2]
    assert said(result)[-1] == ("assistant", "from behind")


async def test_a_background_answer_is_collected_at_the_scripts_end() -> None:
    """Nothing that was asked is lost where no step follows."""
    result = await play(Says("late"), script=[scenario.user("x"), scenario.agent(wait=False)])
    assert said(result) == [("user", "x"), ("assistant", "late")]


async def test_agents_may_be_started_beside_each_other() -> None:
    """Two agents in the background, started by steps that run at once: both answers are collected."""

    async def both(state: scenario.ScenarioState) -> None:
        await asyncio.gather(*(scenario.agent(wait=False)(state) for _ in range(2)))

    for before in range(20):
        lines = [scenario.user("x")] * before
        result = await play(Says("first"), Says("second"), script=[*lines, both, scenario.succeed()])
        assert sorted(content for role, content in said(result) if role == "assistant") == ["first", "second"]


async def test_tuples_and_generators_are_scripts() -> None:
    """Any iterable of steps is a script, and a generator sees the run as it goes."""
    assert (await play(script=(scenario.succeed("tuple"),))).reasoning == "tuple"
    agent = Says("one", "two", "stop")

    def steps() -> Any:
        while agent.calls < 3:
            yield scenario.user(f"line {agent.calls}")
            yield scenario.agent()
        yield scenario.succeed("generator")

    result = await play(agent, script=steps())
    assert result.reasoning == "generator"
    assert [content for _, content in said(result)] == ["line 0", "one", "line 1", "two", "line 2", "stop"]


@pytest.mark.parametrize("script", ["text", {"a": 1}, 5, b"x"])
async def test_what_is_no_script_is_refused(script: Any) -> None:
    """A text, a dictionary or a number as `script` is a TypeError."""
    with pytest.raises(ScriptTypeError, match="give a list of steps"):
        await play(script=script)


@pytest.mark.parametrize("step", [5, "text", None, scenario.user, scenario.succeed, scenario.proceed])
async def test_what_is_no_step_is_refused(step: Any) -> None:
    """A value that cannot be called, or a step's function that was not called, is a TypeError."""
    with pytest.raises(ScriptTypeError):
        await play(script=[step])


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "1", None, True])
def test_a_pause_has_a_length(seconds: Any) -> None:
    """`sleep` refuses what cannot be waited for, where it is written."""
    with pytest.raises(ScriptError, match="number of seconds"):
        scenario.sleep(seconds)


async def test_sleep_pauses() -> None:
    """A pause ends, and the run goes on."""
    assert (await play(script=[scenario.sleep(0), scenario.sleep(0.001), scenario.succeed()])).success
