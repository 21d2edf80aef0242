"""Runs begin without holding the caller's loop: a few at a time, and imports in another thread."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.dialogue.events import RunEvent, RunStarted
from scenario.runner.start_line import start_line
from tests.suite.jobs import Gate

ROOT = Path(__file__).parents[2]
MANY = 300
# In one turn of the loop two groups may begin: the end of one round, and the beginning of the next.
AT_MOST = 8


class Waiting(scenario.AgentAdapter):
    """Waits until it is set free."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        await self.free.wait()
        return "ok"


def a_run(name: str, agent: Any) -> Any:
    """A run of one turn."""
    script = [scenario.user("q"), scenario.agent(), scenario.succeed()]
    return scenario.run(name=name, description="", agents=[agent], script=script, verbose=False)


class Begun:
    """A subscriber that notes which runs begin, and in which turn of a task that does nothing else."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.turns: list[int] = []
        self.turn = 0

    def __call__(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self.names.append(event.name)
            self.turns.append(self.turn)

    async def count(self) -> None:
        while True:
            self.turn += 1
            await asyncio.sleep(0)


async def test_the_loop_goes_on_while_many_runs_begin() -> None:
    """However many are started at once, only a few begin before others have their turn; and all do begin."""
    begun, agent = Begun(), Waiting()
    counting = asyncio.create_task(begun.count())
    agent.free.set()
    with scenario.subscribed(begun):
        await asyncio.gather(*[a_run(str(number), agent) for number in range(MANY)])
    counting.cancel()
    assert len(begun.names) == MANY
    assert max(Counter(begun.turns).values()) <= AT_MOST


async def test_runs_begin_in_the_order_they_came_in_and_end_as_they_are_gathered() -> None:
    """The first that was asked for is the first that begins; each result is its own run's."""
    begun = Begun()
    names = [str(number) for number in range(50)]

    class Echo(scenario.AgentAdapter):
        def __init__(self, name: str) -> None:
            self.said = name

        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            return self.said

    with scenario.subscribed(begun):
        results = await asyncio.gather(*[a_run(name, Echo(name)) for name in names])
    assert begun.names == names
    assert [result.messages[-1]["content"] for result in results] == names


async def test_a_run_that_is_cancelled_before_its_turn_never_begins() -> None:
    """It ends at once, nobody is told of it, and those behind it have their turn."""
    begun, agent = Begun(), Waiting()
    with scenario.subscribed(begun):
        tasks = [asyncio.create_task(a_run(str(number), agent)) for number in range(20)]
        await asyncio.sleep(0)
        cancelled = tasks[6:18]
        for task in cancelled:
            task.cancel()
        done, _ = await asyncio.wait(cancelled)
        assert all(task.cancelled() for task in done)
        agent.free.set()
        await asyncio.gather(*tasks[:6], *tasks[18:])
    assert begun.names == ["0", "1", "2", "3", "4", "5", "18", "19"]


async def test_runs_that_have_ended_are_under_way_no_more() -> None:
    """However they end: else those behind them would be held back for nothing."""
    agent, failing = Gate(), a_run("fails", object())
    tasks = [asyncio.create_task(a_run(str(number), agent)) for number in range(4)]
    with pytest.raises(TypeError):
        await failing
    await agent.reached(len(tasks))
    assert start_line().under_way == len(tasks)
    tasks[0].cancel()
    agent.opened.set()
    await asyncio.wait(tasks)
    assert start_line().under_way == 0


async def test_what_is_loaded_for_many_runs_is_loaded_once_and_not_on_the_loops_thread() -> None:
    """The others wait for the first; who comes later waits for nothing."""
    threads: list[int] = []
    loads = {"a": lambda: threads.append(threading.get_ident())}
    line = start_line()
    await asyncio.gather(*[line.loaded(loads) for _ in range(50)])
    await line.loaded(loads)
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_what_cannot_be_loaded_is_left_to_the_call_to_tell() -> None:
    """Whoever needs it meets the same error, and says whose fault it is; the others are loaded."""
    loaded: list[str] = []

    def broken() -> None:
        raise ImportError("damaged")

    await start_line().loaded({"broken": broken, "sound": lambda: loaded.append("sound")})
    assert loaded == ["sound"]


async def test_a_load_that_is_given_up_does_not_keep_the_others_waiting() -> None:
    """Cancelling the run that loads is at once; the next one loads by itself."""
    line, entered, free, loaded = start_line(), threading.Event(), threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        if entered.is_set():
            loop.call_soon_threadsafe(loaded.set)
            return
        entered.set()
        free.wait(30)

    first = asyncio.create_task(line.loaded({"slow": slow}))
    await asyncio.to_thread(entered.wait)
    second = asyncio.create_task(line.loaded({"slow": slow}))
    first.cancel()
    await second
    await loaded.wait()
    free.set()
    assert first.cancelled()


FIRST_RUN = """
import asyncio, sys, threading
import scenario
class Finder:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            seen.append(name)

seen = []
sys.meta_path.insert(0, Finder())

async def main():
    agents, script = [scenario.RemoteAgent(sys.argv[1])], [scenario.user("q"), scenario.agent(), scenario.succeed()]
    run = scenario.run
    seen.clear()
    result = await run(name="first", description="", agents=agents, script=script, verbose=False)
    assert result.success
    print(*seen)

asyncio.run(main())
"""


@pytest.mark.parametrize("path", ["/chat", "/chat/completions"])
async def test_the_first_run_of_a_process_imports_nothing_on_the_loops_thread(path: str) -> None:
    """Neither the network's packages nor the dialects: all of that takes longer than a loop should stand still."""
    from scenario.testing import AgentServer

    async with AgentServer("ok") as server:
        url = server.url.removesuffix("/chat") + path

        told = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", FIRST_RUN, url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (told.returncode, told.stdout.split()) == (0, []), told.stderr
