"""`async def call` that blocks inside: it is run elsewhere, so that runs overlap; who does not block stays."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

import scenario
from scenario.warning import ScenarioWarning
from tests.runner.blockers import PATIENCE, TWICE, Blocks, ask, is_known, make_known, server, until
from tests.runner.players import Says, judge, play, said, user, verdict

pytestmark = pytest.mark.filterwarnings("ignore::scenario.ScenarioWarning")

ONCE = [scenario.user("1"), scenario.agent(), scenario.succeed()]
who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


def asks(port: int) -> type[scenario.AgentAdapter]:
    """A class of agents that ask this server as synchronous clients do."""

    class Asks(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            return ask(port, input.last_new_user_message_str())

    return Asks


@pytest.mark.parametrize("shared", [False, True])
async def test_gathered_runs_overlap_once_the_first_has_blocked(shared: bool) -> None:
    """Of six, the first blocks alone until that is seen; the server answers the five only when all are there."""
    barrier = threading.Barrier(5)
    kinds: list[type] = []
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        if len(asked) == 1:
            until(lambda: is_known(kinds[0]))
        else:
            barrier.wait(PATIENCE)
        return f"to {question}"

    with server(answer) as port:
        kind = asks(port)
        kinds.append(kind)
        one = kind()
        script = [[scenario.user(str(number)), scenario.agent(), scenario.succeed()] for number in range(6)]
        results = await asyncio.gather(*(play(one if shared else kind(), script=steps) for steps in script))
    assert [said(result)[1][1] for result in results] == [f"to {number}" for number in range(6)]
    assert len(asked) == 6


async def test_a_later_group_overlaps_as_a_whole() -> None:
    """What is known of a class holds for all its instances, in later runs too: forty requests are there at once."""
    barrier = threading.Barrier(40)
    begun: list[str] = []

    def answer(question: str) -> str:
        if question == "first":
            until(lambda: is_known(kind))
        else:
            barrier.wait(PATIENCE)
        begun.append(question)
        return "ok"

    with server(answer) as port:
        kind = asks(port)
        await play(kind(), script=[scenario.user("first"), scenario.agent(), scenario.succeed()])
        results = await asyncio.gather(*(play(kind(), script=ONCE) for _ in range(40)))
    assert all(result.success for result in results)
    assert len(begun) == 41


class Waits(scenario.AgentAdapter):
    """Awaits what it waits for, and notes its loop."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        self.loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0.15)
        self.loops.append(asyncio.get_running_loop())
        return "ok"


async def test_who_awaits_stays_on_the_callers_loop() -> None:
    """However long it waits."""
    agent = Waits()
    await play(agent, script=TWICE)
    assert set(agent.loops) == {asyncio.get_running_loop()}
    assert not is_known(Waits)


class Works(scenario.AgentAdapter):
    """Computes in each call, for some milliseconds of a processor at a time."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        for _ in range(5):
            began = time.thread_time()
            while time.thread_time() - began < 0.02:
                sum(range(200))
            await asyncio.sleep(0)
        return "ok"


async def test_a_busy_process_moves_nobody() -> None:
    """Other threads take the interpreter, so that steps last long which would be short by themselves."""
    over = threading.Event()

    def burn() -> None:
        while not over.is_set():
            sum(range(2000))

    threads = [threading.Thread(target=burn, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        await play(Works(), script=TWICE)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not is_known(Works)


class Computes(Blocks):
    """Holds the loop by computing."""

    def blocks(self) -> None:
        self.loops.append(asyncio.get_running_loop())
        began = time.thread_time()
        while not is_known(type(self)) and time.thread_time() - began < PATIENCE:
            sum(range(200))


class InATask(Blocks):
    """Blocks in a task that it awaits."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        await asyncio.create_task(self.inner())
        return "ok"

    async def inner(self) -> None:
        self.blocks()


class InAGenerator(Blocks):
    """Blocks between the pieces of its answer."""

    async def call(self, input: scenario.AgentInput) -> AsyncIterator[str]:  # type: ignore[override] # noqa: A002
        yield "o"
        self.blocks()
        yield "k"


class InAnAwaitable(Blocks):
    """Blocks in what a plain function has returned."""

    def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        return super().call(input)


