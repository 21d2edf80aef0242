"""What a late response of one conversation is to another: nothing, or an error that says so. Never an answer."""

from __future__ import annotations

import asyncio

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ErrorReplyError
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Connection, whole

SECRET = whole(b'{"answer": "what was said to the other"}', "application/json")


async def test_a_late_second_response_is_not_another_conversation_s_answer(serve: Serve) -> None:
    """The connection is shared; the next question is put on one of its own."""
    answered, wrote = asyncio.Event(), asyncio.Event()

    async def behave(connection: Connection) -> None:
        connection.keep = True
        await connection.send(whole(b'{"answer": "%d"}' % len(server.requests), "application/json"))
        if len(server.requests) == 1:
            await answered.wait()
            await connection.send(SECRET)
            wrote.set()

    server = await serve(behave)
    agent = RemoteAgent(server.url)
    assert await agent.call(given(thread_id="one")) == "1"
    answered.set()
    await wrote.wait()
    assert await agent.call(given(thread_id="two")) == "2"
    assert server.connections == 2


async def test_two_responses_to_one_question_are_an_error(serve: Serve, observer: Observer) -> None:
    """Where the first of them may be late for an earlier question: the agent's fault, and no answer is taken."""

    async def behave(connection: Connection) -> None:
        connection.keep = True
        own = whole(b'{"answer": "%d"}' % len(server.requests), "application/json")
        await connection.send(own if len(server.requests) == 1 else SECRET + own)

    server = await serve(behave)
    agent = RemoteAgent(server.url)
    assert await agent.call(given(thread_id="one")) == "1"
    with pytest.raises(ErrorReplyError, match="two responses came to one request") as caught:
        await agent.call(given(observer, thread_id="two"))
    assert caught.value.fault == "agent"
    assert observer.exchange.outcome == "error"
