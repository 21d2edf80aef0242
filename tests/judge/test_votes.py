"""Second askings, votes, panels and intervals, against model servers on loopback."""

from __future__ import annotations

import re
from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError, JudgeError
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.types import ScenarioResult
from tests.judge.courts import Observed, finish, forced, hearing, item, judge_at

GO_ON = ModelReply(tools=(ToolUse(name="continue_test", arguments={"reasoning": "more"}),))
PASSED, FAILED = finish({"1": item("passed")}), finish({"1": item("failed")})


def shown_criteria(body: dict[str, Any]) -> list[str]:
    """The criteria of a request, in their order."""
    block = body["messages"][1]["content"].split("<criteria>")[1].split("</criteria>")[0]
    return re.findall(r"^\d+\. (.*)$", block, re.MULTILINE)


class Patient(scenario.AgentAdapter):
    """An agent that always says the same."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002
        """Answer."""
        return "It is 20 °C."


class Asking(scenario.AgentAdapter):
    """A user that always says the same."""

    role = scenario.AgentRole.USER

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002
        """Ask."""
        return "And now?"


async def played(judge: scenario.JudgeAgent, max_turns: int, **settings: Any) -> ScenarioResult:
    """Free play before that judge."""
    agents = [Patient(), Asking(), judge]
    return await scenario.run("weather", "A traveller asks.", agents, max_turns, verbose=False, **settings)


async def test_a_second_asking_shows_another_order_and_no_answer() -> None:
    """The criteria stand backwards and behind the transcript, and nothing tells of the first answer."""
    failed = finish({"1": item("passed"), "2": item("failed")})
    turned = finish({"1": item("failed"), "2": item("passed")})
    async with ModelServer([failed, turned]) as server:
        result = await judge_at(server, ["polite", "calm"]).call(hearing())
    assert isinstance(result, ScenarioResult)
    assert (result.passed_criteria, result.failed_criteria) == (["polite"], ["calm"])
    first, second = (request.body for request in server.requests)
    assert (shown_criteria(first), shown_criteria(second)) == (["polite", "calm"], ["calm", "polite"])
    assert len(second["messages"]) == len(first["messages"]) == 2
    assert second["messages"][1]["content"].endswith("</criteria>")


async def test_one_wrong_failure_ends_no_conversation() -> None:
    """It goes on, the run passes in the end, and what was answered on the way is kept."""
    async with ModelServer([GO_ON, FAILED, GO_ON, PASSED, PASSED]) as server:
        result = await played(judge_at(server, ["warm"]), max_turns=5)
    assert result.success
    assert [(j.turn, j.asked, j.answer) for j in result.judgments] == [
        (0, "turn", "goes on"),
        (1, "turn", "failed"),
        (1, "confirmation", "goes on"),
        (2, "turn", "passed"),
        (2, "confirmation", "passed"),
    ]
    assert {j.model for j in result.judgments} == {"openai/judge"}
    assert [j.reasoning for j in result.judgments] == ["more", "So it is.", "more", "So it is.", "So it is."]


async def test_one_wrong_pass_ends_no_conversation() -> None:
    """A pass before the last turn is asked for twice too; on the last turn once."""
    async with ModelServer([PASSED, GO_ON, PASSED]) as server:
        result = await played(judge_at(server, ["warm"]), max_turns=2)
    assert [(j.turn, j.asked, j.answer) for j in result.judgments] == [
        (0, "turn", "passed"), (0, "confirmation", "goes on"), (1, "verdict", "passed"),
    ]  # fmt: skip


async def test_every_judge_has_to_pass_it() -> None:
    """A criterion of a second judge is judged by nobody else: it is asked before a pass ends the run."""

    class Late(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE

        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002
            return []

    async with ModelServer(verdicts={"asks": "failed"}) as server:
        judges = [judge_at(server, ["polite"]), Late(), judge_at(server, ["never asks"]), judge_at(server, [])]
        for script in (None, [scenario.user("hi"), scenario.agent(), scenario.judge()]):
            agents = [Patient(), Asking(), *judges]
            result = await scenario.run("w", "", agents, 3, script=script, verbose=False)
            assert (result.outcome, result.passed_criteria, result.failed_criteria) == (
                "failed", ["polite"], ["never asks"],
            )  # fmt: skip
    async with ModelServer() as server:
        agents = [Patient(), Asking(), judge_at(server, ["polite"]), judge_at(server, ["calm"])]
        result = await scenario.run("w", "", agents, 3, verbose=False)
    assert (result.success, result.passed_criteria) == (True, ["polite", "calm"])


async def test_on_the_last_turn_a_contradiction_that_stays_is_undecided() -> None:
    """The agent has not failed, and not passed either."""
    async with ModelServer([FAILED, PASSED, *[PASSED, FAILED] * 3]) as server:
        result = await played(judge_at(server, ["warm"]), max_turns=1)
        assert len(server.requests) == 8
    assert (result.success, result.outcome, result.inconclusive_criteria) == (False, "undecided", ["warm"])
    assert "differ (4 failed, 4 passed)" in result.criteria[0].reasoning


async def test_a_judge_step_asks_once() -> None:
    """A failure that the script demanded is not asked about again."""
    async with ModelServer([FAILED]) as server:
        result = await judge_at(server, ["warm"]).call(hearing(request=forced()))
        assert len(server.requests) == 1
    assert isinstance(result, ScenarioResult)
    assert result.outcome == "failed"


async def test_votes_must_agree() -> None:
    """All of them; what is split is asked about again, by itself."""
    one = finish({"1": item("passed"), "2": item("passed")})
    other = finish({"1": item("passed"), "2": item("failed")})

    def reply(asked: Any) -> ModelReply:
        if len(shown_criteria(asked)) == 1:
            return PASSED
        return one if shown_criteria(asked) == ["polite", "calm"] else other

    observed = Observed()
    async with ModelServer(reply) as server:
        judge = judge_at(server, ["polite", "calm"], votes=2)
        result = await judge.call(hearing(request=forced(), observer=observed))
    assert isinstance(result, ScenarioResult)
    assert result.success
    assert [(j.round, j.vote, j.asked) for j in observed.judgments] == [
        (1, 1, "verdict"), (1, 2, "verdict"), (2, 1, "split"), (2, 2, "split"),
    ]  # fmt: skip
    assert result.agreement is not None
    assert result.agreement < 1


async def test_each_model_of_a_panel_votes() -> None:
    """In turn, where there are more votes than models; each judgment names its model."""
    observed = Observed()
    async with ModelServer() as server:
        judge = scenario.JudgeAgent(
            criteria=["warm"], models=["openai/a", server.config(model="openai/b")], votes=3, api_base=server.base_url
        )
        await judge.call(hearing(request=forced(), observer=observed))
        assert sorted(request.body["model"] for request in server.requests) == ["a", "a", "b"]
    assert sorted((j.vote, j.model) for j in observed.judgments) == [(1, "openai/a"), (2, "openai/b"), (3, "openai/a")]


async def test_each_criterion_can_be_asked_by_itself() -> None:
    """One request for each, and one verdict of them all."""
    observed = Observed()
    async with ModelServer(verdicts={"calm": "failed"}) as server:
        judge = judge_at(server, ["polite", "calm"], ask="each")
        result = await judge.call(hearing(request=forced(), observer=observed))
        assert sorted(shown_criteria(request.body) for request in server.requests) == [["calm"], ["polite"]]
    assert isinstance(result, ScenarioResult)
    assert (result.passed_criteria, result.failed_criteria) == (["polite"], ["calm"])
    assert [(j.answer, [one.criterion for one in j.criteria]) for j in observed.judgments] == [
        ("passed", ["polite"]),
        ("failed", ["calm"]),
    ]


async def test_each_answer_of_a_turn_is_kept_by_itself() -> None:
    """One criterion goes on, with its reason, while another is decided; an invented quotation stays with its claim."""

    def reply(asked: Any) -> ModelReply:
        if shown_criteria(asked) == ["polite"]:
            return GO_ON
        return finish({"1": item("passed", quote="I am the king of France")})

    observed = Observed()
    async with ModelServer(reply) as server:
        assert await judge_at(server, ["polite", "calm"], ask="each").call(hearing(observer=observed)) == []
        assert len(server.requests) == 3
    assert [(j.answer, j.reasoning) for j in observed.judgments] == [
        ("goes on", "more"),
        ("inconclusive", "One quotation of the judge's cannot be found in the conversation. So it is."),
    ]
    assert "said passed and quoted 'I am the king of France'" in observed.judgments[1].criteria[0].reasoning


async def test_a_vote_that_fails_leaves_no_verdict() -> None:
    """A verdict of three that lacks one is none; the error is the judge's, and no group of errors."""
    async with ModelServer([PASSED, "nonsense", "nonsense", "nonsense", "nonsense", "nonsense"]) as server:
        with pytest.raises(JudgeError, match="gave no answer that can be read"):
            await judge_at(server, ["warm"], votes=3).call(hearing(request=forced()))


