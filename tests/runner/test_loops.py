"""The caller's loop: its objects and context variables work, it is never blocked, and cancelling takes hold at once."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
from typing import Any

import pytest

import scenario
from scenario.dialogue.current_run import current_config
from scenario.errors import ConfigurationError
from tests.runner.players import Says, judge, play, said, user, verdict

who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
ASK = [scenario.user("q"), scenario.agent(), scenario.succeed()]


class Blocking(scenario.AgentAdapter):
    """Waits in its thread until it is set free."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.entered = threading.Event()

    def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.entered.set()
        self.free.wait(30)
        return "free"


class Waiting(scenario.AgentAdapter):
    """Waits on the loop for ever, and notes that it was cancelled."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.cancelled = False

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_objects_of_the_callers_loop_work() -> None:
    """A lock and a future of the caller are awaited inside an adapter, on the caller's thread."""
    lock, future = asyncio.Lock(), asyncio.get_running_loop().create_future()
    here = threading.get_ident()

    class Bound(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            assert threading.get_ident() == here
            async with lock:
                return await future

    asyncio.get_running_loop().call_soon(future.set_result, "bound")
    assert said(await play(Bound(), script=ASK))[1] == ("assistant", "bound")


async def test_context_variables_of_the_caller_are_visible() -> None:
    """In asynchronous and plain adapters, steps and callbacks."""
    who.set("caller")
    seen: list[str] = []

    class Plain(scenario.AgentAdapter):
        def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            return who.get()

    async def step(state: scenario.ScenarioState) -> None:
        seen.append(who.get())

    steps = [lambda state: seen.append(who.get()), step, scenario.proceed(1, on_turn=lambda s: seen.append(who.get()))]
    result = await play(user(), Plain(), Says(lambda _: who.get()), script=steps)
    assert seen == ["caller"] * 3
    assert [content for _, content in said(result)] == ["hello?", "caller", "caller"]


async def test_what_a_plain_step_sets_is_set_afterwards() -> None:
    """As if it had been called in place, though it ran in a thread."""
    agent = Says(lambda _: who.get())
    result = await play(agent, script=[lambda state: who.set("step") and None, *ASK])
    assert said(result)[1] == ("assistant", "step")


async def test_the_loop_goes_on_while_a_plain_adapter_blocks() -> None:
    """The loop itself sets the adapter free."""
    agent = Blocking()
    asyncio.get_running_loop().call_later(0.01, agent.free.set)
    assert (await play(agent, script=ASK)).success


async def test_plain_adapters_block_beside_each_other() -> None:
    """More of them than a thread pool has threads: each is let in before any is set free."""
    agents = [Blocking() for _ in range(50)]
    runs = asyncio.gather(*(play(agent, script=ASK) for agent in agents))
    for agent in agents:
        await asyncio.to_thread(agent.entered.wait, 30)
    for agent in agents:
        agent.free.set()
    assert all(result.success for result in await runs)


async def test_participants_that_never_wait_do_not_starve_the_loop() -> None:
    """Somebody else on the loop stops a run that would go on for ever."""
    stop = asyncio.get_running_loop().create_future()
    agent = Says(lambda _: verdict() if stop.done() else "on")
    asyncio.get_running_loop().call_later(0.01, stop.set_result, None)
    assert (await play(user(), agent, max_turns=10**9)).success


def endless_lines() -> Any:
    """A script without end in which nobody is asked."""
    while True:
        yield scenario.user("x")


async def endless_step(state: scenario.ScenarioState) -> None:
    """A step without end that plays lines for which nobody is waited."""
    while True:
        await scenario.proceed(0)(state)


ENDLESS: dict[str, Any] = {
    "free play": lambda: play(user(), Says(), max_turns=10**9),
    "free play with a silent agent": lambda: play(user(), Says([]), max_turns=10**9),
    "a script of lines": lambda: play(script=endless_lines()),
    "steps in a step": lambda: play(script=[endless_step]),
    "a pause": lambda: play(script=[scenario.sleep(3600)]),
    "a coroutine": lambda: play(Waiting(), script=ASK),
    "a thread": lambda: play(Blocking(), script=ASK),
    "a plain step": lambda: play(script=[lambda state: threading.Event().wait(5) and None]),
    "a plain callback": lambda: play(user(), script=[scenario.proceed(1, on_turn=lambda s: threading.Event().wait(5))]),
    "the background": lambda: play(Waiting(), script=[scenario.agent(wait=False), scenario.sleep(3600)]),
    "a step beside the background": lambda: play(Waiting(), script=[in_background_and_on]),
    "a thread in the background": lambda: play(Blocking(), script=[in_background_and_on]),
}


async def in_background_and_on(state: scenario.ScenarioState) -> None:
    """Starts the agent and goes on without its answer."""
    await scenario.agent(wait=False)(state)
    await asyncio.Event().wait()


@pytest.mark.parametrize("name", ENDLESS)
async def test_cancelling_takes_hold_at_once_and_leaves_nothing(name: str) -> None:
    """Whatever the run waits for: it ends within its deadline, no task stays, and nothing is reported as forgotten."""
    reported: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context))
    before = asyncio.all_tasks()
    task = asyncio.create_task(ENDLESS[name]())
    await asyncio.sleep(0.02)
    start = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - start < 2
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert asyncio.all_tasks() == before
    assert reported == []


