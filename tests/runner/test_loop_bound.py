"""What a participant is bound to: the loops that are held by the objects within its reach."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import socket
import weakref
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

import scenario
from scenario.runner.loop_bound import bonds_of, is_bound_elsewhere
from tests.runner.players import Says, play

LOCK = asyncio.Lock()
BY_NAME: dict[str, Any] = {}
IN_CONTEXT: contextvars.ContextVar[Any] = contextvars.ContextVar("in_context", default=None)


class Agent(scenario.AgentAdapter):
    """Holds what it is given."""

    def __init__(self, held: Any = None) -> None:
        self.held = held

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return "ok"


class Client:
    """A user's own, around something."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Slotted(scenario.AgentAdapter):
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return "ok"


class OfItsClass(Agent):
    lock = LOCK


class ByName(Agent):
    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return await self.ask()

    async def ask(self) -> str:
        return await through_a_function()


async def through_a_function() -> str:
    """Uses what stands in this module."""
    return str([BY_NAME["held"] for _ in range(1)])


class InContext(Agent):
    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return str(IN_CONTEXT.get())


class Elusive:
    """Raises when it is asked what it is."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("outside of a request")


def closing_over(held: Any) -> Agent:
    """An agent whose call knows something from outside."""

    class Closing(Agent):
        @functools.wraps(Agent.call)
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            return str(held)

    return Closing()


def by_name(held: Any) -> Agent:
    """An agent that finds it in the module."""
    BY_NAME["held"] = held
    return ByName()


def in_context(held: Any) -> Agent:
    """An agent that finds it in a context variable."""
    IN_CONTEXT.set(held)
    return InContext()


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "an attribute": Agent,
    "a slot": Slotted,
    "an object of its own": lambda held: Agent(Client([{"inner": Client(held)}])),
    "a method": lambda held: Agent(Client(held).__repr__),
    "a partial function": lambda held: Agent(functools.partial(print, held)),
    "its closure": closing_over,
    "a name in its module": by_name,
    "a context variable": in_context,
}


@pytest.mark.parametrize("name", HOLDERS)
async def test_what_is_bound_is_found_wherever_it_is_held(name: str) -> None:
    """A future of this loop."""
    loop = asyncio.get_running_loop()
    assert bonds_of(HOLDERS[name](loop.create_future())) == {loop}


async def test_objects_that_belong_to_a_loop_bind() -> None:
    """A task, a client's session, a server, an event that is waited for; and the loop itself, as an attribute."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    waiting = asyncio.create_task(event.wait())
    await asyncio.sleep(0)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session, server:
        for held in (waiting, session, server, event, loop):
            assert loop in bonds_of(Agent(held)), held
    event.set()
    await waiting


@pytest.mark.parametrize("kind", [asyncio.Lock, asyncio.Event, asyncio.Semaphore, asyncio.Condition, asyncio.Queue])
def test_what_is_free_until_it_is_used_is_told_apart(kind: type) -> None:
    """It will belong to the first loop that it is waited for in."""
    assert bonds_of(Agent(kind())) == {None}
    assert bonds_of(OfItsClass()) == {None}


async def test_what_binds_nothing() -> None:
    """Plain values, sockets, synchronous clients, loggers, a loop in a list, proxies; and what the run handed over."""
    kept: list[Any] = []

    class Keeps(Says):
        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            kept.append(input)
            return await super().call(input)

    agent = Keeps()
    result = await play(agent, script=[scenario.user("q"), scenario.agent(), scenario.succeed()])
    assert bonds_of(agent) == set()
    task = asyncio.current_task()
    with socket.socket() as plain:
        for held in (
            None, "text", [asyncio.get_running_loop()], plain, logging.getLogger("any"), Elusive(), result, kept,
            scenario.RemoteAgent("http://127.0.0.1:1/"), weakref.ref(task), asyncio, test_what_binds_nothing,
        ):  # fmt: skip
            assert bonds_of(Agent(held)) == set(), type(held)


async def test_a_whole_world_within_reach_ends() -> None:
    """A participant that can reach endlessly much is taken to be unbound, in good time."""
    first: list[Any] = []
    last = first
    for _ in range(50_000):
        last.append([])
        last = last[0]
    last.append(asyncio.current_task())
    assert bonds_of(Agent(first)) == set()


def caused(error: BaseException, cause: BaseException) -> BaseException:
    """An error with its cause."""
    error.__cause__ = cause
    return error


ELSEWHERE = [
    RuntimeError("Task <T> got Future <F> attached to a different loop"),
    RuntimeError("<asyncio.locks.Lock> is bound to a different event loop"),
    RuntimeError("Event loop is closed"),
    RuntimeError("Timeout context manager should be used inside a task"),
    ValueError("The future belongs to a different loop than the one specified as the loop argument"),
    RuntimeError("Non-thread-safe operation invoked on an event loop other than the current one"),
    caused(KeyError("k"), RuntimeError("Event loop is closed")),
    ExceptionGroup("several", [KeyError("k"), RuntimeError("Event loop is closed")]),
]


@pytest.mark.parametrize("error", ELSEWHERE, ids=str)
def test_errors_of_objects_that_belong_elsewhere_are_known(error: BaseException) -> None:
    """By their own words, and those of their causes."""
    assert is_bound_elsewhere(error)


@pytest.mark.parametrize("error", [RuntimeError("no answer"), TimeoutError(), KeyError("loop")], ids=repr)
def test_other_errors_are_not(error: BaseException) -> None:
    """They are the participant's."""
    assert not is_bound_elsewhere(error)


async def test_the_errors_themselves_are_as_they_are_known() -> None:
    """What asyncio raises today, asked of it."""
    here = asyncio.get_running_loop()
    future, lock = here.create_future(), asyncio.Lock()
    await lock.acquire()
    waiting = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0)

    async def use(held: Any) -> None:
        await (held.acquire() if held is lock else held)

    for held in (future, lock):
        with pytest.raises(RuntimeError) as caught:
            await asyncio.to_thread(asyncio.run, use(held))
        assert is_bound_elsewhere(caught.value)
    waiting.cancel()
