"""Of an `async def call` that blocks the user is told, once in a process, whatever becomes of it."""

from __future__ import annotations

import asyncio
import warnings

import pytest

import scenario
from scenario.errors import AgentError
from scenario.warning import ScenarioWarning
from tests.runner.blockers import TWICE, Blocks, until
from tests.runner.players import play

ONCE = [scenario.user("1"), scenario.agent(), scenario.succeed()]


async def test_each_class_is_told_once_with_the_remedy_at_the_line_that_blocks() -> None:
    """Not again in later runs."""

    class First(Blocks):
        pass

    class Second(Blocks):
        pass

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for kind in (First, Second, First):
            await play(kind(), script=TWICE)
    texts = [str(warning.message) for warning in told]
    assert [text.partition(".")[0] for text in texts] == ["First", "Second"]
    assert all("`def`" in text and "await" in text and "thread" in text for text in texts)
    assert {warning.filename for warning in told} == {until.__code__.co_filename}


async def test_it_is_told_where_the_agent_stays() -> None:
    """It says why."""

    class Agent(Blocks):
        lock = asyncio.Lock()

    with pytest.warns(ScenarioWarning, match="stays") as told:
        await play(Agent(), script=TWICE)
    assert len(told) == 1


async def test_it_is_told_where_the_call_fails() -> None:
    """At the end of the run."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            raise ValueError("no answer")

    with pytest.warns(ScenarioWarning, match="Agent"), pytest.raises(AgentError, match="no answer"):
        await play(Agent(), script=ONCE)


async def test_a_filter_that_makes_errors_of_all_warnings_fails_no_run() -> None:
    """The test passes as before."""

    class Agent(Blocks):
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (await play(Agent(), script=TWICE)).success


async def test_a_filter_that_names_the_warning_makes_an_error_of_it() -> None:
    """As is wished."""

    class Agent(Blocks):
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("error", ScenarioWarning)
        with pytest.raises(ScenarioWarning, match=r"Agent\.call blocks"):
            await play(Agent(), script=TWICE)