async def test_a_deadline_around_a_run_is_kept() -> None:
    """`asyncio.timeout` gives its TimeoutError, and the adapter learns that it was cancelled."""
    agent = Waiting()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await play(agent, script=ASK)
    assert agent.cancelled


async def test_an_adapter_in_the_background_is_cancelled_with_the_run() -> None:
    """When a run ends without its answer, it is not left going on."""
    agent = Waiting()

    async def start(state: scenario.ScenarioState) -> Any:
        await scenario.agent(wait=False)(state)
        return verdict()

    assert (await play(agent, script=[start])).success
    assert agent.cancelled


async def test_a_failure_in_the_background_that_nobody_collects_is_silent() -> None:
    """The run had ended by then; asyncio reports no forgotten exception."""
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def start(state: scenario.ScenarioState) -> Any:
        await scenario.agent(wait=False)(state)
        return verdict()

    assert (await play(Says(lambda _: 1 / 0), script=[start])).success
    gc.collect()
    assert reported == []


async def test_a_clean_up_that_fails_is_silent_too() -> None:
    """An agent in the background that answers its cancellation with an error of its own."""
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    class Fails(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("clean-up")

    async def start(state: scenario.ScenarioState) -> Any:
        await scenario.agent(wait=False)(state)
        return verdict()

    assert (await play(Fails(), script=[start])).success
    gc.collect()
    assert reported == []


async def test_no_setting_of_a_run_is_left_in_the_callers_context() -> None:
    """After a run, and after a run within a run, what held before holds again."""
    seen: list[Any] = []

    async def inner(state: scenario.ScenarioState) -> None:
        await play(script=[scenario.succeed()], cache_key="inner")
        seen.append(current_config.get())

    await play(script=[inner], cache_key="outer")
    assert [config.cache_key for config in seen] == ["outer"]
    assert current_config.get() is None


def test_a_thread_that_was_given_up_does_not_hold_the_program() -> None:
    """The loop is closed while the adapter still blocks; its late answer disturbs nobody."""
    agent, before = Blocking(), set(threading.enumerate())

    async def main() -> None:
        async with asyncio.timeout(0.05):
            await play(agent, script=ASK)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    agent.free.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)


async def test_a_cancelled_run_tells_its_subscribers() -> None:
    """The last event says that it was cancelled, and has the conversation."""
    heard: list[Any] = []
    with scenario.subscribed(heard.append), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await play(Waiting(), script=ASK)
    assert heard[-1].cancelled
    assert [message["content"] for message in heard[-1].messages] == ["q"]


async def test_runs_within_runs() -> None:
    """A step may run a scenario, and returns its result or not; each has its own conversation."""

    async def inner(state: scenario.ScenarioState) -> None:
        result = await play(Says("inner"), script=ASK)
        assert said(result)[1] == ("assistant", "inner")

    def in_a_thread(state: scenario.ScenarioState) -> None:
        asyncio.run(play(Says("inner"), script=ASK))

    result = await play(Says("outer"), script=[scenario.user("o"), inner, in_a_thread, scenario.agent()])
    assert said(result) == [("user", "o"), ("assistant", "outer")]


async def test_runs_beside_each_other_are_independent() -> None:
    """A hundred at once among participants of their own, and one adapter that all share."""
    shared = Says(lambda given: f"to {given.last_new_user_message_str()}")

    async def one(number: int) -> list[Any]:
        steps = [step for turn in range(5) for step in (scenario.user(f"{number}.{turn}"), scenario.agent())]
        return [content for _, content in said(await play(shared, script=steps))]

    found = await asyncio.gather(*(one(number) for number in range(100)))
    for number, contents in enumerate(found):
        assert contents == [text for turn in range(5) for text in (f"{number}.{turn}", f"to {number}.{turn}")]


def test_a_run_in_a_loop_of_each_thread() -> None:
    """Runs in threads with loops of their own do not meet."""
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(asyncio.run(play(Says("a"), script=ASK)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [said(result) for result in results] == [[("user", "q"), ("assistant", "a")]] * 4


def test_without_asyncios_loop_it_is_said_what_is_needed() -> None:
    """As where another library's loop runs."""
    running = play(Says(), script=[scenario.succeed()])
    with pytest.raises(ConfigurationError, match="asyncio"):
        running.send(None)


def test_run_and_arun_are_one() -> None:
    """Two names of the contract, one code path."""
    assert scenario.run is scenario.arun


async def test_the_judges_verdict_is_awaited_on_the_same_loop() -> None:
    """A judge may use the caller's loop as well."""
    ready = asyncio.get_running_loop().create_future()

    class Judge(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE

        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            return await ready

    asyncio.get_running_loop().call_soon(ready.set_result, verdict(reasoning="v"))
    assert (await play(Judge(), judge(), script=[scenario.judge()])).reasoning == "v"
