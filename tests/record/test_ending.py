"""How a run ended, and by whose fault: one function decides, and everything that shows it says the same."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.dialogue.events import RunFinished
from scenario.dialogue.subscribers import subscribed
from scenario.errors import (
    AgentError,
    AgentUnreachableError,
    ConfigurationError,
    ErrorReplyError,
    Fault,
    JudgeError,
    ModelError,
    ScenarioError,
    UserSimulatorError,
    fault_of,
)
from scenario.record.blame import at_fault
from scenario.record.ending import OUTCOMES, Ending, ending_of, outcome_of
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.types import ScenarioResult

FAULTS = [str(fault) for fault in get_args(Fault)]


def ended(error: str | None = None, fault: str | None = None, **told: Any) -> Ending:
    """How a run ended whose last event has these values."""
    return ending_of(RunFinished(run_id="a", at=1.0, error=error, fault=fault, **told))


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (ScenarioResult(success=True, messages=[]), "passed"),
        (ScenarioResult(success=False, messages=[], failed_criteria=["a"]), "failed"),
        (ScenarioResult(success=False, messages=[], failed_criteria=["a"], inconclusive_criteria=["a"]), "undecided"),
        (ScenarioResult(success=False, messages=[], undecided=True), "undecided"),
    ],
)
def test_a_result_says_it_itself(result: ScenarioResult, outcome: str) -> None:
    """Nothing else is asked where there is one."""
    assert ended(result=result) == Ending(outcome)  # type: ignore[arg-type]


def test_only_the_agent_fails() -> None:
    """By each fault: the agent's is a failure, and any other's says nothing about the agent."""
    found = {fault: ended("SomeError: x", fault).outcome for fault in FAULTS}
    assert found == {fault: "failed" if fault == "agent" else "invalid" for fault in FAULTS}


@pytest.mark.parametrize(("fault", "outcome"), [("agent", "failed"), ("wire", "failed"), ("test", "invalid")])
def test_a_refusal_is_the_agents_answer(fault: str, outcome: str) -> None:
    """Unless it is known that the test asked for what is not there."""
    assert ended("ErrorReplyError: status 401", fault).outcome == outcome
    assert ended("AgentUnreachableError: nobody", "wire").outcome == "invalid"


def test_a_check_fails_the_run_and_a_bug_of_the_test_does_not() -> None:
    """What is asserted is about the agent; what the test's code raises otherwise is not."""
    assert ended("AssertionError: no lookup") == Ending("failed", "AssertionError: no lookup")
    assert ended("MyCheck: no lookup", check=True).outcome == "failed"
    assert ended("KeyError: 'x'") == Ending("invalid", "KeyError: 'x'", "test")
    assert ended() == Ending("invalid", "it ended without a result", "test")


@pytest.mark.parametrize("error", ["KeyboardInterrupt: ", "SystemExit: 1", "CancelledError: ", "Skipped: not here"])
def test_what_was_stopped_is_cancelled(error: str) -> None:
    """Nobody is to blame."""
    assert (ended(error).outcome, ended(error).fault) == ("cancelled", "")
    assert ended("AgentError: x", "agent", cancelled=True) == Ending("cancelled", "the run was cancelled")


@given(st.text(max_size=80), st.sampled_from(["", *FAULTS, "somebody's"]), st.booleans())
def test_no_error_is_ever_a_pass(error: str, fault: str, check: bool) -> None:
    """Whatever is raised, whoever is to blame; and what is the agent's is never another's."""
    outcome = outcome_of(error, fault, check=check)
    assert outcome in OUTCOMES
    assert outcome != "passed"
    if fault not in ("", "agent", "wire") and not check:
        assert outcome in ("invalid", "cancelled")


def _of(error: BaseException, cause: BaseException) -> BaseException:
    try:
        try:
            raise cause
        except BaseException as inner:
            raise error from inner
    except BaseException as outer:
        return outer


LIMITS = [
    OSError(errno.EMFILE, "too many open files"),
    OSError(errno.ENFILE, "too many open files in system"),
    OSError(errno.ENOSPC, "no space left on device"),
    OSError(errno.EDQUOT, "disk quota exceeded"),
    OSError(errno.ENOMEM, "cannot allocate memory"),
    MemoryError(),
    RuntimeError("can't start new thread"),
    ExceptionGroup("several", [ValueError("a"), OSError(errno.EMFILE, "too many open files")]),
]


@pytest.mark.parametrize("limit", LIMITS, ids=repr)
@pytest.mark.parametrize("kind", [AgentError, AgentUnreachableError, JudgeError, UserSimulatorError, ModelError])
def test_a_limit_of_the_machine_is_the_machines(kind: type[ScenarioError], limit: BaseException) -> None:
    """Wherever in the chain of causes it stands, and whoever ran into it."""
    assert fault_of(limit) == "machine"
    assert fault_of(_of(kind("x"), limit)) == "machine"
    assert fault_of(_of(kind("x"), _of(ValueError("y"), limit))) == "machine"


