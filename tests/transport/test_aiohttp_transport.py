"""The transport by itself: redirects, connections that are used again, and those that were closed meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.pool import Pool, pool_of
from scenario.transport.redirects import redirected
from scenario.transport.transport import TransportError
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk, whole


async def fetch(url: str, **settings: object) -> tuple[int, dict[str, str], list[Chunk], float | None]:
    """A whole response."""
    request = HttpRequest(url=url, headers={"Authorization": "secret", "Content-Type": "text/plain"}, body=b"hello")
    async with AiohttpTransport().open(request, timeouts=Timeouts(**settings)) as response:  # type: ignore[arg-type]
        chunks = [one async for one in response.chunks()]
        return response.status, dict(response.headers), chunks, response.connect


async def test_header_names_are_in_lower_case_and_repeated_ones_are_joined() -> None:
    """As RFC 9110 lets them be joined."""

    async def behave(connection: Connection) -> None:
        await connection.send(whole(b"x", "text/plain", more="X-One: a\r\nx-one: b\r\n"))

    async with RawServer(behave) as server:
        _, headers, _, _ = await fetch(server.url)
    assert headers["x-one"] == "a, b"


async def test_a_connection_is_used_again() -> None:
    """The second request needs no new one, and says so by its connect time."""

    async def behave(connection: Connection) -> None:
        connection.keep = True
        await connection.send(whole(b"x", "text/plain"))

    async with RawServer(behave) as server:
        first, second = (await fetch(server.url))[3], (await fetch(server.url))[3]
        assert server.connections == 1
    assert first is not None
    assert first > 0
    assert second == 0.0


def test_a_loop_that_is_closed_by_hand_takes_its_connections_along() -> None:
    """Also without the step in which runners finish asynchronous generators."""
    loop = asyncio.new_event_loop()

    async def behave(connection: Connection) -> None:
        connection.keep = True
        await connection.send(whole(b"x", "text/plain"))

    async def call() -> Pool:
        async with RawServer(behave) as server:
            await fetch(server.url)
            return await pool_of(loop)

    pool = loop.run_until_complete(call())
    assert not pool.closed
    loop.close()
    assert (pool.closed, loop.is_closed()) == (True, True)


async def test_a_loop_can_be_closed_within_another() -> None:
    """As by a fixture that puts a loop of its own away."""
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(loop.run_until_complete, pool_of(loop))
    loop.close()
    assert loop.is_closed()


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    """The request had not been taken up, so it is sent again; servers close idle connections as they like."""

    async def behave(connection: Connection) -> None:
        # Says nothing of closing, and closes.
        await connection.send(whole(b"x", "text/plain"))

    async with RawServer(behave) as server:
        for _ in range(5):
            assert (await fetch(server.url))[0] == 200
        assert len(server.requests) == 5


async def test_a_request_that_was_taken_up_is_not_sent_again() -> None:
    """On a connection that was used before, too: a server that works for a while and then dies may have done it."""

    async def behave(connection: Connection) -> None:
        connection.keep = len(server.requests) == 1
        if connection.keep:
            await connection.send(whole(b"x", "text/plain"))
        else:
            await asyncio.sleep(0.6)

    async with RawServer(behave) as server:
        await fetch(server.url)
        with pytest.raises(TransportError, match="closed before a response came"):
            await fetch(server.url)
        assert (server.connections, len(server.requests)) == (1, 2)


async def test_pieces_that_arrived_apart_are_told_apart_although_they_are_read_together() -> None:
    """The times are those of the socket, not those of the reader."""
    gate = asyncio.Event()

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"one"))
        await gate.wait()
        await connection.send(chunk(b"two") + LAST)

    async with RawServer(behave) as server:
        request = HttpRequest(url=server.url, body=b"x")
        async with AiohttpTransport().open(request, timeouts=Timeouts()) as response:
            # Nobody reads meanwhile.
            await asyncio.sleep(0.02)
            gate.set()
            await asyncio.sleep(0.02)
            chunks = [one async for one in response.chunks()]
    assert [one.data for one in chunks] == [b"one", b"two"]
    assert chunks[1].at - chunks[0].at >= 0.015


async def test_307_sends_the_same_request_there() -> None:
    """Method and body stay."""

    async def behave(connection: Connection) -> None:
        if connection.request.target == "/chat":
            await connection.send(
                whole(b"", "text/plain", status="307 T", more="Location: /new\r\nConnection: close\r\n")
            )
        else:
            await connection.send(whole(b"there", "text/plain"))

    async with RawServer(behave) as server:
        status, _, chunks, _ = await fetch(server.url)
        assert [(one.method, one.target, one.body) for one in server.requests] == [
            ("POST", "/chat", b"hello"),
            ("POST", "/new", b"hello"),
        ]
        assert server.requests[1].headers["authorization"] == "secret"
    assert (status, chunks[0].data) == (200, b"there")


async def test_a_circle_of_redirects_ends() -> None:
    """It is the server's fault, and takes no more than a few requests."""

    async def behave(connection: Connection) -> None:
        await connection.send(whole(b"", "text/plain", status="308 P", more="Location: /chat\r\nConnection: close\r\n"))

    async with RawServer(behave) as server:
        with pytest.raises(TransportError, match="redirects"):
            await fetch(server.url)


def test_nothing_secret_is_redirected_to_another_origin() -> None:
    """What is not known to be harmless stays behind."""
    request = HttpRequest(url="http://a/x", headers={"X-Api-Key": "k", "Content-Type": "text/plain"}, body=b"b")
    there = redirected(request, 307, {"location": "http://b/x"}, "any")
    assert there is not None
    assert (there.url, there.headers, there.body) == ("http://b/x", {"Content-Type": "text/plain"}, b"b")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_lose_the_body_is_handed_back(status: int) -> None:
    """Only a GET follows it."""
    post = HttpRequest(url="http://a/x", body=b"b")
    assert redirected(post, status, {"location": "/y"}) is None
    assert redirected(HttpRequest(method="GET", url="http://a/x"), status, {"location": "/y"}) is not None


@pytest.mark.parametrize("location", ["", "file:///etc/passwd", "http://[", "javascript:0"])
def test_a_redirect_to_nowhere_is_handed_back(location: str) -> None:
    """No other scheme is ever opened."""
    assert redirected(HttpRequest(url="http://a/x"), 307, {"location": location}) is None


async def test_a_reader_that_is_slow_leaves_the_loop_to_others() -> None:
    """However much has arrived at once: other tasks go on between its pieces, and the deadlines hold."""
    others = 0
    seen: list[int] = []

    async def behave(connection: Connection) -> None:
        await connection.send(whole(bytes(400_000), "text/plain"))

    async def other() -> None:
        nonlocal others
        while True:
            await asyncio.sleep(0)
            others += 1

    async def read_slowly(url: str) -> None:
        async with AiohttpTransport().open(HttpRequest(url=url), timeouts=Timeouts(total=0.2)) as response:
            async for chunk in response.chunks():
                assert len(chunk.data) <= 64 * 1024
                seen.append(others)
                time.sleep(0.1)  # noqa: ASYNC251 - a reader that takes long

    async with RawServer(behave) as server:
        task = asyncio.create_task(other())
        with pytest.raises(TransportError) as caught:
            await read_slowly(server.url)
        task.cancel()
    assert caught.value.kind == "total"
    assert seen[0] < seen[1]
