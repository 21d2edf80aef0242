"""Checks among a judge's criteria, played by real runs."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import pytest

import scenario
from scenario import checks
from scenario.config import ScenarioConfig
from scenario.errors import ConfigurationError, JudgeError, ScriptTypeError
from scenario.testing import AgentServer, ModelReply, ModelServer, ToolUse
from tests.judge.courts import finish, hearing, item, judge_at

GO_ON = ModelReply(tools=(ToolUse(name="continue_test", arguments={"reasoning": "more"}),))
TURNS = [scenario.user("Hi"), scenario.agent()]


async def judged(said: Any, judge: scenario.JudgeAgent, script: list[Any] | None = None) -> scenario.ScenarioResult:
    """What a run with this answer comes to."""
    async with AgentServer(said) as agent:
        return await scenario.run(
            name="checked",
            description="Somebody greets.",
            agents=[scenario.RemoteAgent(agent.url), judge],
            script=script or [*TURNS, scenario.judge()],
        )


def is_short(state: scenario.ScenarioState) -> bool:
    """A check of a test's own."""
    return len(state.last_agent_message()) < 20


async def is_kind(state: scenario.ScenarioState) -> None:
    """One that is awaited."""
    assert "please" in state.last_agent_message(), "no please"


def longer(least: int, state: scenario.ScenarioState) -> bool:
    """One that takes more than the state."""
    return len(state.last_agent_message()) > least


@pytest.mark.usefixtures("clean_room")
async def test_a_judge_of_checks_alone_needs_no_model() -> None:
    """Neither a key nor a name; each check is a criterion of its own, under the name by which it is written."""
    judge = scenario.JudgeAgent(
        criteria=[
            checks.text_contains("Paris", ignore_case=True),
            checks.not_(checks.any_of(checks.text_contains("Rome"), checks.matches("B.rn"))),
            is_short,
            is_kind,
            partial(longer, 3),
        ]
    )
    result = await judged("It is paris.", judge)
    assert [(one.criterion, one.status) for one in result.criteria] == [
        ("text_contains('Paris', ignore_case=True)", "passed"),
        ("not_(any_of(text_contains('Rome'), matches('B.rn')))", "passed"),
        ("is_short()", "passed"),
        ("is_kind()", "failed"),
        ("longer(3)", "passed"),
    ]
    assert not result.success
    assert result.criteria[3].reasoning.startswith("no please")
    assert result.failed_criteria == ["is_kind()"]
    assert result.passed_criteria == [one.criterion for one in result.criteria if one.status == "passed"]


async def test_sentences_and_checks_keep_their_order_and_the_model_sees_sentences_only() -> None:
    """A sentence between two checks has its own verdict, and no check is put to the model."""
    async with ModelServer(verdicts={"polite": "failed"}) as server:
        judge = judge_at(server, [checks.text_contains("Paris"), "It is polite", checks.text_lacks("Rome"), "It ends"])
        result = await judged("Paris.", judge)
    assert [one.status for one in result.criteria] == ["passed", "failed", "passed", "passed"]
    assert result.criteria[1].criterion == "It is polite"
    assert result.failed_criteria == ["It is polite"]
    assert not any("text_contains" in str(request.body) for request in server.requests)


