"""Statements whose truth the transcript settles, put to judges that write and to the embedded model."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import pytest

import scenario
from scenario.agents.judge.controls import words_stated
from scenario.dialogue.adapter import AgentInput
from scenario.errors import JudgeError
from scenario.testing import AgentServer, ModelServer
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult
from tests.judge.courts import Observed

_CRITERIA: Final = ["The agent greets.", "The agent is rude."]
_CONVERSATION: Final[list[Message]] = [
    {"role": "user", "content": "Good morning, I was charged twice for order 4411. Can you help me with that?"},
    {"role": "assistant", "content": "I see two charges, and have sent one of them back to your card just now."},
]
_VERDICTS: Final = {"rude": "failed"}


async def _judged(server: ModelServer, observer: Observed | None = None, **settings: Any) -> ScenarioResult:
    judge = scenario.JudgeAgent(criteria=_CRITERIA, model=server.config(), **{"controls": 2, **settings})
    given = AgentInput(
        thread_id="t",
        messages=_CONVERSATION,
        judgment_request=FinalJudgmentRequest(criteria=None),
        observer=observer or Observed(),
    )
    result = await judge.call(given)
    assert isinstance(result, ScenarioResult)
    return result


def _asked(body: dict[str, Any]) -> list[str]:
    """The criteria of a request, in their order."""
    schema = body["tools"][-1]["function"]["parameters"]["properties"]["criteria"]
    return [one["description"] for one in schema["properties"].values()]


async def test_controls_are_no_criteria_of_the_users() -> None:
    """They go in among the criteria, and what comes out is the criteria: in the result and in every judgment."""
    observer = Observed()
    async with ModelServer(verdicts=_VERDICTS) as server:
        result = await _judged(server, observer)
    assert [(one.criterion, one.status) for one in result.criteria] == [
        ("The agent greets.", "passed"),
        ("The agent is rude.", "failed"),
    ]
    first = _asked(server.requests[0].body)
    assert len(first) == 4
    assert sum(words_stated(one) is not None for one in first) == 2
    assert "It got 2 statements right" in str(result.reasoning)
    for judgment in observer.judgments:
        assert (judgment.controls, judgment.missed) == (2, 0)
        assert all(words_stated(one.criterion) is None for one in judgment.criteria)


@pytest.mark.parametrize("says", ["passed", "failed", "inconclusive"])
async def test_a_judge_that_says_the_same_to_everything_decides_nothing(says: str) -> None:
    """It misses a statement, and the one in its place, and neither passes nor fails anybody; that is said."""
    observer = Observed()
    async with ModelServer(verdicts={"": says}) as server:
        result = await _judged(server, observer)
    assert [one.status for one in result.criteria] == ["inconclusive"] * 2
    assert not result.success
    assert "not fit for this conversation" in str(result.reasoning)
    assert f"said: {says}" in result.criteria[0].reasoning
    assert observer.judgments[0].missed == (2 if says == "inconclusive" else 1)
    # What the second asking took is counted as well.
    assert len(observer.calls) == len(server.requests)


async def test_a_statement_that_is_missed_is_repeated_with_another() -> None:
    """One miss may be chance: another statement of the same kind decides."""
    asked: list[list[str]] = []

    def answer(body: dict[str, Any]) -> None:
        asked.append(_asked(body))

    async with ModelServer(replies=answer, verdicts=_VERDICTS) as server:
        await _judged(server)
    missed = next(one for one in asked[0] if words_stated(one) is not None)
    asked.clear()
    async with ModelServer(replies=answer, verdicts={missed: "inconclusive", **_VERDICTS}) as server:
        observer = Observed()
        result = await _judged(server, observer)
    assert [one.status for one in result.criteria] == ["passed", "failed"]
    assert "1 of them when asked again in another way" in str(result.reasoning)
    assert observer.judgments[0].missed == 1
    assert len(asked[1]) == 1
    assert asked[1][0] not in asked[0]


async def test_the_same_conversation_has_the_same_controls() -> None:
    """Places and words follow from what is judged, so that a run can be repeated; a second asking has others."""
    async with ModelServer(verdicts=_VERDICTS) as server:
        await _judged(server)
        half = len(server.requests)
        await _judged(server)
    bodies = [json.dumps(request.body) for request in server.requests]
    assert bodies[:half] == bodies[half:]
    first, second = (_asked(request.body) for request in server.requests[:2])
    controls = [{one for one in asked if words_stated(one) is not None} for asked in (first, second)]
    assert controls[0] != controls[1]


async def test_without_controls_nothing_is_added() -> None:
    """A judge that writes is asked about its criteria alone unless somebody wants it otherwise."""
    observer = Observed()
    async with ModelServer(verdicts=_VERDICTS) as server:
        await _judged(server, observer, controls=None)
    assert _asked(server.requests[0].body) == _CRITERIA
    assert observer.judgments[0].controls == 0


async def test_a_report_shows_no_control() -> None:
    """Neither as a criterion nor in the judge's words, and a share of the criteria that suffices counts none."""
    async with ModelServer(verdicts=_VERDICTS) as models, AgentServer("I see, two of them.") as agent:
        result = await scenario.run(
            name="charges",
            description="A customer was charged twice.",
            agents=[
                scenario.RemoteAgent(agent.url),
                scenario.JudgeAgent(criteria=_CRITERIA, model=models.config(), controls=4, votes=2),
            ],
            script=[scenario.user("I was charged twice."), scenario.agent(), scenario.judge()],
        )
    assert [one.criterion for one in result.criteria] == _CRITERIA
    assert all(words_stated(one.criterion) is None for judgment in result.judgments for one in judgment.criteria)
    assert "“" not in str(result.reasoning)
    assert result.agreement == 1.0


