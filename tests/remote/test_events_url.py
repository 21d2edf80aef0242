"""Agents that only accept a request, and answer in an event stream elsewhere."""

from __future__ import annotations

import json

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ConfigurationError, ErrorReplyError, TruncatedReplyError
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Connection, chunk, whole


def events(*texts: str, start: int = 1, done: bool = True) -> bytes:
    """Events with these texts, numbered, and the one that ends an answer."""
    blocks = [f"id: {start + n}\ndata: {json.dumps({'content': text})}\n\n" for n, text in enumerate(texts)]
    if done:
        blocks.append(f"id: {start + len(texts)}\nevent: done\ndata: {{}}\n\n")
    return "".join(blocks).encode()


def accepted(**fields: str) -> bytes:
    """The answer to a POST that only accepts."""
    return whole(json.dumps(fields).encode(), "application/json", status="202 Accepted")


async def test_the_answer_is_read_where_it_is_given(serve: Serve, observer: Observer) -> None:
    """One more setting; the record shows what was asked and what was heard."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(accepted(status="queued"))
        else:
            await connection.send(CHUNKED + chunk(events("It is ", "18 °C.")))
            await connection.hold()

    server = await serve(behaviour)
    agent = RemoteAgent(server.url, events_url="/events?thread=$thread_id", headers={"Authorization": "Bearer t-1234"})
    assert await agent.call(given(observer)) == "It is 18 °C."
    get, post = server.requests
    assert (get.method, get.target) == ("GET", "/events?thread=thread-1")
    assert get.headers["accept"] == "text/event-stream"
    assert get.headers["cache-control"] == "no-cache"
    assert get.headers["authorization"] == "Bearer t-1234"
    assert json.loads(post.body)["thread_id"] == "thread-1"
    assert "".join(observer.deltas) == "It is 18 °C."
    assert observer.exchange.request.method == "POST"
    assert [event.id for event in observer.exchange.events] == ["1", "2", "3"]


async def test_a_stream_that_the_answer_names_is_opened_after_it(serve: Serve) -> None:
    """Each turn's answer names another."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            turns = sum(request.method == "POST" for request in server.requests)
            await connection.send(accepted(run_id=f"r/{turns}"))
        else:
            await connection.send(CHUNKED + chunk(events(connection.request.target)) + LAST)

    server = await serve(behaviour)
    agent = RemoteAgent(server.url, events_url="/runs/$session/events", session="run_id")
    assert await agent.call(given()) == "/runs/r%2F1/events"
    assert await agent.call(given(None, "a", "b")) == "/runs/r%2F2/events"
    assert "last-event-id" not in server.requests[-1].headers


async def test_an_answer_that_breaks_off_is_gone_on_with(serve: Serve) -> None:
    """By the last event's id; what comes twice counts once."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(accepted())
        elif "last-event-id" not in connection.request.headers:
            await connection.send(CHUNKED + chunk(b"retry: 1\n\n" + events("It ", "is ", done=False) + b'data: {"con'))
        else:
            await connection.send(CHUNKED + chunk(events("is ", "18.", start=2)) + LAST)

    server = await serve(behaviour)
    assert await RemoteAgent(server.url, events_url="/events").call(given()) == "It is 18."


async def test_the_end_of_an_answer_ends_the_listening(serve: Serve, observer: Observer) -> None:
    """A connection that ends after it is not made again, however soon the server would have that."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(accepted(status="queued"))
        else:
            await connection.send(CHUNKED + chunk(b"retry: 1\n" + events("It is 18.")) + LAST)

    server = await serve(behaviour)
    assert await RemoteAgent(server.url, events_url="/events").call(given(observer)) == "It is 18."
    assert sorted(request.method for request in server.requests) == ["GET", "POST"]


async def test_the_next_turn_hears_what_is_new(serve: Serve) -> None:
    """The stream goes on from where it stood."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(accepted())
        elif connection.request.headers.get("last-event-id") == "2":
            await connection.send(CHUNKED + chunk(events("Two.", start=3)) + LAST)
        else:
            await connection.send(CHUNKED + chunk(events("One.")) + LAST)

    server = await serve(behaviour)
    agent = RemoteAgent(server.url, events_url="/events")
    assert await agent.call(given()) == "One."
    assert await agent.call(given(None, "a", "b")) == "Two."


async def test_a_refused_request_is_the_agents_error(serve: Serve) -> None:
    """It says what the agent said, and does not wait for events."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(whole(b'{"detail": "too long"}', "application/json", status="422 Unprocessable"))
        else:
            await connection.send(CHUNKED)
            await connection.hold()

    server = await serve(behaviour)
    with pytest.raises(ErrorReplyError, match="status 422: too long"):
        await RemoteAgent(server.url, events_url="/events").call(given())


async def test_a_stream_that_is_refused_before_its_end_is_no_answer(serve: Serve) -> None:
    """What had come is in the error."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(accepted())
        elif "last-event-id" not in connection.request.headers:
            await connection.send(CHUNKED + chunk(b"retry: 1\n\n" + events("It is ", done=False)) + LAST)
        else:
            await connection.send(whole(b"", "text/plain", status="410 Gone"))

    server = await serve(behaviour)
    with pytest.raises(TruncatedReplyError, match="410") as caught:
        await RemoteAgent(server.url, events_url="/events").call(given())
    assert caught.value.text == "It is "


@pytest.mark.parametrize(
    ("url", "said"), [("/runs/$session/events", "session="), ("ftp://x/events", "http://"), ("/$nothing", "nothing")]
)
def test_a_place_that_cannot_be_is_refused_at_once(url: str, said: str) -> None:
    """When the agent is made, not when it is first asked."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent("http://127.0.0.1:1/chat", events_url=url)
