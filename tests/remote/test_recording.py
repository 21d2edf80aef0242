"""What an exchange holds: bytes and events with the times at which they arrived."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.types import Usage
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Connection, chunk, whole


def piece(text: str) -> bytes:
    """An event with a piece of text."""
    return b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % text.encode()


END = (
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\ndata: [DONE]\n\n'
)


async def test_times_are_those_of_the_bytes(serve: Serve, observer: Observer) -> None:
    """Two pieces that the server sends apart have different times, in order, and events have their pieces' times."""
    gate = asyncio.Event()

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b": hello\n\n"))
        await connection.send(chunk(piece("a")))
        await gate.wait()
        await connection.send(chunk(piece("b")))
        await connection.send(chunk(END) + LAST)

    server = await serve(behave)
    call = asyncio.ensure_future(RemoteAgent(server.url).call(given(observer)))
    await observer.first_delta.wait()
    between = 0.05
    await asyncio.sleep(between)
    gate.set()
    assert await call == "ab"
    exchange = observer.exchange
    assert (
        b"".join(one.data for one in exchange.chunks) == exchange.body == b": hello\n\n" + piece("a") + piece("b") + END
    )
    times = [event.at for event in exchange.events]
    assert times == sorted(times)
    assert [event.content for event in exchange.events] == [True, True, False, False, False]
    timing = exchange.timing
    assert timing.connect is not None
    assert timing.headers is not None
    assert timing.first_byte is not None
    assert timing.first_content == timing.ttft == times[0]
    assert timing.gaps.maximum == times[1] - times[0]
    assert timing.gaps.maximum >= between * 0.9
    assert 0 <= timing.connect <= timing.headers <= timing.first_byte <= times[0] < times[-1] <= timing.total
    assert (timing.bytes, timing.events) == (len(exchange.body), 5)
    assert exchange.reply.usage == Usage(input_tokens=3, output_tokens=2, total_tokens=5)


async def test_how_the_protocol_was_decided_is_recorded(serve: Serve, observer: Observer) -> None:
    """The decision and its reason stand in the exchange."""

    async def behave(connection: Connection) -> None:
        await connection.send(whole(piece("a") + END, "text/plain"))

    server = await serve(behave)
    await RemoteAgent(server.url).call(given(observer))
    assert observer.exchange.protocol == "openai-chat"
    assert "although the Content-Type is text/plain" in observer.exchange.protocol_reason


async def test_tool_calls_come_back_as_messages(serve: Serve, observer: Observer) -> None:
    """OpenAI-style, so that the conversation has them as it has an in-process agent's."""

    async def behave(connection: Connection) -> None:
        begin = b'{"index":0,"id":"c1","function":{"name":"f","arguments":"{\\"a\\""}}'
        body = (
            b'data: {"choices":[{"delta":{"tool_calls":[' + begin + b"]}}]}\n\n"
            b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}\n\n'
            b'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
        )
        await connection.send(whole(body, "text/event-stream"))

    server = await serve(behave)
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    answer = await RemoteAgent(server.url).call(given(observer))
    assert answer == [{"role": "assistant", "content": None, "tool_calls": [call]}]


async def test_a_refusal_is_the_answer(serve: Serve) -> None:
    """A model that declines has spoken."""

    async def behave(connection: Connection) -> None:
        message = b'{"content":null,"refusal":"No."}'
        body = b'{"object":"chat.completion","choices":[{"message":' + message + b',"finish_reason":"stop"}]}'
        await connection.send(whole(body, "application/json"))

    server = await serve(behave)
    assert await RemoteAgent(server.url).call(given()) == "No."


async def test_the_text_is_found_at_the_path_that_is_given(serve: Serve) -> None:
    """`reply=` says where in the JSON."""

    async def behave(connection: Connection) -> None:
        await connection.send(whole(b'{"text":"no","out":[{"say":"yes"}]}', "application/json"))

    server = await serve(behave)
    assert await RemoteAgent(server.url, reply="out[0].say").call(given()) == "yes"


async def test_a_cancelled_call_ends_at_once_is_recorded_and_closes_its_connection(
    serve: Serve, observer: Observer
) -> None:
    """The server sees the close; the exchange says that the call was given up."""

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(piece("a")))
        await connection.hold()

    server = await serve(behave)
    call = asyncio.ensure_future(RemoteAgent(server.url, timeout=Timeouts()).call(given(observer)))
    await observer.first_delta.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    async with asyncio.timeout(5):
        await server.closed_by_client.wait()
    assert observer.exchange.outcome == "aborted"
    assert observer.exchange.text == "a"


async def test_a_call_may_be_cancelled_before_anything_came(serve: Serve, observer: Observer) -> None:
    """While it waits for the headers."""
    asked = asyncio.Event()

    async def behave(connection: Connection) -> None:
        asked.set()
        await connection.hold()

    server = await serve(behave)
    call = asyncio.ensure_future(RemoteAgent(server.url).call(given(observer)))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert observer.exchange.outcome == "aborted"
    assert observer.exchange.status is None


async def test_one_agent_serves_many_conversations_at_once(serve: Serve) -> None:
    """Each answer goes to the conversation that asked."""

    async def behave(connection: Connection) -> None:
        said = connection.request.body.partition(b'"content":"')[2].partition(b'"')[0]
        await connection.send(CHUNKED)
        for byte in said:
            await connection.send(chunk(piece(chr(byte))))
        await connection.send(chunk(END) + LAST)

    server = await serve(behave)
    agent = RemoteAgent(server.url)
    texts = [f"number {index}" for index in range(50)]
    answers = await asyncio.gather(*[agent.call(given(None, text, thread_id=text)) for text in texts])
    assert answers == texts


def test_making_an_agent_loads_no_network() -> None:
    """Importing the module and making an agent leave aiohttp alone until the first call."""
    code = (
        "import sys; from scenario.agents.remote.agent import RemoteAgent; RemoteAgent('http://127.0.0.1:1/');"
        "print('aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nothing_has_to_be_closed() -> None:
    """A run in `asyncio.run` leaves no warning behind, with a connection kept alive and one broken off."""
    code = """
import asyncio, gc, warnings
warnings.simplefilter("error")
from scenario.agents.remote.agent import RemoteAgent
from tests.remote.conftest import given
from tests.remote.raw_server import CHUNKED, RawServer, chunk, whole

async def behave(connection):
    connection.keep = True
    await connection.send(whole(b'{"answer": "ok"}', "application/json"))

async def main():
    async with RawServer(behave) as server:
        agent = RemoteAgent(server.url)
        assert await agent.call(given()) == "ok"
        assert await agent.call(given()) == "ok"
        assert server.connections == 1

for _ in range(2):
    asyncio.run(main())
gc.collect()
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_collecting_garbage_finds_no_open_session() -> None:
    """Nor does the collector, in this process, where warnings are errors."""
    gc.collect()