class InACachedFunction(Blocks):
    """Blocks in a function that our decorator calls."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        self.cached()
        return "ok"

    @scenario.cache()
    def cached(self) -> None:
        self.blocks()


class BesideARemoteAgent(Blocks):
    """Blocks, and has one of ours send for it."""

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.remote = scenario.RemoteAgent(f"http://127.0.0.1:{port}/", protocol="text")

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.blocks()
        return await self.remote.call(input)


@pytest.mark.parametrize(
    "kind", [Computes, InATask, InAGenerator, InAnAwaitable, InACachedFunction, BesideARemoteAgent]
)
async def test_whatever_holds_the_loop_is_run_elsewhere_from_then_on(kind: type[Blocks]) -> None:
    """The second call of the same run is already on another loop, and answers as before."""
    with server(lambda _: "ok") as port:
        agent = kind(port) if kind is BesideARemoteAgent else kind()  # type: ignore[call-arg]
        result = await play(agent, script=TWICE)
    assert [content for role, content in said(result) if role == "assistant"] == ["ok", "ok"]
    first, second = agent.loops
    assert first is asyncio.get_running_loop() is not second


class Connected:
    """An agent that is no adapter."""

    name = "connected"

    def __init__(self) -> None:
        self.threads: list[int] = []

    async def invoke(self, call: scenario.ConnectedAgentCall) -> str:
        self.threads.append(threading.get_ident())
        until(lambda: is_known(Connected))
        return "ok"


async def test_a_connected_agent_that_blocks_is_run_elsewhere() -> None:
    """It is its class that is known for it, and not the adapter around it."""
    agent = Connected()
    with pytest.warns(ScenarioWarning, match=r"Connected\.invoke"):
        await play(agent, script=TWICE)
    assert agent.threads[0] == threading.get_ident() != agent.threads[1]
    assert not is_known(scenario.ConnectedAgentAdapter)


@pytest.mark.parametrize("role", [scenario.AgentRole.USER, scenario.AgentRole.JUDGE])
async def test_users_and_judges_that_block_are_run_elsewhere(role: scenario.AgentRole) -> None:
    """As agents are."""

    class Player(Blocks):
        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            self.blocks()
            return "line" if self.role is scenario.AgentRole.USER else ([] if len(self.loops) < 2 else verdict())

    player = Player(role=role)
    others = [Says("a"), judge([], verdict())] if role is scenario.AgentRole.USER else [user("u"), Says("a")]
    assert (await play(player, *others)).success
    assert player.threads[0] == threading.get_ident() not in player.threads[1:]


async def test_calls_in_the_background_are_run_elsewhere() -> None:
    """While it blocks, the script goes on."""

    class Agent(Blocks):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.blocks()
            went_on.wait(PATIENCE)
            return "ok"

    agent, went_on = Agent(), threading.Event()
    went_on.set()
    await make_known(agent)
    went_on.clear()

    async def go_on(state: scenario.ScenarioState) -> None:
        await scenario.agent(wait=False)(state)
        went_on.set()

    assert [content for _, content in said(await play(agent, script=[go_on, scenario.succeed()]))] == ["ok"]


async def test_a_first_import_does_not_count(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that loads a module for a while stays where it was."""
    (tmp_path / "takes_long_to_load.py").write_text("import threading\nthreading.Event().wait(0.3)\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Agent(Waits):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            self.loops.append(asyncio.get_running_loop())
            import takes_long_to_load  # type: ignore[import-not-found] # noqa: F401

            return "ok"

    agent = Agent()
    await play(agent, script=TWICE)
    assert set(agent.loops) == {asyncio.get_running_loop()}


async def test_what_we_do_in_its_place_does_not_count() -> None:
    """Reading a long stream for it is our work."""
    stream = b"".join(b'data: {"choices": [{"delta": {"content": "%d"}}]}\n\n' % number for number in range(3000))

    class Agent(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            began = time.thread_time()
            while time.thread_time() - began < 0.3:
                scenario.read_stream(stream, content_type="text/event-stream", protocol="openai-chat")
            return "ok"

    await play(Agent(), script=TWICE)
    assert not is_known(Agent)


async def test_our_own_participants_are_not_even_watched() -> None:
    """A remote agent costs no thread."""
    before = set(threading.enumerate())
    with server(lambda _: "ok") as port:
        during: list[set[threading.Thread]] = []
        steps = [*ONCE[:2], lambda state: during.append(set(threading.enumerate())), scenario.succeed()]
        await play(scenario.RemoteAgent(f"http://127.0.0.1:{port}/", protocol="text"), script=steps)
    assert not [thread for thread in during[0] - before if thread.name.startswith("scenario-loop")]


async def test_steps_of_the_script_stay() -> None:
    """They are the test's own code: on its loop, whatever they do."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def step(state: scenario.ScenarioState) -> None:
        loops.append(asyncio.get_running_loop())
        threading.Event().wait(0.15)

    await play(Says(), script=[step, step, scenario.succeed()])
    assert set(loops) == {asyncio.get_running_loop()}


class Bound(Blocks):
    """Blocks, and awaits something of the caller's loop as well."""

    def __init__(self, held: Any, use: Any) -> None:
        super().__init__()
        self.held = held
        self.use = use

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.blocks()
        return await self.use(self.held)


async def acquire(lock: asyncio.Lock) -> str:
    """Use the lock."""
    async with lock:
        return "ok"


async def take(queue: asyncio.Queue[str]) -> str:
    """Use the queue."""
    return await queue.get()


async def await_it(future: asyncio.Future[str]) -> str:
    """Use the future."""
    return await future


async def run_in(loop: asyncio.AbstractEventLoop) -> str:
    """Use the loop."""
    return await loop.run_in_executor(None, lambda: "ok")


def a_queue() -> asyncio.Queue[str]:
    """A queue with two texts in it."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    queue.put_nowait("ok")
    queue.put_nowait("ok")
    return queue


def a_future() -> asyncio.Future[str]:
    """A future that is there."""
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    future.set_result("ok")
    return future


BOUND: dict[str, tuple[Any, Any]] = {
    "a lock that nobody has waited for": (asyncio.Lock, acquire),
    "a queue": (a_queue, take),
    "a future": (a_future, await_it),
    "the loop itself": (asyncio.get_running_loop, run_in),
}


@pytest.mark.parametrize("name", BOUND)
async def test_who_holds_objects_of_the_callers_loop_stays(name: str) -> None:
    """It blocks, and answers as it did: nobody else can use them."""
    make, use = BOUND[name]
    agent = Bound(make(), use)
    result = await play(agent, script=TWICE)
    assert [content for role, content in said(result) if role == "assistant"] == ["ok", "ok"]
    assert set(agent.loops) == {asyncio.get_running_loop()}
    assert is_known(Bound)
