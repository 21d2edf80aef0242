"""Results: they travel between processes, dump themselves, and keep what the run knew."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from typing import Any

import pytest

import scenario
from scenario.errors import AgentUnreachableError, ScriptError, TruncatedReplyError
from scenario.exchange import Exchange, HttpRequest
from tests.runner.players import Says, judge, play, user, verdict

TOOL_CALLS = [
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}]},
    {"role": "tool", "tool_call_id": "1", "content": '{"degrees": 21}'},
    {"role": "assistant", "content": "21 degrees ☀"},
]  # fmt: skip


async def whole_result() -> scenario.ScenarioResult:
    """A result with tool calls and a verdict on two criteria."""
    criteria = [
        scenario.CriterionResult(criterion="c1", status="passed", reasoning="r", quote="21", message_index=3),
        scenario.CriterionResult(criterion="c2", status="inconclusive"),
    ]
    answer = verdict(
        False,
        reasoning="why",
        passed_criteria=["c1"],
        failed_criteria=["c2"],
        inconclusive_criteria=["c2"],
        criteria=criteria,
    )
    return await play(user("q"), Says(TOOL_CALLS), judge(answer))


async def test_a_result_pickles() -> None:
    """What comes back is equal, with the criteria and the times."""
    result = await whole_result()
    back = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
    assert back == result
    assert copy.deepcopy(result) == result
    assert back.criteria[0].quote == "21"


async def test_a_result_dumps_to_json_without_a_warning() -> None:
    """Tool-call messages too; the keys are those of the contract."""
    result = await whole_result()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dumped = json.loads(result.model_dump_json())
        assert json.loads(json.dumps(result.model_dump())) == dumped
    assert dumped["messages"][1:] == TOOL_CALLS
    assert dumped["criteria"][1]["status"] == "inconclusive"
    assert {"success", "reasoning", "passed_criteria", "failed_criteria", "inconclusive_criteria", "total_time",
            "agent_time", "evaluations", "audio", "timeline", "latency"} <= dumped.keys()  # fmt: skip


async def test_the_dump_is_a_copy() -> None:
    """Changing it changes nothing of the result."""
    result = await whole_result()
    result.model_dump()["messages"].clear()
    assert len(result.messages) == 4


@pytest.mark.parametrize("odd", [float("nan"), 10**30, "half \ud83d", "\0", "\u2028", {"k" * 1000: [[[]]]}])
async def test_odd_answers_do_not_break_the_dump(odd: Any) -> None:
    """Whatever an adapter is allowed to return can be pickled, dumped and written as UTF-8."""
    result = await play(user(), Says({"role": "assistant", "content": odd}), max_turns=1)
    assert result.model_dump_json().encode()
    pickle.dumps(result)


async def test_a_result_is_shown_by_what_decided_it() -> None:
    """A failed `assert result.success` is shown on a line: the reason stands there, and no conversation."""
    shown = repr(await whole_result())
    outcome = "outcome='undecided', "  # nothing failed but what nobody could decide
    assert shown == f"ScenarioResult(success=False, {outcome}reasoning='why', failed_criteria=['c2'], len(messages)=4)"
    assert "failed_criteria" not in repr(verdict())


async def test_failed_criteria_include_the_inconclusive_ones() -> None:
    """Those are the subset that nobody could decide."""
    result = await whole_result()
    assert set(result.inconclusive_criteria) <= set(result.failed_criteria)
    assert [criterion.criterion for criterion in result.criteria] == ["c1", "c2"]


def test_success_and_messages_are_required() -> None:
    """A result without them is a TypeError; everything else has a default."""
    with pytest.raises(TypeError):
        scenario.ScenarioResult(success=True)  # type: ignore[call-arg]
    result = scenario.ScenarioResult(success=True, messages=[])
    assert (result.reasoning, result.total_time, result.agent_time, result.evaluations) == (None, None, None, [])


def test_a_criterion_result_has_the_contracts_defaults() -> None:
    """Its text is required; requirement and reasoning are empty."""
    criterion = scenario.CriterionResult(criterion="c", status="failed")
    assert (criterion.requirement, criterion.reasoning) == ("", "")


async def test_the_judges_own_result_is_not_written_into() -> None:
    """A judge may hand the same object to every run."""
    answer = verdict(reasoning="same")
    first = await play(judge(answer), script=[scenario.user("one"), scenario.judge()])
    second = await play(judge(answer), script=[scenario.user("two"), scenario.judge()])
    assert (answer.messages, answer.total_time) == ([], None)
    assert first.messages != second.messages


async def test_messages_is_the_states_list() -> None:
    """The conversation of the result is that which checks read."""
    states: list[Any] = []
    result = await play(script=[scenario.user("x"), states.append, scenario.succeed()])
    assert result.messages is states[0].messages


async def test_a_run_without_calls_over_the_wire_has_empty_timing() -> None:
    """`exchanges`, `timing` and `usage` are there and empty, never None."""
    result = await play(script=[scenario.succeed()])
    assert (result.exchanges, result.usage) == ([], {})
    assert result.timing == scenario.types.RunTiming()
    with pytest.raises(ScriptError, match=r"result\.last_exchange: no call over the wire"):
        _ = result.last_exchange


async def test_errors_pickle() -> None:
    """What a run raises in a worker process arrives in the parent with its text."""
    with pytest.raises(scenario.AgentError) as caught:
        await play(user(), Says(lambda _: 1 / 0), max_turns=1)
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (type(back), str(back)) == (scenario.AgentError, str(caught.value))


@pytest.mark.parametrize("kind", [AgentUnreachableError, TruncatedReplyError])
def test_an_error_of_a_call_brings_its_record_or_says_that_it_has_none(
    kind: type[AgentUnreachableError | TruncatedReplyError],
) -> None:
    """Also in the parent of a worker process; one that an adapter raises by itself need not have any."""
    exchange = Exchange(request=HttpRequest(url="http://agent/"), outcome="truncated")
    back = pickle.loads(pickle.dumps(kind("cut", exchange=exchange)))  # noqa: S301 - our own bytes
    assert (str(back), back.exchange) == ("cut", exchange)
    with pytest.raises(ScriptError, match=rf"This {kind.__name__} was made without an exchange"):
        _ = kind("by an adapter").exchange
