"""The dialogue with no model: turns a second, whether the cost stays flat, and how fast a run is given up.

Run it alone with `python -m benchmarks.engine`. The agent answers in process and at once, so that all the time is ours.
The baseline is the least that could be done: a bare loop that appends a user message and awaits the same agent.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import threading
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import scenario
from benchmarks.row import Row

TURNS = 5000
ROUNDS = 5
EARLY, LATE, WINDOW = 10, 1000, 50
AT_ONCE = 1000
TURNS_EACH = 10
CANCELS = 30
CANCEL_LIMIT = 0.1
# What "no more than" means on a machine that others use as well.
NOISE = 0.7


class Echo(scenario.AgentAdapter):
    """The in-process agent: it reads what it was asked, and answers at once."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return input.last_new_user_message_str()


class Waiting(scenario.AgentAdapter):
    """Waits on the loop for ever."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        await asyncio.Event().wait()
        return ""


class Blocking(scenario.AgentAdapter):
    """Waits in its thread."""

    def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        threading.Event().wait(1)
        return ""


async def run(script: Any, *agents: Any) -> scenario.ScenarioResult:
    return await scenario.run("benchmark", "no model", list(agents) or [Echo()], script=script, verbose=False)


def turns(count: int) -> list[Any]:
    return [step for _ in range(count) for step in (scenario.user("How is the weather?"), scenario.agent())]


def seconds_of(work: Callable[[], Coroutine[Any, Any, Any]]) -> float:
    """How long a coroutine takes on a loop of its own."""

    async def timed() -> float:
        gc.collect()
        began = time.perf_counter()
        await work()
        return time.perf_counter() - began

    return asyncio.run(timed())


def taking_turns(*works: Callable[[], Coroutine[Any, Any, Any]]) -> list[float]:
    """The shortest time of each over some rounds, so that a busy machine slows all of them."""
    rounds = [[seconds_of(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


async def played(count: int) -> None:
    await run([*turns(count), scenario.succeed()])


async def bare(count: int) -> None:
    """What a test without this package would do."""
    agent, messages = Echo(), []
    for _ in range(count):
        message = {"role": "user", "content": "How is the weather?"}
        messages.append(message)
        given = scenario.AgentInput(thread_id="bare", messages=messages, new_messages=[message])
        messages.append({"role": "assistant", "content": await agent.call(given)})


def speed_row() -> Row:
    ours, theirs = taking_turns(lambda: played(TURNS), lambda: bare(TURNS))
    rate, bare_rate = TURNS / ours, TURNS / theirs
    return Row(
        "engine, turns with no model",
        f"{rate:,.0f} turns/s",
        f"bare loop {bare_rate:,.0f} turns/s",
        rate / bare_rate,
        "≥ 5,000 turns/s",
        rate >= 5000,
    )


async def turn_times(count: int) -> list[float]:
    """The time of each turn of one long run, taken by the script as it goes."""
    marks: list[float] = []

    def script() -> Any:
        for _ in range(count + 1):
            marks.append(time.perf_counter())
            yield from turns(1)
        yield scenario.succeed()

    await run(script())
    return [after - before for before, after in pairwise(marks)]


def flatness_row() -> Row:
    gc.collect()
    gc.disable()
    try:
        rounds = [asyncio.run(turn_times(LATE + WINDOW)) for _ in range(ROUNDS)]
    finally:
        gc.enable()
    early = min(statistics.median(times[EARLY : EARLY + WINDOW]) for times in rounds)
    late = min(statistics.median(times[LATE : LATE + WINDOW]) for times in rounds)
    name, ratio = f"engine, turn {LATE:,} beside turn {EARLY}", early / late
    ours, baseline = f"{late * 1e6:.1f} µs", f"turn {EARLY}: {early * 1e6:.1f} µs"
    return Row(name, ours, baseline, ratio, f"≥ {NOISE:g}×", ratio >= NOISE)


async def at_once(count: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(played(TURNS_EACH))


def concurrency_row() -> Row:
    """The cost of a turn with many scenarios at once, beside one scenario after the other."""

    async def one_by_one() -> None:
        for _ in range(AT_ONCE):
            await played(TURNS_EACH)

    times = taking_turns(lambda: at_once(AT_ONCE), one_by_one)
    ours, baseline = (seconds / AT_ONCE / TURNS_EACH * 1e6 for seconds in times)
    name = f"engine, {AT_ONCE:,} scenarios at once, a turn"
    ratio = baseline / ours
    return Row(name, f"{ours:.1f} µs", f"one by one {baseline:.1f} µs", ratio, f"≥ {NOISE:g}×", ratio >= NOISE)


async def cancel_times(make: Callable[[], Coroutine[Any, Any, Any]]) -> list[float]:
    """How long it takes from `cancel()` until the run has ended."""
    times = []
    for _ in range(CANCELS):
        task = asyncio.create_task(make())
        await asyncio.sleep(0.001)
        began = time.perf_counter()
        task.cancel()
        await asyncio.wait([task])
        times.append(time.perf_counter() - began)
    return times


def cancel_row(name: str, make: Callable[[], Coroutine[Any, Any, Any]]) -> Row:
    """The slowest of some cancellations, beside what is allowed."""
    slowest = max(asyncio.run(cancel_times(make)))
    ratio = CANCEL_LIMIT / slowest
    allowed = f"allowed {CANCEL_LIMIT * 1e3:.0f} ms"
    return Row(f"cancel, {name}", f"{slowest * 1e3:.2f} ms", allowed, ratio, "≥ 1×", ratio >= 1)


def endless() -> Any:
    """A script without end among participants that never wait."""
    while True:
        yield from turns(1)


def rows() -> list[Row]:
    """Measure."""
    asked = [scenario.user("x"), scenario.agent()]
    background = [scenario.user("x"), scenario.agent(wait=False), scenario.agent()]
    return [
        speed_row(),
        flatness_row(),
        concurrency_row(),
        cancel_row("an agent that waits", lambda: run(asked, Waiting())),
        cancel_row("an agent that blocks its thread", lambda: run(asked, Blocking())),
        cancel_row("an agent in the background", lambda: run(background, Waiting())),
        cancel_row("a step that blocks its thread", lambda: run([lambda state: threading.Event().wait(1) and None])),
        cancel_row("agents that never wait", lambda: run(endless())),
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.benchmark:40} {row.ours:18} {row.baseline:30} {row.ratio:9.2f}×  {row.target}  {row.reached}")
