"""Compressed bodies: what is read as if it had not been compressed, and how one that was cut is told."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from hypothesis import given as each, strategies as st

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import AbortedReplyError, ErrorReplyError, TruncatedReplyError
from scenario.transport.content_coding import CodingError, Inflater
from tests.remote.conftest import Observer, Serve, given, observer, serve
from tests.remote.raw_server import LAST, Behaviour, Connection, chunk

__all__ = ["observer", "serve"]

HELLO = b"data: Hello\n\n"
WORLD = b"data:  world\n\n"
WINDOWS = {"gzip": 31, "x-gzip": 31, "GZIP": 31, "deflate": 15, "deflate without its wrapper": -15}


def head(coding: str, content_type: str = "text/event-stream") -> bytes:
    """The headers of a chunked response."""
    lines = f"Content-Type: {content_type}\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\n" + lines.encode()


def compressed(pieces: list[bytes], window: int = 31) -> list[bytes]:
    """The pieces, each flushed, and the end."""
    stream = zlib.compressobj(wbits=window)
    return [stream.compress(piece) + stream.flush(zlib.Z_SYNC_FLUSH) for piece in pieces] + [stream.flush()]


def sends(*pieces: bytes) -> Behaviour:
    """Writes these pieces and closes the connection."""

    async def behave(connection: Connection) -> None:
        for piece in pieces:
            await connection.send(piece)

    return behave


@pytest.mark.parametrize("coding", WINDOWS)
async def test_each_event_is_read_when_it_was_flushed(coding: str, serve: Serve, observer: Observer) -> None:
    """The second event is sent once the first one has been read, under each name that such a body has."""
    first, second, end = compressed([HELLO, WORLD], WINDOWS[coding])

    async def behave(connection: Connection) -> None:
        await connection.send(head(coding.split()[0]) + chunk(first))
        await observer.first_delta.wait()
        await connection.send(chunk(second) + chunk(end) + LAST)

    server = await serve(behave)
    assert await RemoteAgent(server.url, timeout=20).call(given(observer)) == "Hello world"
    assert observer.deltas == ["Hello", " world"]
    assert [event.at for event in observer.exchange.events] == sorted({one.at for one in observer.exchange.chunks})


@pytest.mark.parametrize(
    ("coding", "content_type", "kept"),
    [("gzip", "text/event-stream", 1), ("gzip", "text/plain", 2), ("deflate", "text/plain", 2)],
)
async def test_a_compressed_body_that_was_cut_is_truncated(
    coding: str, content_type: str, kept: int, serve: Serve, observer: Observer
) -> None:
    """Although the transfer itself ended as it should, and nothing but the compression shows that a tail is missing."""
    parts = compressed([HELLO, WORLD], WINDOWS[coding])[:kept]
    server = await serve(sends(head(coding, content_type), *map(chunk, parts), LAST))
    with pytest.raises(TruncatedReplyError, match=f"the body ended before the end of the {coding}") as caught:
        await RemoteAgent(server.url, timeout=20).call(given(observer))
    assert "Hello" in caught.value.text
    assert observer.exchange.status == 200


@pytest.mark.parametrize(
    "body",
    [HELLO, compressed([HELLO])[0] + b"\xff" * 9, gzip.compress(HELLO)[:-8] + bytes(8), gzip.compress(HELLO) + HELLO],
    ids=["plain", "damaged", "another checksum", "more after it"],
)
async def test_what_is_no_gzip_is_told_so(body: bytes, serve: Serve, observer: Observer) -> None:
    """The error names the coding."""
    server = await serve(sends(head("gzip") + chunk(body) + LAST))
    with pytest.raises(TruncatedReplyError, match="no gzip, as its Content-Encoding says"):
        await RemoteAgent(server.url, timeout=20).call(given(observer))


async def test_a_transfer_that_breaks_inside_what_is_no_gzip_is_told_as_broken(
    serve: Serve, observer: Observer
) -> None:
    """Whichever is found first, the error is the agent's."""
    server = await serve(sends(head("gzip") + chunk(HELLO) + b"zz\r\n"))
    with pytest.raises(TruncatedReplyError, match="the transfer broke"):
        await RemoteAgent(server.url, timeout=20).call(given(observer))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "gzip, gzip"])
async def test_a_coding_that_is_not_read_is_named(coding: str, serve: Serve, observer: Observer) -> None:
    """With the status that came, and with what had been asked for."""
    server = await serve(sends(head(coding) + chunk(b"\x8b\x02\x80hello\x03") + LAST))
    with pytest.raises(ErrorReplyError, match=f"compressed as {coding}, which is not read: gzip, deflate"):
        await RemoteAgent(server.url, timeout=20).call(given(observer))
    assert observer.exchange.status == 200
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("coding", ["identity", "none", "utf-8"])
async def test_a_name_that_is_no_coding_changes_nothing(coding: str, serve: Serve, observer: Observer) -> None:
    """Content-Encoding: none is how some servers are kept from compressing their events."""
    server = await serve(sends(head(coding) + chunk(HELLO) + LAST))
    assert await RemoteAgent(server.url, timeout=20).call(given(observer)) == "Hello"


async def test_a_bomb_goes_off_in_small_pieces(serve: Serve, observer: Observer) -> None:
    """A few KiB that stand for far more than the limit: not much more than the limit is ever made of them."""
    stream = zlib.compressobj(9, wbits=31)
    bomb = stream.compress(b"x" * 50_000_000) + stream.flush()
    server = await serve(sends(head("gzip", "text/plain"), chunk(bomb), LAST))
    with pytest.raises(AbortedReplyError, match="max_body_bytes"):
        await RemoteAgent(server.url, timeout=20, max_body_bytes=100_000).call(given(observer))
    assert observer.exchange.timing.bytes <= 100_000
    assert max(len(one.data) for one in observer.exchange.chunks) <= 64 * 1024


async def test_a_compressed_body_leaves_its_connection_for_the_next_turn(serve: Serve) -> None:
    """As any other that was read to its end."""
    body = gzip.compress(HELLO)

    async def behave(connection: Connection) -> None:
        connection.keep = True
        await connection.send(head("gzip") + chunk(body) + LAST)

    server = await serve(behave)
    agent = RemoteAgent(server.url, timeout=Timeouts(total=20))
    for _ in range(2):
        assert await asyncio.wait_for(agent.call(given(Observer())), 20) == "Hello"
    assert server.connections == 1


@each(
    bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    cuts=st.lists(st.integers(min_value=1, max_value=50)),
    window=st.sampled_from([31, 15, -15]),
)
def test_how_a_body_is_cut_makes_no_difference(bodies: list[bytes], cuts: list[int], window: int) -> None:
    """Several gzips in a row are one text, in pieces of any size; and no beginning of them is a whole."""
    if window != 31:
        bodies = bodies[:1]
    data = b"".join(b"".join(compressed([body], window)) for body in bodies)
    inflater, rest, read = Inflater("gzip" if window == 31 else "deflate"), data, b""
    for cut in cuts:
        read += b"".join(inflater.pieces(rest[:cut]))
        rest = rest[cut:]
    read += b"".join(inflater.pieces(rest))
    inflater.end()
    assert read == b"".join(bodies)
    cut_short = Inflater("gzip" if window == 31 else "deflate")
    list(cut_short.pieces(data[:-1]))
    with pytest.raises(CodingError, match="before the end"):
        cut_short.end()
