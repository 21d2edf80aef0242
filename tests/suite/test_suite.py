"""Suites: so many at once, in order, until they are done or there is a reason to stop."""

from __future__ import annotations

import asyncio
import errno

import pytest

import scenario
from scenario.cli.exit_codes import exit_code
from scenario.errors import (
    AgentError,
    AgentUnreachableError,
    ConfigurationError,
    DialectError,
    ErrorReplyError,
    Fault,
    InternalError,
    JudgeError,
    MissingParticipantError,
    ModelError,
    ModelResponseError,
    ScenarioError,
    ScriptError,
    TruncatedReplyError,
    UserSimulatorError,
)
from scenario.runner.schedule import Schedule
from scenario.runner.seeds import seed_of
from scenario.runner.spending import Spending
from scenario.runner.suite import Job, Suite
from tests.suite.jobs import Audience, Costly, Gate, job, raising


async def test_as_many_run_at_once_as_may() -> None:
    """Neither fewer nor more."""
    gate = Gate()
    suite = asyncio.create_task(Suite([job(str(n), gate) for n in range(10)], at_once=3).run())
    await gate.reached(3)
    gate.opened.set()
    result = await suite
    assert (gate.most, len(result.records), result.not_run) == (3, 10, [])


async def test_jobs_are_begun_in_their_order() -> None:
    """The order of the files."""
    audience = Audience()
    await Suite([job(str(n)) for n in range(5)], audience=audience).run()
    assert audience.started_names == list("01234")
    assert [record.name for record in audience.records] == list("01234")


async def test_a_record_says_where_its_scenario_comes_from() -> None:
    """File, tags, row and repetition."""
    one = job("a", file="x/a.yaml", tags=("t",), parameters={"city": "Paris"}, repeat=2)
    (record,) = (await Suite([one]).run()).records
    assert (record.file, record.tags, record.parameters, record.repeat) == ("x/a.yaml", ("t",), {"city": "Paris"}, 2)


async def test_the_first_failure_ends_a_suite_that_fails_fast() -> None:
    """What runs is cancelled, and told as that; what waits is not begun, and told as not run."""
    gate = Gate()
    jobs = [job("waits", gate), job("fails", ending=scenario.fail), job("never")]
    result = await Suite(jobs, at_once=2, fail_fast=True).run()
    assert [(record.name, record.outcome) for record in result.records] == [("fails", "failed"), ("waits", "cancelled")]
    assert [one.name for one in result.not_run] == ["never"]
    assert "--fail-fast" in result.stopped


async def test_a_failure_does_not_end_any_other_suite() -> None:
    """Everything is run."""
    result = await Suite([job("fails", ending=scenario.fail), job("passes")]).run()
    assert [record.outcome for record in result.records] == ["failed", "passed"]


async def test_the_time_for_all_of_them_ends() -> None:
    """What runs then is cancelled, and what has not begun is not run."""
    gate = Gate()
    result = await Suite([job("done"), job("waits", gate), job("never")], max_time=0.2).run()
    assert [(record.name, record.outcome) for record in result.records] == [("done", "passed"), ("waits", "cancelled")]
    assert [one.name for one in result.not_run] == ["never"]
    assert "--max-time" in result.stopped


@pytest.mark.parametrize(("limit", "told"), [({"max_tokens": 250}, "300 tokens"), ({"max_cost": 0.6}, "$0.75")])
async def test_spending_ends_a_suite(limit: dict[str, float], told: str) -> None:
    """The call that passes the limit is the last; its scenario has no verdict."""
    stopped: list[str] = []

    def stop(reason: str) -> None:
        stopped.append(reason)
        suite.stop(reason)

    spending = Spending(**limit, on_limit=stop)  # type: ignore[arg-type]
    suite = Suite([job(str(n), Costly(), subscribers=(spending,)) for n in range(6)])
    result = await suite.run()
    assert len(result.records) + len(result.not_run) == 6
    assert len(result.records) in (2, 3)
    assert told in result.stopped
    assert len(stopped) == 1


