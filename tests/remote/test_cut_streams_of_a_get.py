"""An event stream that a GET brings, cut and connected to again as browsers do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import ConfigurationError, TimedOutReplyError, TruncatedReplyError
from scenario.exchange import HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.reconnecting import ReconnectingTransport
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Behaviour, Connection, RawServer, chunk

FIRST = b'retry: 0\nid: 1\ndata: {"text": "It is "}\n\n'
SECOND = b'id: 2\ndata: {"text": "sunny."}\n\n'
DONE = b"data: [DONE]\n\n"
HALF = b'id: 2\ndata: {"text": "su'


def streams(*bodies: bytes, clean: Sequence[int] = ()) -> Behaviour:
    """Answers one connection after the other; each is broken off, but the last one and those that are to be clean."""
    left = list(enumerate(bodies))

    async def behave(connection: Connection) -> None:
        if not left:
            await connection.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        index, body = left.pop(0)
        await connection.send(CHUNKED + chunk(body))
        if not left or index in clean:
            await connection.send(LAST)

    return behave


async def answer(serve: Serve, behaviour: Behaviour, **settings: Any) -> tuple[Any, RawServer]:
    """What the agent says, and its server."""
    server = await serve(behaviour)
    return await RemoteAgent(server.url, method="GET", **settings).call(given()), server


async def test_a_cut_stream_goes_on_after_its_last_id(serve: Serve) -> None:
    """What was left unfinished is no part of the answer, and what comes again is no part twice."""
    said, server = await answer(serve, streams(FIRST + HALF, FIRST + SECOND + DONE))
    assert said == "It is sunny."
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, "1"]
    assert server.requests[0].target == server.requests[1].target


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (b'id: 1\ndata: {"text": "We are "}\n\nid: 2\ndata: {"text": "closed."}\n\n', "holds something else"),
        (FIRST.replace(b"id: 1", b"id: b-1") + SECOND.replace(b"id: 2", b"id: b-2"), "began anew"),
    ],
)
async def test_two_answers_are_never_made_one(serve: Serve, again: bytes, said: str) -> None:
    """A server that answers a reconnection from the beginning gives another answer, whatever ids it gives it."""
    server = await serve(streams(FIRST + HALF, again + DONE))
    with pytest.raises(TruncatedReplyError, match=said) as caught:
        await RemoteAgent(server.url, method="GET").call(given())
    assert caught.value.text == "It is "


async def test_the_record_tells_that_it_was_cut(serve: Serve, observer: Observer) -> None:
    """Among the notes of how the answer was read."""
    server = await serve(streams(FIRST + HALF, SECOND + DONE))
    await RemoteAgent(server.url, method="GET").call(given(observer))
    assert "the stream was cut and connected to again, 1 times" in observer.exchange.reading.notes


async def test_a_stream_without_ids_is_not_connected_to_again(serve: Serve) -> None:
    """It would begin anew: the question would be put twice."""
    server = await serve(streams(b'data: {"text": "It is "}\n\n', SECOND))
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url, method="GET").call(given())
    assert caught.value.text == "It is "
    assert len(server.requests) == 1


async def test_a_body_that_ends_as_it_should_is_whole(serve: Serve) -> None:
    """Where nothing says that an end of its own is owed, it is not asked for more."""
    said, server = await answer(serve, streams(FIRST, SECOND, clean=[0]))
    assert said == "It is "
    assert len(server.requests) == 1


async def test_a_body_that_ends_before_the_end_that_is_owed_is_a_cut(serve: Serve) -> None:
    """Proxies end bodies cleanly."""
    said, _ = await answer(serve, streams(FIRST, SECOND + DONE, clean=[0]), done=True)
    assert said == "It is sunny."


async def test_a_body_that_is_no_event_stream_goes_through_as_it_comes(serve: Serve) -> None:
    """Whatever its Content-Type says: nothing is held back until a blank line."""
    first_came = asyncio.Event()

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b'{"text": "It is "}\n'))
        await first_came.wait()
        await connection.send(chunk(b'{"text": "sunny."}\n') + LAST)

    server = await serve(behave)
    transport = ReconnectingTransport(AiohttpTransport(), times=None, owes_end=False)
    pieces = []
    async with transport.open(HttpRequest(method="GET", url=server.url), timeouts=Timeouts(total=10)) as response:
        async for piece in response.chunks():
            pieces.append(piece.data)
            first_came.set()
    assert pieces == [b'{"text": "It is "}\n', b'{"text": "sunny."}\n']


@pytest.mark.parametrize("reconnect", [False, 0])
async def test_it_can_be_switched_off(serve: Serve, reconnect: int) -> None:
    """A cut is then an error, as it is for a POST, and its bytes are kept as they came."""
    server = await serve(streams(FIRST + HALF, SECOND + DONE))
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url, method="GET", reconnect=reconnect).call(given())
    assert caught.value.exchange.body == FIRST + HALF


async def test_it_is_done_so_many_times(serve: Serve) -> None:
    """And no more."""
    server = await serve(streams(FIRST, FIRST + HALF, SECOND + DONE))
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url, method="GET", reconnect=1).call(given())
    assert caught.value.exchange.body == FIRST + HALF
    assert len(server.requests) == 2


async def test_the_deadline_of_the_call_holds_over_all_connections(serve: Serve) -> None:
    """A server that wants a long pause does not get it."""
    server = await serve(streams(FIRST.replace(b"retry: 0", b"retry: 60000") + HALF, SECOND))
    with pytest.raises(TimedOutReplyError):
        await RemoteAgent(server.url, method="GET", timeout=Timeouts(total=0.2)).call(given())


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("http://127.0.0.1:1/", {"reconnect": True}, "for an answer that a GET brings"),
        ("http://127.0.0.1:1/", {"reconnect": True, "method": "GET", "events_url": "/e"}, "always connected to again"),
        ("http://127.0.0.1:1/", {"reconnect": -1, "method": "GET"}, "how many times"),
    ],
)
def test_a_reconnection_without_effect_is_refused(url: str, settings: dict[str, Any], said: str) -> None:
    """A POST would put the question again."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent(url, **settings)
