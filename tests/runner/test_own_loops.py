"""A call that is run on a loop of its own: it is the caller's in everything else, and leaves nothing."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

import scenario
from scenario.errors import AgentError
from tests.runner.blockers import PATIENCE, TWICE, Blocks, make_known, server
from tests.runner.players import Says, play, said

pytestmark = pytest.mark.filterwarnings("ignore::scenario.ScenarioWarning")

ONCE = [scenario.user("1"), scenario.agent(), scenario.succeed()]
who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


async def test_context_variables_go_with_it_and_come_back() -> None:
    """Those of the caller are visible, those that it sets are set afterwards."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            before = who.get()
            await asyncio.sleep(0)
            who.set("agent")
            return before

    agent = Agent()
    await make_known(agent)
    who.set("caller")
    assert said(await play(agent, script=TWICE)) == [
        ("user", "1"),
        ("assistant", "caller"),
        ("user", "2"),
        ("assistant", "agent"),
    ]
    assert who.get() == "agent"
    assert asyncio.get_running_loop() not in agent.loops


async def test_all_calls_of_a_run_are_on_one_loop() -> None:
    """So what a call makes there, the next one uses; another run has another loop."""

    class Agent(Blocks):
        made: asyncio.Queue[str] | None = None

        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            self.made = self.made or asyncio.Queue()
            asyncio.get_running_loop().call_later(0.001, self.made.put_nowait, "ok")
            return await self.made.get()

    known = Agent()
    await make_known(known)
    first, second = Agent(), Agent()
    results = await asyncio.gather(play(first, script=TWICE), play(second, script=TWICE))
    assert all(result.success for result in results)
    assert len(set(first.loops)) == len(set(second.loops)) == 1
    assert len({*first.loops, *second.loops, asyncio.get_running_loop()}) == 3


async def test_what_an_agent_keeps_is_of_use_in_later_runs() -> None:
    """A client that was made on a loop of our own keeps that loop, until it is gone itself."""

    class Agent(Blocks):
        session: aiohttp.ClientSession | None = None

        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            self.session = self.session or aiohttp.ClientSession()
            async with self.session.post(f"http://127.0.0.1:{port}/", data="q") as response:
                return await response.text()

        async def close(self) -> None:
            await self.session.close()  # type: ignore[union-attr]

    with server(lambda _: "ok") as port:
        await make_known(other := Agent())
        await other.close()
        agent = Agent()
        for _ in range(3):
            assert (await play(agent, script=TWICE)).success
    assert len(set(agent.loops)) == 1
    assert agent.loops[0] is not asyncio.get_running_loop()
    assert not agent.loops[0].is_closed()
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(agent.close(), agent.loops[0]))


def test_such_a_loop_ends_with_the_callers() -> None:
    """As all that was made in the caller's loop would."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            self.made = asyncio.get_running_loop().create_future()
            return "ok"

    async def main() -> asyncio.AbstractEventLoop:
        await make_known(Agent())
        agent = Agent()
        await play(agent, script=ONCE)
        assert not agent.loops[0].is_closed()
        return agent.loops[0]

    before = set(threading.enumerate())
    loop = asyncio.run(main())
    for thread in set(threading.enumerate()) - before:
        if thread.name == "scenario-own-loop":
            thread.join(PATIENCE)
    assert loop.is_closed()


async def test_the_loop_ends_with_the_run() -> None:
    """What is still going on there is cancelled, and generators that were left are finished."""
    log: list[str] = []

    here = asyncio.get_running_loop()

    async def lines() -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            log.append("finished")

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            if asyncio.get_running_loop() is here:
                return "first"
            # The loop alone holds them: what the agent holds would keep it.
            left = asyncio.create_task(for_ever()), lines()
            asyncio.get_running_loop().call_later(3600, print, *left)
            return await anext(left[1])

        async def conversation_over(self, thread_id: str) -> None:
            log.append(f"over {asyncio.get_running_loop() in self.loops}")

    await make_known(Agent())
    log.clear()
    agent, before = Agent(), set(threading.enumerate())
    await play(agent, script=ONCE)
    for thread in set(threading.enumerate()) - before:
        if thread.name == "scenario-own-loop":
            thread.join(PATIENCE)
    assert log == ["over True", "cancelled", "finished"]
    assert agent.loops[0].is_closed()


async def test_pieces_are_heard_on_the_callers_loop() -> None:
    """Each before the message is there, in order."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> AsyncIterator[str]:  # type: ignore[override] # noqa: A002
            self.blocks()
            for piece in "abc":
                yield piece

    agent = Agent()
    await make_known(agent)
    heard: list[tuple[str, Any, int]] = []
    here = threading.get_ident()
    with scenario.subscribed(
        lambda event: heard.append((type(event).__name__, getattr(event, "text", ""), threading.get_ident()))
    ):
        await play(agent, script=ONCE)
    names = [name for name, _, _ in heard]
    assert [text for name, text, _ in heard if name == "TextDelta"] == ["a", "b", "c"]
    assert names.index("TextDelta") > names.index("CallStarted")
    assert names.index("CallFinished") > len(names) - 1 - names[::-1].index("TextDelta")
    assert {thread for _, _, thread in heard} == {here}


