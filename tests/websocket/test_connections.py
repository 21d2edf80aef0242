"""The connection of a conversation: kept from turn to turn, made anew where it is gone, and closed when it is over."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from aiohttp import WSCloseCode, web

import scenario
from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import StalledReplyError
from scenario.exchange import HttpRequest
from scenario.transport.websocket import WebSocketTransport
from tests.remote.conftest import Observer, given
from tests.websocket.conftest import Serve
from tests.websocket.socket_server import SocketServer, says

OK = says({"text": "ok"}, {"type": "done"})


async def test_a_conversation_keeps_its_connection(serve: Serve) -> None:
    """And another one has its own."""
    server = await serve(OK)
    agent = RemoteAgent(server.url, request="$thread_id")
    for thread in ("one", "two", "one", "two"):
        await agent.call(given(thread_id=thread))
    assert server.received == [(1, "one"), (2, "two"), (1, "one"), (2, "two")]
    await agent.conversation_over("one")
    await agent.conversation_over("two")
    await agent.conversation_over("three")


async def test_a_connection_to_each_turn(serve: Serve) -> None:
    """Where that is asked for; each is closed after its turn."""
    server = await serve(OK)
    agent = RemoteAgent(server.url, keep_open=False, request="x")
    await agent.call(given())
    await agent.call(given())
    assert [number for number, _ in server.received] == [1, 2]
    await server.closed.wait()
    assert server.closings[0] == 1000


async def test_another_url_is_another_connection(serve: Serve) -> None:
    """A URL may hold what changes from turn to turn."""
    server = await serve(OK)
    agent = RemoteAgent(f"{server.url}?id=$request_id", request="x")
    await agent.call(given())
    await agent.call(given())
    assert [number for number, _ in server.received] == [1, 2]
    await agent.conversation_over("thread-1")


async def test_what_comes_between_turns_is_nobodys_answer(serve: Serve) -> None:
    """A message after the last one of a turn is not the first one of the next."""
    late = says({"text": "ok"}, {"type": "done"}, {"text": "late"}, {"type": "done"})
    server = await serve(late, autoping=False)
    agent = RemoteAgent(server.url)
    observer = Observer()
    assert await agent.call(given(observer)) == "ok"
    # What answers a ping has read everything before it.
    await server.connections[0].ping()
    await server.ponged.wait()
    assert await agent.call(given(observer)) == "ok"
    assert all("late" not in exchange.body.decode() for exchange in observer.exchanges)
    await agent.conversation_over("thread-1")


async def test_a_connection_that_was_closed_between_turns_is_made_anew(serve: Serve) -> None:
    """Servers close what is idle; nothing of a turn was lost by that."""
    server = await serve(OK)
    agent = RemoteAgent(server.url, request="x")
    await agent.call(given())
    await server.connections[0].close(code=WSCloseCode.GOING_AWAY)
    assert await agent.call(given()) == "ok"
    assert [number for number, _ in server.received] == [1, 2]
    await agent.conversation_over("thread-1")


async def test_a_connection_that_is_closed_as_a_turn_begins_is_made_anew(serve: Serve) -> None:
    """The message and the close meet: the server takes nothing up after its close, so that it is sent again."""

    async def last_call(socket: web.WebSocketResponse, message: str) -> None:
        if len(server.connections) == 1 and len(server.received) == 2:
            await socket.close(code=WSCloseCode.GOING_AWAY)
        else:
            await OK(socket, message)

    server = await serve(last_call)
    agent = RemoteAgent(server.url, request="x")
    await agent.call(given())
    observer = Observer()
    assert await agent.call(given(observer)) == "ok"
    assert [number for number, _ in server.received] == [1, 1, 2]
    await agent.conversation_over("thread-1")


async def test_a_turn_that_failed_takes_its_connection_with_it(serve: Serve) -> None:
    """The rest of its answer must not become the next one."""
    released = asyncio.Event()

    async def slow(socket: web.WebSocketResponse, message: str) -> None:
        if message == "slow":
            await released.wait()
        else:
            await OK(socket, message)

    server = await serve(slow)
    agent = RemoteAgent(server.url, request="$message", timeout=Timeouts(first_byte=0.05))
    with pytest.raises(StalledReplyError):
        await agent.call(given(None, "slow"))
    assert await agent.call(given(None, "quick")) == "ok"
    assert [number for number, _ in server.received] == [1, 2]
    released.set()
    await agent.conversation_over("thread-1")


async def test_pings_are_answered_while_nobody_speaks(serve: Serve) -> None:
    """A server that asks whether anybody is there keeps the connection."""
    server = await serve(OK, autoping=False)
    agent = RemoteAgent(server.url, request="x")
    await agent.call(given())
    await server.connections[0].ping()
    await server.ponged.wait()
    await agent.call(given())
    assert [number for number, _ in server.received] == [1, 1]
    await agent.conversation_over("thread-1")


async def test_cancelling_a_turn_is_done_at_once(serve: Serve) -> None:
    """Whatever the server does."""
    begun = asyncio.Event()
    released = asyncio.Event()

    async def silent(_socket: web.WebSocketResponse, _message: str) -> None:
        begun.set()
        await released.wait()

    server = await serve(silent)
    observer = Observer()
    call = asyncio.ensure_future(RemoteAgent(server.url).call(given(observer)))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert observer.exchange.outcome == "aborted"
    released.set()


async def test_many_messages_are_read_as_fast_as_they_are_taken(serve: Serve) -> None:
    """In order, and all of them, however much more there is than is held."""

    async def flood(socket: web.WebSocketResponse, _message: str) -> None:
        for index in range(500):
            await socket.send_json({"text": f"{index} " + "x" * 10_000})
        await socket.send_json({"type": "done"})

    server = await serve(flood)
    observer = Observer()
    agent = RemoteAgent(server.url)
    await agent.call(given(observer))
    exchange = observer.exchange
    assert len(exchange.events) == 501
    assert [int(delta.split()[0]) for delta in observer.deltas if delta[0] != "x"] == list(range(500))
    await agent.conversation_over("thread-1")


async def test_a_server_that_talks_between_turns_is_listened_to_by_nobody(serve: Serve) -> None:
    """However much it says: nothing is held, so that it is read on, and pings are answered."""
    server = await serve(OK, autoping=False)
    agent = RemoteAgent(server.url, request="x")
    await agent.call(given())
    for _ in range(8):
        await server.connections[0].send_str("x" * 1024 * 1024)
    await server.connections[0].ping()
    await server.ponged.wait()
    assert await agent.call(given()) == "ok"
    await agent.conversation_over("thread-1")


async def test_what_nobody_takes_is_not_held(serve: Serve) -> None:
    """Beyond a bound the server has to wait, and then nothing is lost."""
    all_sent = asyncio.Event()
    messages, size = 64, 1024 * 1024

    async def flood(socket: web.WebSocketResponse, _message: str) -> None:
        for _ in range(messages):
            await socket.send_str("x" * size)
        all_sent.set()

    server = await serve(flood)
    transport = WebSocketTransport(quiet=None, keep_open=False, max_message_bytes=2 * size)
    request = HttpRequest(method="GET", url=server.url, body=b"go")
    async with transport.open(request, timeouts=Timeouts()) as response:
        # A bound that holds lets this wait last for ever; half a second is enough to send all of it otherwise.
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(all_sent.wait(), 0.5)
        taken = 0
        async for chunk in response.chunks():
            assert len(chunk.data) == size
            taken += 1
            if taken == messages:
                break
    assert all_sent.is_set()


def test_a_connection_ends_with_its_event_loop() -> None:
    """Where nobody says that the conversation is over; and the agent goes on in the next loop."""
    ready, over = threading.Event(), threading.Event()
    servers: list[SocketServer] = []

    async def serving() -> None:
        async with SocketServer(OK) as server:
            servers.append(server)
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serving(),))
    thread.start()
    ready.wait()
    agent = RemoteAgent(servers[0].url, request="x")
    try:
        for _ in range(2):
            assert asyncio.run(agent.call(given())) == "ok"
            gc.collect()
        assert [number for number, _ in servers[0].received] == [1, 2]
    finally:
        over.set()
        thread.join()


async def test_a_participant_is_told_that_the_run_is_over() -> None:
    """Whatever came of it; how it fails at that changes nothing of the run."""

    class Holds(scenario.AgentAdapter):
        def __init__(self) -> None:
            self.over: list[str] = []

        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            raise ValueError("no")

        async def conversation_over(self, thread_id: str) -> None:
            self.over.append(thread_id)
            raise RuntimeError("cannot clean up")

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    agent = Holds()
    with pytest.raises(scenario.AgentError, match="no"):
        await scenario.run("a test", "", [agent], script=[scenario.user("a"), scenario.agent()], verbose=False)
    assert [thread.startswith("thread_") for thread in agent.over] == [True]
    assert "failed at conversation_over" in str(told)


async def test_a_message_that_came_before_the_turn_is_not_its_answer(serve: Serve) -> None:
    """Also one that has only just come when the turn begins, and that nobody has read yet."""
    answered, wrote = asyncio.Event(), asyncio.Event()

    async def answer(socket: web.WebSocketResponse, message: str) -> None:
        await socket.send_json({"text": message})
        await socket.send_json({"type": "done"})
        if message == "one":
            await answered.wait()
            await socket.send_json({"text": "late"})
            await socket.send_json({"type": "done"})
            wrote.set()

    server = await serve(answer)
    agent = RemoteAgent(server.url, request="$message")
    assert await agent.call(given(None, "one")) == "one"
    answered.set()
    await wrote.wait()
    assert await agent.call(given(None, "two")) == "two"
    assert [number for number, _ in server.received] == [1, 1]
