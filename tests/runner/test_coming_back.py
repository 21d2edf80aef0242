"""A call that fails on a loop of its own for an object that is of use elsewhere: it comes back, or says why not."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import scenario
from scenario.dialogue.subscribers import subscribed_alone
from scenario.errors import AgentError
from tests.runner.blockers import TWICE, Blocks, ask, server
from tests.runner.players import play, said

pytestmark = pytest.mark.filterwarnings("ignore::scenario.ScenarioWarning")

ONCE = [scenario.user("1"), scenario.agent(), scenario.succeed()]


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """A database of this thread."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        yield connection


class Back(Blocks):
    """Uses something, from its second call on, that nobody can find out to be bound elsewhere."""

    def __init__(self, database: sqlite3.Connection, use: Any) -> None:
        super().__init__()
        self.database = database
        self.use = use

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.blocks()
        return await self.use(self, input) if len(self.loops) > 1 else "first"


THREE_TIMES = [*TWICE[:-1], scenario.user("3"), scenario.agent(), scenario.succeed()]


async def query(agent: Back, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
    """Ask a database that belongs to the test's thread."""
    return str(agent.database.execute("select 'row'").fetchone()[0])


async def test_who_fails_for_an_object_of_another_thread_before_anything_was_sent_comes_back(
    database: sqlite3.Connection,
) -> None:
    """It is called again where it was, answers, and stays.

    A thread that is denied the processor at that very moment may have waited for an answer: that is told instead.
    """
    for _ in range(10):

        class Agent(Back):
            pass

        agent = Agent(database, query)
        try:
            result = await play(agent, script=THREE_TIMES)
        except AgentError as error:
            assert "not called again" in str(error)  # noqa: PT017
            continue
        assert [content for role, content in said(result) if role == "assistant"] == ["first", "row", "row"]
        here = threading.get_ident()
        assert [thread == here for thread in agent.threads] == [True, False, True, True]
        return
    pytest.fail("it never came back")


async def test_who_may_have_sent_something_is_not_called_again(database: sqlite3.Connection) -> None:
    """The run fails and says why, with the remedy; the next call is where the first was."""
    asked: list[str] = []

    class Agent(Back):
        pass

    async def send_and_query(agent: Back, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        ask(port, "the question")
        return await query(agent, input)

    with server(lambda question: asked.append(question) or "ok") as port:
        agent = Agent(database, send_and_query)
        with pytest.raises(AgentError, match=r"(?s)^\[Agent\] .*thread.*Agent\.call blocks.*`def`") as caught:
            await play(agent, script=THREE_TIMES)
        assert isinstance(caught.value.__cause__, sqlite3.ProgrammingError)
        assert asked == ["the question"]
        assert said(await play(agent, script=ONCE))[-1] == ("assistant", "row")
    assert [thread == threading.get_ident() for thread in agent.threads] == [True, False, True]


async def test_who_has_reported_something_is_not_called_again(database: sqlite3.Connection) -> None:
    """A message that it added would be there twice."""

    class Agent(Back):
        pass

    async def add_and_query(agent: Back, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        input.scenario_state.add_message({"role": "system", "content": "note"})  # type: ignore[union-attr]
        return await query(agent, input)

    # Without anybody who hears of it, so that it costs no time by which it could be noticed.
    with subscribed_alone(), pytest.raises(AgentError, match="not called again") as caught:
        await play(Agent(database, add_and_query), script=THREE_TIMES)
    assert [message["content"] for message in caught.value.messages].count("note") == 1