async def test_a_conversation_of_nothing_is_judged_by_nobody() -> None:
    """Where nothing was said there is nothing by which a judge could be examined, and nobody is asked."""
    async with ModelServer() as server:
        judge = scenario.JudgeAgent(criteria=_CRITERIA, model=server.config(), controls=2)
        request = FinalJudgmentRequest(criteria=None)
        result = await judge.call(AgentInput(thread_id="t", messages=[], judgment_request=request))
    assert isinstance(result, ScenarioResult)
    assert [one.status for one in result.criteria] == ["inconclusive"] * 2
    assert not server.requests


class _LogOdds:
    """A server of the embedded model: a score by what stands in the statement."""

    def __init__(self, *, reads: bool) -> None:
        self.reads = reads
        self.statements: list[str] = []

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        text = body["messages"][-1]["content"]
        shown, _, question = text.partition("\n\nStatement: ")
        about = question.partition("\n")[0]
        self.statements.append(about)
        words = words_stated(about)
        is_true = (words in " ".join(shown.split()) if words is not None else "rude" not in about) or not self.reads
        yes = 0.99 if is_true else 0.01
        top = [{"token": "Yes", "logprob": math.log(yes)}, {"token": "No", "logprob": math.log(1 - yes)}]
        return {"choices": [{"message": {"content": "Yes"}, "logprobs": {"content": [{"top_logprobs": top}]}}]}


@pytest.mark.parametrize("reads", [True, False])
async def test_the_embedded_model_is_examined_on_request(reads: bool) -> None:
    """One that has read the conversation judges as without controls; one that says yes to all of it decides nothing."""
    answers = _LogOdds(reads=reads)
    observer = Observed()
    async with ModelServer(replies=answers) as server:
        judge = scenario.JudgeAgent(
            criteria=_CRITERIA,
            model="embedded/qwen2.5-coder-1.5b-instruct",
            api_base=server.base_url,
            controls=2,
        )
        given = AgentInput(
            thread_id="t",
            messages=_CONVERSATION,
            judgment_request=FinalJudgmentRequest(criteria=None),
            observer=observer,
        )
        try:
            result = await judge.call(given)
        except JudgeError as error:
            pytest.fail(str(error))
    assert isinstance(result, ScenarioResult)
    assert [one.status for one in result.criteria] == (["passed", "failed"] if reads else ["inconclusive"] * 2)
    assert [one.needs for one in result.criteria] == ["", ""]
    assert observer.judgments[0].controls == 2
    assert observer.judgments[0].missed == (0 if reads else 1)
    assert len(answers.statements) == (4 if reads else 5)
