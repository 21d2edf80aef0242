"""Values of a wrong kind are refused when they are made, by an error that is a ValueError and a TypeError."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

import scenario
from scenario import (
    AgentInput,
    CriterionResult,
    JudgmentRequest,
    ModelConfig,
    ScenarioConfig,
    ScenarioError,
    ScenarioResult,
    ToolCall,
)
from tests.runner.players import Says, judge, play

SAID = [{"role": "user", "content": "hi"}]


def result(**values: Any) -> ScenarioResult:
    """A result that is right but for these."""
    return ScenarioResult(**{"success": True, "messages": SAID} | values)


def criterion(**values: Any) -> CriterionResult:
    """A verdict on a criterion that is right but for these."""
    return CriterionResult(**{"criterion": "c", "status": "passed"} | values)


def judging(**settings: Any) -> scenario.JudgeAgent:
    """A judge that is right but for these."""
    return scenario.JudgeAgent(**{"criteria": ["c"], "model": "openai/m"} | settings)


def simulating(**settings: Any) -> scenario.UserSimulatorAgent:
    """A simulated user that is right but for these."""
    return scenario.UserSimulatorAgent(**{"model": "openai/m"} | settings)


def input_of(**values: Any) -> AgentInput:
    """An input that is right but for these."""
    return AgentInput(**{"thread_id": "t", "messages": SAID} | values)


def model(**settings: Any) -> ModelConfig:
    """Settings of a model that are right but for these."""
    return ModelConfig(**{"model": "openai/m"} | settings)


WRONG: list[tuple[Callable[..., object], str, Any]] = [
    (criterion, "status", "perhaps"),
    (criterion, "status", True),
    (criterion, "status", None),
    (criterion, "criterion", 5),
    (criterion, "requirement", None),
    (criterion, "reasoning", ["because"]),
    (criterion, "quote", 5),
    (criterion, "message_index", "first"),
    (result, "success", "yes"),
    (result, "success", None),
    (result, "success", 2),
    (result, "messages", "hi"),
    (result, "messages", None),
    (result, "messages", {"role": "user"}),
    (result, "messages", ["hi"]),
    (result, "reasoning", 5),
    (result, "passed_criteria", "c"),
    (result, "failed_criteria", [1]),
    (result, "inconclusive_criteria", None),
    (result, "criteria", ["c"]),
    (result, "total_time", "soon"),
    (result, "agent_time", True),
    (JudgmentRequest, "criteria", "c"),
    (JudgmentRequest, "criteria", [1]),
    (JudgmentRequest, "additional_context", 5),
    (JudgmentRequest, "context", {}),
    (ToolCall, "name", None),
    (ToolCall, "turn", "first"),
    (ToolCall, "source", "elsewhere"),
    (input_of, "messages", "hi"),
    (input_of, "messages", None),
    (input_of, "new_messages", 5),
    (model, "model", None),
    (model, "model", ""),
    (model, "temperature", "hot"),
    (model, "temperature", None),
    (model, "temperature", float("nan")),
    (model, "max_tokens", 0),
    (model, "max_tokens", "many"),
    (model, "api_base", 5),
    (model, "api_key", b"k"),
    (ScenarioConfig, "max_turns", "many"),
    (ScenarioConfig, "max_turns", 0),
    (ScenarioConfig, "min_turns", 1.5),
    (ScenarioConfig, "verbose", "yes"),
    (ScenarioConfig, "cache_key", 5),
    (ScenarioConfig, "debug", "no"),
    (ScenarioConfig, "default_model", 5),
    (ScenarioConfig, "fetch_remote_traces", "all"),
    (ScenarioConfig, "trace_wait_timeout", 0),
    (ScenarioConfig, "trace_wait_timeout", float("inf")),
    (ScenarioConfig, "observability", [1]),
    (scenario.configure, "cache_key", 5),
    (scenario.configure, "max_turns", "many"),
    (judging, "criteria", [5]),
    (judging, "criteria", 5),
    (judging, "criteria", "c"),
    (scenario.cache, "ignore", "client"),
    (scenario.cache, "ignore", 5),
    (judging, "system_prompt", 5),
    (judging, "token_threshold", "low"),
    (judging, "max_discovery_steps", -1),
    (judging, "temperature", "hot"),
    (judging, "max_tokens", 1.5),
    (judging, "model", 5),
    (simulating, "persona", 5),
    (simulating, "goal", ["a"]),
    (simulating, "system_prompt", b"s"),
    (simulating, "api_base", 5),
    (simulating, "api_key", 5),
]


@pytest.mark.parametrize(("make", "name", "value"), WRONG)
def test_a_value_of_a_wrong_kind_is_refused(make: Callable[..., object], name: str, value: Any) -> None:
    """Whichever of the two an existing test catches; the error names the field and what to give."""
    for caught in (ValueError, TypeError, ScenarioError):
        with pytest.raises(caught, match=r"(?s)(give|named by)") as refused:
            make(**{name: value})
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: ScenarioResult(success=True), "messages"),  # type: ignore[call-arg]
        (lambda: ScenarioResult(messages=[]), "success"),  # type: ignore[call-arg]
        (lambda: CriterionResult(status="passed"), "criterion"),  # type: ignore[call-arg]
    ],
)
def test_a_value_that_is_left_out_is_refused_likewise(make: Callable[[], object], name: str) -> None:
    """By its name."""
    for caught in (ValueError, TypeError):
        with pytest.raises(caught, match=f"needs `{name}`"):
            make()


def test_a_key_is_not_shown() -> None:
    """Errors are printed."""
    with pytest.raises(ValueError, match="api_key=a bytes") as refused:
        model(api_key=b"sk-secret")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["x" * 5000, [["y" * 5000]]])
def test_a_long_value_is_cut(value: Any) -> None:
    """An error can be read."""
    with pytest.raises(ValueError, match=r"\.\.\.") as refused:
        result(success=value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "make",
    [
        lambda: result(reasoning=None, total_time=1, agent_time=0.5, criteria=[criterion()]),
        lambda: result(messages=[Message()]),
        lambda: criterion(quote=None, message_index=0, requirement="", reasoning=""),
        lambda: JudgmentRequest(criteria=["a"], additional_context="b"),
        lambda: ToolCall(name="a", input=[1], output=None, turn=0, source="span"),
        lambda: model(temperature=1, max_tokens=5, api_base="http://x/v1", timeout=3),
        lambda: ScenarioConfig(
            max_turns=3, min_turns=0, verbose=2, cache_key="k", debug=False, default_model="openai/m"
        ),
        lambda: judging(criteria=("a", "b"), token_threshold=0, max_discovery_steps=0, temperature=1),
    ],
)
def test_what_is_right_is_taken(make: Callable[[], object]) -> None:
    """Whole numbers where numbers are meant, tuples for lists, message objects of other libraries."""
    make()


class Message:
    """A message as other libraries have it."""

    def model_dump(self) -> dict[str, str]:
        """As a dictionary."""
        return {"role": "user", "content": "hi"}


def test_lists_are_lists_afterwards() -> None:
    """And truths are truths, whatever of the same meaning was given; dumped criteria are read again."""
    made = result(success=1, messages=tuple(SAID), passed_criteria=("c",), criteria=[criterion().model_dump()])
    assert (made.success, made.messages, made.passed_criteria, made.criteria) == (True, SAID, ["c"], [criterion()])
    assert made.success is True
    for caught in (ValueError, TypeError):
        with pytest.raises(caught, match="perhaps"):
            result(criteria=[{"criterion": "c", "status": "perhaps"}])


def test_settings_of_a_model_may_be_a_dictionary() -> None:
    """As `configure` takes them elsewhere."""
    made = ScenarioConfig(default_model={"model": "openai/m", "temperature": 0.5})  # type: ignore[arg-type]
    assert made.default_model == ModelConfig("openai/m", temperature=0.5)
    for caught in (ValueError, TypeError):
        with pytest.raises(caught, match="A model is named by"):
            ScenarioConfig(default_model={"api_base": "http://x/v1"})  # type: ignore[arg-type]


def test_copies_are_checked_and_read_as_they_were() -> None:
    """A changed copy is as good as a new one; pickles and dumps come back."""
    made = result(criteria=[criterion()])
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - made above
    assert ScenarioResult.model_validate(made.model_dump()) == made
    with pytest.raises(ValueError, match="success"):
        made.model_copy(update={"success": "yes"})
    with pytest.raises(ValueError, match="status"):
        CriterionResult.model_validate({"criterion": "c", "status": "perhaps"})
    with pytest.raises(ValueError, match="messages"):
        ScenarioResult.model_validate({"success": True})


async def test_a_judge_of_ones_own_with_a_wrong_verdict_is_named() -> None:
    """The run ends with the judge's fault, and nothing passes."""
    broken = judge(lambda _: ScenarioResult(success="yes", messages=[]))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"\[Says\].*success='yes'"):
        await play(broken, Says(), script=[scenario.user("x"), scenario.judge()])


def test_a_tool_call_is_made_by_position() -> None:
    """As elsewhere: name, input, output, turn, source."""
    assert ToolCall("weather", {"a": 1}, "20", 2, "message") == ToolCall(
        name="weather", input={"a": 1}, output="20", turn=2, source="message"
    )