async def test_a_check_that_cannot_tell_is_undecided() -> None:
    """One of the wire with an agent in the process: neither passed nor failed, and it says why."""

    class Local(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            return "Hello"

    judge = scenario.JudgeAgent(criteria=[checks.ttft_below(2), checks.text_contains("Hello")])
    result = await scenario.run(
        name="local", description="d", agents=[Local(), judge], script=[*TURNS, scenario.judge()]
    )
    assert result.inconclusive_criteria == ["ttft_below(2)"]
    assert "let a scenario.RemoteAgent answer first" in result.criteria[0].reasoning
    assert not result.success
    assert result.passed_criteria == ["text_contains('Hello')"]


@pytest.mark.parametrize("told", [KeyError("x"), "neither", 0, 1])
async def test_a_check_that_breaks_or_says_neither_is_the_test_s_fault(told: object) -> None:
    """It gives no verdict at all, whatever the other criteria say."""

    def broken(_: scenario.ScenarioState) -> object:
        if isinstance(told, Exception):
            raise told
        return told

    judge = scenario.JudgeAgent(criteria=[checks.text_contains("Hello"), broken])
    with pytest.raises(JudgeError, match=r"broken\(\)") as caught:
        await judged("Hello", judge)
    assert caught.value.fault == "test"


async def test_in_free_play_a_judge_of_checks_waits_for_the_end() -> None:
    """A check that holds after the first turn says nothing of the rest."""
    said = iter(["Paris", "Rome", "Bern"])
    user = scenario.UserSimulatorAgent
    async with ModelServer() as server, AgentServer(lambda _: next(said)) as agent:
        result = await scenario.run(
            name="free",
            description="d",
            agents=[
                scenario.RemoteAgent(agent.url),
                user(model="openai/u", api_base=server.base_url),
                scenario.JudgeAgent(criteria=[checks.text_lacks("Bern")]),
            ],
            max_turns=3,
        )
    assert not result.success
    assert result.failed_criteria == ["text_lacks('Bern')"]


async def test_a_model_s_pass_ends_nothing_while_a_check_does_not_hold() -> None:
    """Of its own accord; what is demanded is judged as it is. A failure of the model's ends it as ever."""
    passed, failed = finish({"1": item("passed")}), finish({"1": item("failed")})
    async with ModelServer([passed] * 5 + [failed] * 2) as server:
        judge = judge_at(server, ["It is polite", checks.text_contains("Rome")])
        state: Any = _State("Paris")
        assert await judge.call(hearing(state=state)) == []
        state = _State("Rome")
        ended = await judge.call(hearing(state=state))
        assert isinstance(ended, scenario.ScenarioResult)
        assert ended.success
        state = _State("Paris")
        demanded = await judge.call(hearing(state=state, request=scenario.JudgmentRequest()))
        assert isinstance(demanded, scenario.ScenarioResult)
        assert (demanded.passed_criteria, demanded.failed_criteria) == (["It is polite"], ["text_contains('Rome')"])
        assert str(demanded.reasoning).startswith("1 of 1 checks did not pass.")
        gone = await judge.call(hearing(state=state))
        assert isinstance(gone, scenario.ScenarioResult)
        assert gone.failed_criteria == ["It is polite", "text_contains('Rome')"]


class _State:
    """As much of a state as these checks read."""

    def __init__(self, said: str) -> None:
        self.description = "d"
        self.current_turn = 0
        self.config = ScenarioConfig()
        self.said = said

    def last_agent_message(self) -> str:
        """What the agent said last."""
        return self.said


async def test_a_checkpoint_takes_checks() -> None:
    """Alone or in a list, beside sentences; all hold, and the run goes on."""
    async with ModelServer() as server:
        judge = judge_at(server, ["It is polite"])
        script = [
            *TURNS,
            scenario.judge(checks.text_contains("Hello")),
            scenario.judge([checks.text_lacks("Rome"), "It greets"]),
            scenario.judge(),
        ]
        assert (await judged("Hello", judge, script)).success
        result = await judged("Rome", judge, script)
    assert result.failed_criteria == ["text_contains('Hello')"]


async def test_a_state_tells_checks_as_texts() -> None:
    """Whoever reads a run's criteria reads texts, and a copy of a judge has the same ones."""
    seen: list[list[str]] = []
    judge = scenario.JudgeAgent(criteria=[checks.text_contains("Hello"), is_short])
    assert copy.deepcopy(judge).criteria == judge.criteria == ["text_contains('Hello')", "is_short()"]
    script = [*TURNS, lambda state: seen.append(state.criteria), scenario.judge()]
    assert (await judged("Hello", copy.deepcopy(judge), script)).success
    assert seen == [judge.criteria]


async def test_a_judge_of_ones_own_holds_what_it_likes() -> None:
    """Its criteria are told as well as they can be, and nothing of them is refused."""
    seen: list[list[str]] = []

    class Own(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE
        criteria = (lambda state: True, 3, "It greets", checks.text_contains("a"))

        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            return scenario.ScenarioResult(success=True, messages=input.messages)

    script = [*TURNS, lambda state: seen.append(state.criteria), scenario.judge()]
    async with AgentServer("Hello") as agent:
        result = await scenario.run(
            name="own", description="d", agents=[scenario.RemoteAgent(agent.url), Own()], script=script
        )
    assert result.success
    assert seen == [["<lambda>()", "3", "It greets", "text_contains('a')"]]


def test_what_no_report_could_name_is_refused() -> None:
    """A function without a name, and two of one name; the same check twice is one that is written twice."""
    with pytest.raises(ScriptTypeError, match="write it with `def`"):
        scenario.JudgeAgent(criteria=[lambda state: True])

    def made(word: str) -> Any:
        def check(state: scenario.ScenarioState) -> bool:
            return word in state.last_agent_message()

        return check

    with pytest.raises(ConfigurationError, match=r"Two checks among the criteria are called 'check\(\)'"):
        scenario.JudgeAgent(criteria=[made("a"), made("b")])
    for named in (partial(made("a"), object()), checks.not_(lambda state: True)):
        with pytest.raises(ScriptTypeError, match="write it with `def`"):
            scenario.JudgeAgent(criteria=[named])
    for text in ("text_contains('Paris')", "is_short()"):
        with pytest.raises(ConfigurationError, match="give the check itself"):
            scenario.JudgeAgent(criteria=[text], model="openai/m", api_key="k")
    scenario.JudgeAgent(criteria=["回答是中文(简体)", "Polite (and short)"], model="openai/m", api_key="k")
    with pytest.raises(ConfigurationError, match="give a list of texts"):
        scenario.JudgeAgent(criteria=[3])  # type: ignore[list-item]  # what is refused


@pytest.mark.usefixtures("clean_room")
async def test_a_judge_of_sentences_still_needs_a_model_when_it_is_made() -> None:
    """As does one without criteria, which a script gives; and one whose sentence comes later, when it judges."""
    for criteria in (["It greets"], [], None, [checks.text_contains("a"), "It greets"]):
        with pytest.raises(ConfigurationError, match="No model is named"):
            scenario.JudgeAgent(criteria=criteria)
    judge = scenario.JudgeAgent(criteria=[checks.text_contains("a")])
    judge.criteria.append("It greets")
    with pytest.raises(JudgeError, match="No model is named"):
        await judged("a", judge)