async def test_cancelling_a_suite_cancels_what_runs() -> None:
    """At once, and nothing goes on in the background."""
    gate = Gate()
    task = asyncio.create_task(Suite([job(str(n), gate) for n in range(4)], at_once=2).run())
    await gate.reached(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.waiting == 0


async def test_stopping_twice_keeps_the_first_reason() -> None:
    """It is the true one."""
    gate = Gate()
    suite = Suite([job("a", gate)])
    task = asyncio.create_task(suite.run())
    await gate.reached(1)
    suite.stop("first")
    suite.stop("second")
    assert (await task).stopped == "first"


async def test_a_job_that_fails_before_its_run_has_a_record_too() -> None:
    """A participant that cannot be made is an outcome like any other, and stops no other job."""
    result = await Suite([raising("odd", ConfigurationError("no model")), job("passes")]).run()
    odd, passes = result.records
    assert (odd.outcome, odd.fault, odd.error) == ("invalid", "configuration", "ConfigurationError: no model")
    assert passes.outcome == "passed"


async def test_a_scenario_inside_of_a_step_is_not_the_jobs() -> None:
    """The record is that of the scenario that the job began."""

    async def inner(state: scenario.ScenarioState) -> None:
        await scenario.run(name="inner", description="", script=[scenario.fail()], verbose=False)

    async def play() -> scenario.ScenarioResult:
        return await scenario.run(name="outer", description="", script=[inner, scenario.succeed()], verbose=False)

    (record,) = (await Suite([Job(name="outer", play=play)]).run()).records
    assert record.outcome == "passed"


def of(fault: Fault, error: ScenarioError) -> ScenarioError:
    """The error, with whose fault it was."""
    error.fault = fault
    return error


FAILS = [
    (None, 0),
    (AssertionError("a check"), 1),
    (AgentError("it raised"), 1),
    (TruncatedReplyError("cut"), 1),
    (KeyError("a bug in a step"), 2),
    (ConfigurationError("no model"), 2),
    (ScriptError("no such step"), 2),
    (MissingParticipantError("no user"), 2),
    (of("wire", AgentUnreachableError("nobody there")), 3),
    (AgentUnreachableError("it closed the connection"), 1),
    (of("wire", ErrorReplyError("401")), 1),
    (of("test", ErrorReplyError("reply= matched nothing")), 2),
    (UserSimulatorError("the user's model"), 3),
    (ModelError("a server"), 3),
    (ModelResponseError("no such key", status=401), 2),
    (ModelResponseError("not for this key", status=403), 2),
    (ModelResponseError("too busy", status=429), 3),
    (DialectError("another package's"), 3),
    (InternalError("ours"), 3),
    (OSError(errno.EMFILE, "too many open files"), 3),
    (MemoryError(), 3),
    (JudgeError("the judge's model"), 3),
]


@pytest.mark.parametrize(("error", "code"), FAILS, ids=lambda value: type(value).__name__)
async def test_the_exit_code_says_whose_fault_it_was(error: Exception | None, code: int) -> None:
    """0 passed, 1 the agent, 2 the settings or the test, 3 something outside."""

    def step(state: scenario.ScenarioState) -> None:
        if error is not None:
            raise error

    async def play() -> scenario.ScenarioResult:
        return await scenario.run(name="x", description="", script=[step, scenario.succeed()], verbose=False)

    records = (await Suite([Job(name="x", play=play)]).run()).records
    assert exit_code(records, stopped=False) == code


async def test_a_failure_weighs_more_than_what_was_not_run() -> None:
    """A real finding is never hidden behind an exit code that asks for another try."""
    records = (await Suite([job("fails", ending=scenario.fail), raising("x", JudgeError("down"))]).run()).records
    assert exit_code(records, stopped=True) == 1
    assert exit_code([], stopped=True) == 3


def test_a_schedule_gives_back_what_was_not_done() -> None:
    """In front of what was never begun."""
    schedule = Schedule("abc")
    first = schedule.next()
    assert first == "a"
    schedule.given_back(first)
    schedule.stop("enough")
    assert (schedule.next(), schedule.not_run) == (None, ["a", "b", "c"])


def test_a_seed_depends_on_its_scenario_alone() -> None:
    """Choosing fewer scenarios changes the seed of none; each repetition has its own."""
    assert seed_of(7, "a.yaml::x", 0) == seed_of(7, "a.yaml::x", 0)
    seeds = {seed_of(seed, name, repeat) for seed in (7, 8) for name in "ab" for repeat in range(3)}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**31 for seed in seeds)
