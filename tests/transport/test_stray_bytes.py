"""Bytes that nobody asked for: they close a connection, and are never the answer to the next request on it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, NamedTuple

import pytest
from hypothesis import example, given, settings, strategies as st

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.transport import TransportError
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk, whole

STRAY: Final = whole(b"stray", "text/plain")
KEEPING: Final = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n"


def answer(form: str, body: bytes) -> tuple[bytes, bytes]:
    """A response to keep a connection after, in two parts: its head, and what follows."""
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n"
    return {
        "a length": (head % (b"200 OK", len(body)), body),
        "no length": (CHUNKED, chunk(body) + LAST),
        "chunks with a trailer": (CHUNKED, chunk(body) + b"0\r\nX-End: 1\r\n\r\n"),
        "HTTP/1.0": (KEEPING % len(body), body),
        "a length that is too short": (head % (b"200 OK", len(body) - 4), body),
        "an empty body": (head % (b"200 OK", 0), b""),
        "204 with a body": (head % (b"204 No Content", len(body)), body),
        "304 with a body": (head % (b"304 Not Modified", len(body)), body),
        "a hint before it": (b"HTTP/1.1 103 Early Hints\r\n\r\n" + head % (b"200 OK", len(body)), body),
    }[form]


FORMS: Final = [
    "a length",
    "no length",
    "chunks with a trailer",
    "HTTP/1.0",
    "a length that is too short",
    "an empty body",
    "204 with a body",
    "304 with a body",
    "a hint before it",
]
PIECES: Final = [
    STRAY,
    STRAY[:9],
    STRAY[9:],
    STRAY[:-3],
    whole(STRAY, "text/plain"),
    whole(STRAY, "text/plain")[: -len(STRAY)],
    CHUNKED + chunk(b"stray") + LAST,
    CHUNKED + chunk(b"stray"),
    LAST,
    b"HTTP/1.0 200 OK\r\n\r\nstray",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nstray",
    b"data: stray\n\n",
    b"\r\n",
    b"stray",
    bytes(range(256)),
]


class Plan(NamedTuple):
    """What a server writes to the first request on a connection, and when.

    Attributes:
        form: how its own answer is framed.
        apart: whether the head has been read before the rest is sent.
        at_once: what comes in one write with the answer's end.
        then: what is written next, without waiting.
        when_read: what is written when the answer has been read, and before the next request is put.
        unread: what has come to the socket, and was not read, when the next request is put.
        late: what would follow on the connection where the next request is put, before its answer: the rest of what
            began before.
    """

    form: str = "a length"
    apart: bool = False
    at_once: bytes = b""
    then: bytes = b""
    when_read: bytes = b""
    unread: bytes = b""
    late: bytes = b""

    @property
    def stray(self) -> bytes:
        """What no request asked for, before the next one was put."""
        return self.at_once + self.then + self.when_read + self.unread


_STRAYS = st.lists(st.sampled_from(PIECES), max_size=2).map(b"".join)
PLANS = st.builds(
    Plan,
    form=st.sampled_from(FORMS),
    apart=st.booleans(),
    at_once=_STRAYS,
    then=_STRAYS,
    when_read=_STRAYS,
    unread=_STRAYS,
    late=_STRAYS,
)


class Steps:
    """What the two ends wait for."""

    def __init__(self) -> None:
        self.head_read, self.answer_read, self.wrote, self.about_to_ask, self.wrote_all = [
            asyncio.Event() for _ in range(5)
        ]


async def put(url: str, question: str, steps: Steps | None = None) -> tuple[int, str]:
    """A question, and the response to it."""
    request = HttpRequest(url=url, body=question.encode())
    async with AiohttpTransport().open(request, timeouts=Timeouts(total=20)) as response:
        if steps is not None:
            steps.head_read.set()
        return response.status, b"".join([one.data async for one in response.chunks()]).decode("latin-1")


async def write(connection: Connection, data: bytes) -> None:
    """Write, be the connection closed or not."""
    with contextlib.suppress(ConnectionError):
        await connection.send(data)


async def others() -> None:
    """Let the loop read what has come."""
    for _ in range(5):
        await asyncio.sleep(0)


async def two_turns(plan: Plan) -> tuple[str, tuple[int, str], int]:
    """What two turns on one origin read, the first answered as planned, and how many connections it took."""
    steps = Steps()

    async def behave(connection: Connection) -> None:
        connection.keep = True
        own = b"answer to " + connection.request.body
        if len(server.requests) > 1:
            late = plan.late if plan.stray and server.connections == 1 else b""
            await connection.send(late + whole(own, "text/plain"))
            return
        head, rest = answer(plan.form, own)
        if plan.apart:
            await connection.send(head)
            await steps.head_read.wait()
            head = b""
        await write(connection, head + rest + plan.at_once)
        await write(connection, plan.then)
        await steps.answer_read.wait()
        await write(connection, plan.when_read)
        steps.wrote.set()
        await steps.about_to_ask.wait()
        await write(connection, plan.unread)
        steps.wrote_all.set()

    async with RawServer(behave) as server:
        _, first = await put(server.url, "one", steps)
        steps.answer_read.set()
        await steps.wrote.wait()
        await others()
        steps.about_to_ask.set()
        await steps.wrote_all.wait()
        return first, await put(server.url, "two"), server.connections


@settings(max_examples=200)
@given(PLANS)
@example(Plan(when_read=STRAY))
@example(Plan(unread=STRAY))
@example(Plan(apart=True, at_once=STRAY))
@example(Plan(apart=True, form="no length", at_once=STRAY[:9], when_read=STRAY[9:]))
@example(Plan(at_once=whole(STRAY, "text/plain")[: -len(STRAY)], unread=STRAY))
@example(Plan(form="204 with a body"))
@example(Plan(when_read=STRAY[:9], late=STRAY[9:]))
@example(Plan(form="no length", at_once=STRAY[:9], late=STRAY[9:]))
@example(Plan(form="no length", at_once=b"\r\n", late=STRAY))
@example(Plan(form="a length", at_once=b"\r\n", late=STRAY))
def test_a_turn_reads_its_own_answer_whatever_was_written_behind_the_one_before(plan: Plan) -> None:
    """Half a response, a whole one, several, in any framing; with its end, behind it, or when nobody waits."""
    first, second, connections = asyncio.run(two_turns(plan))
    assert second == (200, "answer to two")
    assert "answer to one".startswith(first)
    is_clean = not plan.stray and "body" not in plan.form and plan.form != "a length that is too short"
    assert (connections == 1) == is_clean or plan.form == "an empty body"


@pytest.mark.parametrize("form", [form for form in FORMS if " with a body" not in form and "too short" not in form])
@pytest.mark.parametrize("apart", [True, False])
def test_a_connection_on_which_nothing_strays_is_kept(form: str, apart: bool) -> None:
    """In each framing, in one piece or in several: the guard costs orderly servers nothing."""
    assert asyncio.run(two_turns(Plan(form=form, apart=apart)))[2] == 1


async def test_two_responses_to_one_request_are_refused_where_either_may_be_late() -> None:
    """On a connection that was used before: which of them answers this request cannot be told."""

    async def behave(connection: Connection) -> None:
        connection.keep = True
        own = whole(b"answer to " + connection.request.body, "text/plain")
        await connection.send(own if len(server.requests) == 1 else STRAY + own)

    async with RawServer(behave) as server:
        await put(server.url, "one")
        with pytest.raises(TransportError, match="two responses came to one request") as caught:
            await put(server.url, "two")
        assert caught.value.kind == "doubled"
        assert server.connections == 1


async def test_the_first_response_on_a_new_connection_is_the_answer() -> None:
    """Nothing was asked there before: what comes behind it is nobody's."""

    async def behave(connection: Connection) -> None:
        connection.keep = True
        await connection.send(whole(b"answer to " + connection.request.body, "text/plain") + STRAY)

    async with RawServer(behave) as server:
        assert await put(server.url, "one") == (200, "answer to one")
        assert await put(server.url, "two") == (200, "answer to two")
        assert server.connections == 2
