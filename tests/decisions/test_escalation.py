"""What a decision model leaves undecided, put to another judge."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenario
from scenario.calibration.judging import identity_of
from scenario.dialogue.adapter import AgentInput
from scenario.errors import JudgeError
from scenario.testing import AgentServer, DecisionServer, ModelServer
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult
from tests.calibration.test_labels import line
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


async def test_what_was_judged_by_another_band_is_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A band that was calibrated since decides more, so that less of it is put to the judge above."""
    monkeypatch.chdir(tmp_path)
    labels = [
        line(criterion=criterion, met=met, messages=[{"role": "user", "content": f"{greeting} {number}"}])
        for number, greeting in enumerate(["Good morning", "Good evening"] * 6)
        for criterion, met in (("It helps", True), ("It is rude", False))
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(labels))
    async with (
        DecisionServer({"helps": 0.8, "rude": 0.2}) as server,
        ModelServer(verdicts={"rude": "passed"}) as models,
    ):
        alone = ("judge", "--calibrate", "labels.jsonl", "--model", "systemone/test", "--api-base", server.base_url)
        above = (*alone, "--escalate-to", "openai/test")
        asked = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        by_no_band = await typed(*above, **asked)
        assert (await typed(*alone)).code == 0
        by_a_band, once_more = await typed(*above, **asked), await typed(*above, **asked)
    assert "false passes  12 of 12" in by_no_band.out, by_no_band
    assert "false passes  0 of 12" in by_a_band.out, by_a_band
    assert "0 requests now" in once_more.out


async def test_figures_do_not_hold_for_a_judge_above_at_another_server() -> None:
    """What it says of a third of the criteria is another model's word there."""
    told = []
    for address in ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"):
        above = scenario.ModelConfig("openai/test", api_base=address, api_key="k")
        judge = scenario.JudgeAgent(
            criteria=_CRITERIA, model="systemone/test", api_base="http://127.0.0.1:3/v1", escalate_to=above
        )
        told.append(identity_of(judge))
    assert told[0].settings != told[1].settings
    assert {one.above for one in told} == {"openai/test"}