@pytest.mark.parametrize(("every", "asked"), [("turn", [0, 1, 2, 3]), (2, [1, 3]), (3, [2, 3]), ("end", [3])])
async def test_the_judge_is_asked_as_often_as_it_is_told(every: Any, asked: list[int]) -> None:
    """After every turn, every so many, or at the end; the last turn is judged in any case."""

    def reply(request: Any) -> ModelReply:
        return GO_ON if len(request["tools"]) > 1 else PASSED

    async with ModelServer(reply) as server:
        result = await played(judge_at(server, ["warm"], judge_every=every), max_turns=4)
    assert result.success
    assert [judgment.turn for judgment in result.judgments] == asked


async def test_an_answer_on_disk_is_no_second_opinion(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With a cache each asking is kept by itself: the confirmation asks anew, and a second run asks nobody."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path))
    async with ModelServer([FAILED, PASSED, PASSED, PASSED]) as server:
        judge = judge_at(server, ["warm"])
        for _ in range(2):
            assert (await played(judge, max_turns=1, cache_key="votes")).success
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"votes": 0}, "votes=0"),
        ({"votes": True}, "votes=True"),
        ({"ask": "some"}, "ask='some'"),
        ({"judge_every": 0}, "judge_every=0"),
        ({"judge_every": "never"}, "judge_every='never'"),
        ({"models": "openai/a"}, "give a list"),
        ({"models": []}, "at least one"),
        ({"models": ["openai/a"], "model": "openai/b"}, "leave model= out"),
        ({"models": ["openai/a", "openai/b"], "votes": 1}, "leaves some of the 2 models"),
        ({"models": ["openai/a", 3]}, "give a model's name"),
    ],
)
def test_settings_without_meaning_are_refused(settings: dict[str, Any], words: str) -> None:
    """With the value and what to give."""
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        scenario.JudgeAgent(
            criteria=["a"], **{"model": "openai/a", **settings} if "models" not in settings else settings
        )