@pytest.mark.parametrize(
    "other", [OSError(errno.ECONNREFUSED, "refused"), OSError(errno.EPIPE, "pipe"), RuntimeError("x"), ValueError("28")]
)
def test_any_other_cause_is_not_the_machines(other: BaseException) -> None:
    """A refused connection is no limit; nor is a text that has the words of one."""
    assert fault_of(_of(AgentError("No space left on device"), other)) == "agent"
    assert fault_of(other) is None
    assert fault_of(None) is None


def test_a_fault_of_each_kind_has_words() -> None:
    """None is shown by its bare name alone."""
    assert at_fault("machine", "AgentError: x") == "this machine, not the agent"
    assert all(at_fault(fault, "X: x") != fault for fault in FAULTS)


class MyCheck(AssertionError):
    """A check of a library's own."""


def _raises(error: BaseException) -> Callable[[Any], None]:
    def step(state: Any) -> None:
        raise error

    return step


@pytest.mark.parametrize(
    ("error", "outcome", "fault"),
    [
        (AssertionError("no lookup"), "failed", ""),
        (MyCheck("no lookup"), "failed", ""),
        (pytest.fail.Exception("no lookup"), "failed", ""),
        (_of(AssertionError("could not look"), OSError(errno.EMFILE, "x")), "invalid", "machine"),
        (OSError(errno.ENOSPC, "x"), "invalid", "machine"),
        (KeyError("x"), "invalid", "test"),
        (AgentError("x"), "failed", "agent"),
        (ErrorReplyError("x"), "failed", "agent"),
        (JudgeError("x"), "invalid", "judge"),
        (ConfigurationError("x"), "invalid", "configuration"),
        (KeyboardInterrupt(), "cancelled", ""),
    ],
    ids=repr,
)
async def test_records_and_stores_say_the_same(error: BaseException, outcome: str, fault: str, tmp_path: Path) -> None:
    """Of a real run: what is shown at its end is what is found in the store, and in the error that is raised."""
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    with StoreWriter(tmp_path) as writer, subscribed(recorder), subscribed(writer), pytest.raises(type(error)):
        await scenario.run(name="x", description="", script=[_raises(error)], verbose=False)
    with StoreReader(tmp_path) as reader:
        (row,) = reader.scenarios()
    (record,) = records
    assert (record.outcome, record.fault) == (row.status, row.fault) == (outcome, fault)
    if isinstance(error, ScenarioError):
        assert error.fault == fault


LIMITED = """
import asyncio, json, os, resource
import scenario
from scenario.testing import AgentServer

held = []

def use_up(state):
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass

async def played(*steps):
    async with AgentServer("Hello") as agent:
        script = [scenario.user("Hi"), *steps, scenario.agent(), scenario.succeed()]
        try:
            agents = [scenario.RemoteAgent(agent.url)]
            await scenario.run(name="limited", description="", agents=agents, script=script, verbose=False)
        except scenario.AgentError as error:
            return {"kind": type(error).__name__, "fault": error.fault, "said": str(error)}
        finally:
            while held:
                os.close(held.pop())
        return {}

asyncio.run(played())  # what is imported late is there by the second
# On a loop of its own: an idle connection of the first would give up its descriptor.
print(json.dumps(asyncio.run(played(use_up))))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits are set as POSIX has them")
def test_an_agent_that_cannot_be_reached_for_want_of_files_is_not_to_blame() -> None:
    """For real: the process has no descriptor left for the connection."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False, env={**os.environ, "CI": ""}
    )
    told = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    assert (told.get("kind"), told.get("fault")) == ("AgentUnreachableError", "machine"), done.stderr
    assert "too many open files" in told["said"].lower()
    assert "is it running" not in told["said"]


def looked_up(state: scenario.ScenarioState) -> None:
    """A check with a mistake of its own, which shows in the standard library."""
    json.loads("{" + state.name)


def bare(state: scenario.ScenarioState) -> None:
    """A check whose assertion has no words."""
    if state.name:
        raise AssertionError


def worded(state: scenario.ScenarioState) -> None:
    """A check that says what it misses."""
    raise AssertionError(f"no lookup in {state.name}")


@pytest.mark.parametrize(
    ("check", "outcome", "ends"),
    [
        (looked_up, "invalid", f"(at {Path(__file__).name}:%d, in looked_up)"),
        (bare, "failed", f"AssertionError: at {Path(__file__).name}:%d, in bare"),
        (worded, "failed", "AssertionError: no lookup in n"),
    ],
)
async def test_a_check_that_raises_says_where(
    check: Callable[[scenario.ScenarioState], None],
    outcome: str,
    ends: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the last line of the user's own code; an assertion with words of its own needs no place."""
    monkeypatch.chdir(tmp_path)
    records: list[RunRecord] = []
    with subscribed(RunRecorder(lambda record, *_: records.append(record))), pytest.raises(Exception):  # noqa: B017
        await scenario.run("n", "d", [], script=[check], verbose=False)
    (told,) = records
    line = check.__code__.co_firstlineno + 2
    lines = [ends % number if "%d" in ends else ends for number in (line, line + 1)]
    assert told.outcome == outcome
    assert told.error.endswith(tuple(lines)), told.error
