"""How home-made streams end, which no standard says."""

from __future__ import annotations

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import TruncatedReplyError
from tests.remote.conftest import Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Behaviour, Connection, chunk

PIECE = b'data: {"content": "Hello"}\n\n'
DONE = b"data: [DONE]\n\n"
OVER = b"event: over\ndata: {}\n\n"


def answering(*bodies: bytes) -> Behaviour:
    """Answers with one body after the other, each in a clean transfer."""
    left = list(bodies)

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(left.pop(0)) + LAST)

    return behave


async def test_the_end_of_the_body_is_the_end_where_no_terminal_event_is_known(serve: Serve) -> None:
    """Many home-made endpoints have none."""
    server = await serve(answering(PIECE))
    assert await RemoteAgent(server.url).call(given()) == "Hello"


async def test_an_endpoint_that_has_sent_a_terminal_event_is_held_to_it(serve: Serve) -> None:
    """Once it ended with [DONE], an end without is a cut."""
    server = await serve(answering(PIECE + DONE, PIECE))
    agent = RemoteAgent(server.url)
    assert await agent.call(given()) == "Hello"
    with pytest.raises(TruncatedReplyError):
        await agent.call(given())


async def test_so_is_one_that_speaks_openais_dialect(serve: Serve) -> None:
    """A finish reason stands for a missing [DONE] only where none has ever come."""
    whole = b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'
    server = await serve(answering(whole, whole + DONE, whole))
    agent = RemoteAgent(server.url)
    assert [await agent.call(given()), await agent.call(given())] == ["Hello", "Hello"]
    with pytest.raises(TruncatedReplyError):
        await agent.call(given())


async def test_done_true_demands_a_terminal_event(serve: Serve) -> None:
    """Without one, the answer is truncated from the first call on."""
    server = await serve(answering(PIECE))
    with pytest.raises(TruncatedReplyError):
        await RemoteAgent(server.url, done=True).call(given())


async def test_done_false_never_does(serve: Serve) -> None:
    """The end of the body is enough, whatever was sent before."""
    server = await serve(answering(PIECE + DONE, PIECE))
    agent = RemoteAgent(server.url, done=False)
    assert [await agent.call(given()), await agent.call(given())] == ["Hello", "Hello"]


async def test_done_names_the_terminal_event(serve: Serve) -> None:
    """An event that only this endpoint has."""
    server = await serve(answering(PIECE + OVER, PIECE))
    agent = RemoteAgent(server.url, done="over")
    assert await agent.call(given()) == "Hello"
    with pytest.raises(TruncatedReplyError):
        await agent.call(given())


CUTS = {
    "no last chunk": (chunk(PIECE), False),
    "half an event": (chunk(PIECE + b'data: {"con') + LAST, False),
    "no terminal event": (chunk(PIECE) + LAST, True),
}


@pytest.mark.parametrize(("body", "may_be_whole"), CUTS.values(), ids=CUTS.keys())
async def test_an_end_of_its_own_is_asked_about_only_where_one_may_be(
    serve: Serve, body: bytes, may_be_whole: bool
) -> None:
    """A transfer that broke is no answer, whatever ends one: `done=False` would not help."""

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + body)

    server = await serve(behave)
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url, done=True).call(given())
    assert ("done=False" in str(caught.value)) is may_be_whole