async def test_a_plain_calls_reports_are_heard_on_the_callers_loop_too() -> None:
    """A subscriber need not know of threads."""

    class Agent(scenario.AgentAdapter):
        def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            input.observer.text_delta("piece")
            input.scenario_state.add_message({"role": "system", "content": "note"})  # type: ignore[union-attr]
            return "ok"

    heard: list[tuple[str, int]] = []
    with scenario.subscribed(lambda event: heard.append((type(event).__name__, threading.get_ident()))):
        result = await play(Agent(), script=ONCE)
    assert [content for _, content in said(result)] == ["1", "note", "ok"]
    assert {thread for _, thread in heard} == {threading.get_ident()}
    assert [name for name, _ in heard][-1] == "RunFinished"


async def test_errors_come_out_as_they_are() -> None:
    """With the class's name, the original as the cause."""
    error = KeyError("k")

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            await asyncio.sleep(0)
            if len(self.loops) == 2:
                raise error
            return "ok"

    with pytest.raises(AgentError, match=r"^\[Agent\] 'k'$") as caught:
        await play(Agent(), script=TWICE)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, pytest.skip.Exception, asyncio.CancelledError])
@pytest.mark.parametrize("in_a_task", [False, True])
async def test_what_ends_programs_comes_out_too(raised: type[BaseException], in_a_task: bool) -> None:
    """Also where it broke the loop that it was raised in: the run does not wait for ever."""
    wanted = AgentError if raised is asyncio.CancelledError else raised

    async def raise_it() -> None:
        raise raised("out")

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            if len(self.loops) == 2:
                await (asyncio.create_task(raise_it()) if in_a_task else raise_it())
            return "ok"

    agent = Agent()
    await make_known(agent)
    with pytest.raises(wanted):
        await play(agent, script=TWICE)


class TestCancelling:
    """It takes hold at once."""

    async def test_while_it_blocks(self) -> None:
        """The thread is given up; what it says later disturbs nobody."""
        entered, free = threading.Event(), threading.Event()

        class Agent(Blocks):
            async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
                self.blocks()
                if len(self.loops) > 1:
                    entered.set()
                    free.wait(PATIENCE)
                    input.observer.text_delta("late")
                return "ok"

        agent = Agent()
        heard: list[Any] = []
        with scenario.subscribed(heard.append):
            task = asyncio.create_task(play(agent, script=TWICE))
            await asyncio.to_thread(entered.wait, PATIENCE)
            ends = [thread for thread in threading.enumerate() if thread.name == "scenario-own-loop"]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert not free.is_set()
        free.set()
        for thread in ends:
            await asyncio.to_thread(thread.join, PATIENCE)
        assert heard[-1].cancelled
        assert agent.loops[1].is_closed()

    @pytest.mark.parametrize("kept", [False, True])
    async def test_while_it_awaits(self, kept: bool) -> None:
        """It learns of it, whether its loop ends with the run or not."""
        entered, cleaned_up = threading.Event(), threading.Event()

        class Agent(Blocks):
            async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
                self.blocks()
                if len(self.loops) > 1:
                    self.held = asyncio.get_running_loop().create_future() if kept else None
                    try:
                        entered.set()
                        await asyncio.Event().wait()
                    finally:
                        cleaned_up.set()
                return "ok"

        agent = Agent()
        task = asyncio.create_task(play(agent, script=TWICE))
        await asyncio.to_thread(entered.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(cleaned_up.wait, PATIENCE)
        assert agent.loops[0] is asyncio.get_running_loop() is not agent.loops[1]


async def test_a_scenario_runs_within_such_a_call() -> None:
    """On that call's loop, as its own."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            return str(said(await play(Says("inner"), script=ONCE))[1][1])

    agent = Agent()
    assert [content for _, content in said(await play(agent, script=TWICE))] == ["1", "inner", "2", "inner"]
