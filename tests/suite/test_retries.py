"""Runs that say nothing about the agent are tried again, where another try may help; what the agent did is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

import scenario
from scenario.cli.exit_codes import exit_code
from scenario.errors import AgentError, Fault, JudgeError, ScenarioError, UserSimulatorError
from scenario.record.run_record import RunRecord
from scenario.runner.suite import RETRIABLE, Job, Suite
from tests.suite.jobs import Audience, Gate, job


def of(fault: Fault) -> ScenarioError:
    """An error by somebody's fault."""
    error = ScenarioError(f"by the {fault}")
    error.fault = fault
    return error


def ends(name: str, *errors: Exception | None) -> Job:
    """A job whose tries end so, one after the other; None passes."""
    left: Iterator[Exception | None] = iter(errors)

    def step(state: scenario.ScenarioState) -> None:
        if (error := next(left)) is not None:
            raise error

    async def play() -> scenario.ScenarioResult:
        return await scenario.run(name=name, description="", script=[step, scenario.succeed()], verbose=False)

    return Job(name=name, play=play)


async def played(*jobs: Job, tries: int, audience: Audience | None = None) -> list[RunRecord]:
    """The records of these jobs, each tried so many times more."""
    return (await Suite(jobs, retry_invalid=tries, audience=audience).run()).records


@pytest.mark.parametrize("fault", sorted(get_args(Fault)))
async def test_it_depends_on_whose_fault_it_was(fault: Fault) -> None:
    """Simulator, judge, model, wire and machine are tried again; test, configuration, a dialect and we are not."""
    records = await played(ends("x", of(fault), None), tries=1)
    last = records[-1]
    again = fault in {"user simulator", "judge", "model", "wire", "machine"}
    assert (fault in RETRIABLE) is again
    assert [record.retried for record in records] == ([True, False] if again else [False])
    assert (last.outcome == "passed") is again
    assert (last.tries, last.tried_for) == ((2, (fault,)) if again else (1, ()))


async def test_it_is_tried_as_often_as_was_said() -> None:
    """And the last try counts, with whose faults the others were."""
    records = await played(ends("x", JudgeError("1"), UserSimulatorError("2"), JudgeError("3"), None), tries=2)
    assert [(record.tries, record.retried, record.fault) for record in records] == [
        (1, True, "judge"),
        (2, True, "user simulator"),
        (3, False, "judge"),
    ]
    assert records[-1].tried_for == ("judge", "user simulator")
    assert exit_code(records, stopped=False) == 3


async def test_tries_that_count_no_more_change_no_exit_code() -> None:
    """What passed in the end has passed."""
    records = await played(ends("x", JudgeError("down"), None), tries=1)
    assert exit_code(records, stopped=False) == 0


@pytest.mark.parametrize("error", [AgentError("it raised"), AssertionError("no lookup")])
async def test_what_the_agent_did_stands(error: Exception) -> None:
    """A failure is never played away."""
    (record,) = await played(ends("x", error, None), tries=5)
    assert (record.outcome, record.tries) == ("failed", 1)


async def test_what_nobody_could_decide_stands() -> None:
    """Another try would ask until somebody says yes."""
    (record,) = await played(job("x", ending=lambda: lambda state: None), tries=5)
    assert (record.outcome, record.tries) == ("undecided", 1)


async def test_nothing_is_tried_again_unasked() -> None:
    """By default, one try."""
    (record,) = (await Suite([ends("x", JudgeError("down"), None)]).run()).records
    assert (record.outcome, record.tries) == ("invalid", 1)


async def test_the_audience_hears_of_each_try() -> None:
    """The job is begun and ended once."""
    audience = Audience()
    await played(ends("x", JudgeError("1"), None), tries=1, audience=audience)
    assert audience.started_names == ["x"]
    assert [record.fault for record in audience.again] == ["judge"]
    assert [record.outcome for record in audience.records] == ["passed"]


async def test_a_suite_that_was_stopped_tries_nothing_again() -> None:
    """The record of the last try is what there is."""
    gate = Gate()
    left = [JudgeError("down")]

    async def play() -> scenario.ScenarioResult:
        suite.stop("enough")
        raise left[0]

    suite = Suite([Job(name="x", play=play), job("waits", gate)], retry_invalid=3)
    result = await suite.run()
    assert [record.tries for record in result.records] in ([1], [])
    assert result.stopped == "enough"
