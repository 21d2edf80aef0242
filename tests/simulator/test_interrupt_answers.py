"""`on_interrupt`: what a simulated user answers an agent that stops for a human in free play."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.dialogue.verdicts import waits_for
from scenario.errors import ConfigurationError, ScriptError, UserSimulatorError
from scenario.testing import ModelReply, ModelServer, ToolUse
from tests.human_input.test_runs import QUESTION, asks
from tests.runner.players import Says, play, said
from tests.simulator.test_user_simulator_agent import user_at

APPROVED, REJECTED = {"approve": True}, {"approve": False}


def with_state(interrupt: Any, state: scenario.ScenarioState) -> str:
    """A function that wants the state, too."""
    return f"{interrupt['message']} after {len(state.messages)}"


async def awaited(interrupt: Any) -> Any:
    """A function that is awaited."""
    return REJECTED | {"reason": interrupt["kind"]}


@pytest.mark.parametrize(
    ("on_interrupt", "answer", "words"),
    [
        ("approve", APPROVED, "Approved."),
        ("reject", REJECTED, "Rejected."),
        (lambda interrupt: APPROVED, APPROVED, "Approved."),
        (lambda *given: given[0]["kind"], "approval", "approval"),
        (lambda interrupt, limit=5: limit, 5, "5"),
        (with_state, "Pay 5 euros? after 2", "Pay 5 euros? after 2"),
        (awaited, {"approve": False, "reason": "approval"}, "Rejected: approval"),
    ],
)
async def test_it_answers_in_free_play(on_interrupt: Any, answer: Any, words: str) -> None:
    """By a fixed answer or a function, and the model is not asked in that turn."""
    agent = Says(asks(), "Paid.")
    async with ModelServer(["Pay.", "Thanks."]) as server:
        result = await play(user_at(server, on_interrupt=on_interrupt), agent, max_turns=3)
        assert len(server.requests) == 2
    assert said(result)[2:4] == [("user", words), ("assistant", "Paid.")]
    assert result.messages[2]["resume"] is True
    assert agent.inputs[1].resume == answer
    assert result.interrupt is None


def decision(choice: str, words: str = "") -> ModelReply:
    """What a user's model decides."""
    return ModelReply(tools=(ToolUse(name="decide", arguments={"decision": choice, "words": words}),))


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        (decision("approve"), APPROVED),
        (decision("reject", "too much"), REJECTED | {"reason": "too much"}),
        (decision("reject"), REJECTED),
        (decision("answer", "Four euros."), "Four euros."),
    ],
)
async def test_its_model_decides_in_its_role(choice: Any, answer: Any) -> None:
    """It is told who it is, and what the agent asks."""
    agent = Says(asks(), "ok")
    async with ModelServer(["Pay.", choice]) as server:
        await play(user_at(server, goal="Spend little.", on_interrupt="user"), agent, max_turns=2)
        asked = server.requests[1].body["messages"]
    assert agent.inputs[1].resume == answer
    assert "Spend little." in asked[0]["content"]
    assert "Pay 5 euros?" in asked[-1]["content"]


async def test_by_default_free_play_ends_as_before() -> None:
    """And a script may answer."""
    async with ModelServer(["Pay."]) as server:
        result = await play(user_at(server), Says(asks()))
    assert result.reasoning == waits_for(QUESTION)


async def test_a_function_that_fails_is_the_tests_fault() -> None:
    """Its exception is the cause; None is no answer; what it asserts is an assertion."""

    def fails(interrupt: Any) -> Any:
        raise KeyError(interrupt["kind"])

    async def fails_later(interrupt: Any) -> Any:
        raise KeyError(interrupt["kind"])

    def asserts(interrupt: Any) -> Any:
        raise AssertionError("never this")

    for function, error, says in (
        (fails, ScriptError, r"on_interrupt=.*fails raised KeyError: 'approval'"),
        (fails_later, ScriptError, r"on_interrupt=.*fails_later raised KeyError"),
        (lambda interrupt: object(), ScriptError, r"on_interrupt=.*returned <object.*JSON cannot hold"),
        (lambda interrupt: {"amount": float("nan")}, ScriptError, r"on_interrupt=.*JSON cannot hold"),
        (lambda interrupt: None, ScriptError, r"on_interrupt=.*returned None"),
        (asserts, AssertionError, "never this"),
    ):
        async with ModelServer(["Pay."]) as server:
            with pytest.raises(error, match=says) as failed:
                await play(user_at(server, on_interrupt=function), Says(asks()))
        if isinstance(failed.value, ScriptError):
            assert failed.value.fault == "test"


async def test_a_model_that_decides_nothing_is_the_simulators_fault() -> None:
    """After two answers that cannot be read."""
    async with ModelServer(["Pay.", decision("maybe"), decision("answer")]) as server:
        with pytest.raises(UserSimulatorError, match=r"decision|words"):
            await play(user_at(server, on_interrupt="user"), Says(asks()))


@pytest.mark.parametrize("value", ["yes", True, {"approve": True}, 1])
def test_what_cannot_answer_is_refused(value: Any) -> None:
    """Where the user is made."""
    with pytest.raises(ConfigurationError, match="on_interrupt="):
        scenario.UserSimulatorAgent(model="openai/x", on_interrupt=value)


def three(interrupt: Any, state: Any, more: Any) -> Any:
    """A function that wants too much."""


@pytest.mark.parametrize("function", [three, lambda: True, lambda interrupt, *, why: why])
def test_a_function_that_cannot_be_called_so_is_refused(function: Any) -> None:
    """Where the user is made, and not when an agent waits."""
    with pytest.raises(ConfigurationError, match="one or two values by position"):
        scenario.UserSimulatorAgent(model="openai/x", on_interrupt=function)


@pytest.mark.parametrize("function", [print, lambda *all: all, lambda a, b=1, c=2: a, with_state, awaited])
def test_a_function_that_can_is_taken(function: Any) -> None:
    """Others' values may have a default."""
    assert scenario.UserSimulatorAgent(model="openai/x", on_interrupt=function).on_interrupt is function
