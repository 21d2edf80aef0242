"""What a decision model leaves undecided, put to another judge."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenario
from scenario.dialogue.adapter import AgentInput
from scenario.errors import JudgeError
from scenario.testing import AgentServer, DecisionServer, ModelServer
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult
from tests.cli_run.command import typed
from tests.judge.courts import Observed

_CONVERSATION: list[Message] = [
    {"role": "user", "content": "Is it warm in Bonn today?"},
    {"role": "assistant", "content": "Yes, it is 20 degrees and sunny there."},
]
_CRITERIA = ["The agent greets.", "The agent names a temperature.", "The agent is rude."]


async def _judged(server: DecisionServer, models: ModelServer, observer: Observed) -> ScenarioResult:
    judge = scenario.JudgeAgent(
        criteria=_CRITERIA, model="systemone/test", api_base=server.base_url, escalate_to=models.config()
    )
    given = AgentInput(
        thread_id="t",
        messages=_CONVERSATION,
        judgment_request=FinalJudgmentRequest(criteria=None),
        observer=observer,
    )
    result = await judge.call(given)
    assert isinstance(result, ScenarioResult)
    return result


async def test_only_what_is_undecided_is_put_to_another_judge() -> None:
    """It sees no other criterion, its verdicts stand in their places, and what both cost is told."""
    observer = Observed()
    async with (
        DecisionServer({"greets": 0.6, "temperature": 0.99, "rude": 0.3}) as server,
        ModelServer(verdicts={"greets": "passed", "rude": "failed"}) as models,
    ):
        result = await _judged(server, models, observer)
    assert [one.status for one in result.criteria] == ["passed", "passed", "failed"]
    assert [one.criterion for one in result.criteria] == _CRITERIA
    assert all("names a temperature" not in str(request.body) for request in models.requests)
    assert "0.60: undecided" in result.criteria[0].reasoning
    assert "2 of 3 criteria were left undecided, and put to openai/test-model" in result.reasoning
    assert {model for model, _, _ in observer.calls} == {"systemone/test", "openai/test-model"}


async def test_nobody_else_is_asked_where_all_is_decided() -> None:
    """A verdict that leaves nothing open costs nothing more."""
    async with DecisionServer({"rude": 0.01}) as server, ModelServer() as models:
        result = await _judged(server, models, Observed())
    assert [one.status for one in result.criteria] == ["passed", "passed", "failed"]
    assert not models.requests


async def test_an_unfit_judge_leaves_everything_to_the_other() -> None:
    """What a server without a model says is undecided, and so is put to the other judge."""
    async with DecisionServer(always=0.5) as server, ModelServer() as models:
        result = await _judged(server, models, Observed())
    assert [one.status for one in result.criteria] == ["passed"] * 3
    assert "not fit" in result.reasoning


async def test_the_other_judge_must_not_fail() -> None:
    """Where it cannot be asked there is no verdict: what is undecided is not passed in silence."""
    async with DecisionServer({"greets": 0.6}) as server, ModelServer(statuses=[401]) as models:
        with pytest.raises(JudgeError, match="401"):
            await _judged(server, models, Observed())


async def test_what_each_of_them_took_is_shown_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored run tells the requests and tokens of either judge: nobody has to guess what the other one costs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greeting.yaml").write_text(
        "agent: $env.AGENT_URL\njudge: {criteria: [It greets, It helps], model: systemone/a, escalate_to: openai/b}\n"
        "script: [{user: Hello there}, agent, judge]\n"
    )
    async with DecisionServer({"helps": 0.6}) as server, ModelServer() as models, AgentServer("Hello!") as agent:
        told = {"TYPESAFE_BASE_URL": server.base_url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        assert (await typed("run", "greeting.yaml", AGENT_URL=agent.url, **told)).code == 0
        shown = await typed("show", "last")
    assert "judge systemone/a: 2 calls" in shown.out
    assert "judge openai/b: 1 call" in shown.out


@pytest.mark.parametrize(("setting", "value"), [("system_prompt", "Be kind."), ("token_threshold", 10)])
async def test_settings_of_the_other_judge_have_an_effect(setting: str, value: object) -> None:
    """What a decision model could not heed is refused only where nobody heeds it."""
    async with DecisionServer({"greets": 0.6}) as server, ModelServer() as models:
        judge = scenario.JudgeAgent(
            criteria=["The agent greets."],
            model="systemone/test",
            api_base=server.base_url,
            escalate_to=models.config(),
            **{setting: value},  # type: ignore[arg-type]
        )
        given = AgentInput(thread_id="t", messages=_CONVERSATION, judgment_request=FinalJudgmentRequest(criteria=None))
        result = await judge.call(given)
    assert isinstance(result, ScenarioResult)
    assert result.success
