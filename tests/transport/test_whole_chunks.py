"""Chunks that come whole are taken past the parser, and a body is the same one however its bytes come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.receiving import received
from scenario.transport.timed_protocol import whole_chunks
from scenario.transport.transport import TransportError
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk

_DATA = st.binary(min_size=1, max_size=40) | st.sampled_from([b"\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n", bytes(300)])


async def read(sent: Sequence[bytes]) -> bytes:
    """The body that a server sends in these pieces, each by itself."""
    taken: list[bytes] = []

    async def behave(connection: Connection) -> None:
        for piece in sent:
            await connection.send(piece)
            # The client's side of the loop reads it meanwhile.
            for _ in range(3):
                await asyncio.sleep(0)

    def take(piece: Chunk) -> None:
        taken.append(piece.data)

    async with (
        RawServer(behave) as server,
        AiohttpTransport().open(HttpRequest(url=server.url), timeouts=Timeouts(total=20)) as response,
    ):
        await received(response, take)
    return b"".join(taken)


@given(st.lists(_DATA, min_size=1, max_size=5))
def test_whole_chunks_are_their_data(data: list[bytes]) -> None:
    """Whatever is in them, be it what looks like chunks."""
    assert whole_chunks(b"".join(map(chunk, data))) == data


@pytest.mark.parametrize(
    "piece",
    [
        *(b"", LAST, b"abc", b"\r\n", b"3\r\nabc", b"3\r\nabc\r", b"5\r\nabc\r\n", b"3\r\nabcde\r\n"),
        *(b"3;x=y\r\nabc\r\n", b"-3\r\nabc\r\n", b"0x3\r\nabc\r\n", b" 3\r\nabc\r\n", b"03\r\nabc\r\n"),
        *(b"3\nabc\r\n", b"3\r\nabc\r\n3\r\nab", b"3\r\nabcXX3\r\nabc\r\n", b"1_0\r\n" + bytes(16) + b"\r\n"),
        chunk(b"abc") + LAST,
    ],
)
def test_anything_else_is_the_parser_s(piece: bytes) -> None:
    """The end of the body, parts of chunks, and what is no chunk or is written in a rarer way."""
    assert whole_chunks(piece) is None


@settings(max_examples=60)
@given(st.lists(_DATA, min_size=1, max_size=4), st.lists(st.integers(0, 2000), max_size=6))
def test_how_the_bytes_come_makes_no_difference(data: list[bytes], cuts: list[int]) -> None:
    """Chunk by chunk, many at once, or cut anywhere, in the headers too."""
    sent = CHUNKED + b"".join(map(chunk, data)) + LAST
    places = sorted({0, len(sent), *(len(CHUNKED) * (cut % 2) + cut % len(sent) for cut in cuts)})
    pieces = [sent[start:end] for start, end in pairwise(places) if sent[start:end]]
    assert asyncio.run(read(pieces)) == b"".join(data)


async def test_a_chunk_after_whole_ones_may_come_in_parts() -> None:
    """From there on the parser reads, and nothing is lost or told twice."""
    sent = [
        CHUNKED,
        chunk(b"one"),
        chunk(b"two") + chunk(b"three"),
        b"4\r\nfo",
        b"ur\r\n",
        chunk(b"five"),
        b"0\r\n\r\n",
    ]
    assert await read(sent) == b"onetwothreefourfive"


async def test_a_chunk_that_is_none_breaks_the_body() -> None:
    """What came before it has been handed out."""
    with pytest.raises(TransportError, match="transfer broke"):
        await read([CHUNKED, chunk(b"one"), b"no chunk\r\n"])


async def test_a_large_body_in_whole_chunks_waits_for_its_reader() -> None:
    """Reading is paused and goes on; each chunk comes once."""
    data = [bytes([number % 256]) * 60_000 for number in range(60)]
    assert await read([CHUNKED, *map(chunk, data), LAST]) == b"".join(data)
