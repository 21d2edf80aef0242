"""Bodies whose pieces are handed out in rounds, while their readers' tasks sleep until the end."""

from __future__ import annotations

import asyncio
import contextvars
import gzip
import itertools
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

import pytest

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.receiving import pulled, received
from scenario.transport.rounds import Rounds
from scenario.transport.transport import Take, TransportError
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Connection, RawServer, chunk, whole


async def receive(url: str, take: Take, **deadlines: float) -> bool:
    """A body, read to its end: whether that was a wait for more that was over."""
    request = HttpRequest(url=url, body=b"x")
    async with AiohttpTransport().open(request, timeouts=Timeouts(**deadlines)) as response:
        return await received(response, take)


def into(pieces: list[Chunk]) -> Take:
    """Keeps the pieces, and waits for no more than the body's end."""

    def take(piece: Chunk) -> None:
        pieces.append(piece)

    return take


async def test_what_has_come_is_handed_out_while_the_body_goes_on() -> None:
    """Who watches sees the first words before the last ones are sent."""
    seen = asyncio.Event()
    pieces: list[bytes] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"first"))
        await seen.wait()
        await connection.send(chunk(b"last") + LAST)

    def take(piece: Chunk) -> None:
        pieces.append(piece.data)
        seen.set()

    async with RawServer(behave) as server:
        assert not await receive(server.url, take)
    assert pieces == [b"first", b"last"]


async def test_pieces_of_one_round_keep_their_own_times() -> None:
    """They are those at which the bytes came in, and bytes that came in apart are told apart."""
    pieces: list[Chunk] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED)
        for word in (b"one", b"two", b"three"):
            await connection.send(chunk(word))
            await asyncio.sleep(0.01)
        await connection.send(LAST)

    async with RawServer(behave) as server:
        await receive(server.url, into(pieces))
    assert [piece.data for piece in pieces] == [b"one", b"two", b"three"]
    assert all(after.at > before.at for before, after in itertools.pairwise(pieces))


async def test_a_wait_for_more_is_over_by_the_time_at_which_the_end_came_in() -> None:
    """What came later than that is not taken, although it lies there when the end is read."""
    pieces: list[bytes] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"end"))
        await asyncio.sleep(0.02)
        await connection.send(chunk(b"late"))
        await connection.hold()

    def take(piece: Chunk) -> float:
        pieces.append(piece.data)
        return piece.at

    async with RawServer(behave) as server:
        assert await receive(server.url, take)
    assert pieces == [b"end"]


async def test_more_that_comes_in_time_ends_the_wait() -> None:
    """Then the body is read on to its end, however long that takes."""
    pieces: list[bytes] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"end"))
        await asyncio.sleep(0.01)
        await connection.send(chunk(b"more"))
        await asyncio.sleep(0.4)
        await connection.send(chunk(b"end of that") + LAST)

    def take(piece: Chunk) -> float | None:
        pieces.append(piece.data)
        return piece.at + 0.3 if piece.data == b"end" else None

    async with RawServer(behave) as server:
        assert not await receive(server.url, take)
    assert pieces == [b"end", b"more", b"end of that"]


async def test_silence_counts_from_the_last_bytes_and_not_from_the_round() -> None:
    """What had come is handed out, and the deadline names its seconds."""
    pieces: list[Chunk] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"a"))
        await connection.hold()

    async with RawServer(behave) as server:
        with pytest.raises(TransportError, match=r"nothing came for 0\.01 s") as caught:
            await receive(server.url, into(pieces), idle=0.01)
    assert caught.value.kind == "idle"
    assert [piece.data for piece in pieces] == [b"a"]
    assert caught.value.at - pieces[0].at >= 0.01


async def test_what_came_before_the_last_deadline_is_handed_out() -> None:
    """Also where no round was due by then."""
    pieces: list[Chunk] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED)
        while True:
            await connection.send(chunk(b"a"))
            await asyncio.sleep(0.001)

    async with RawServer(behave) as server:
        with pytest.raises(TransportError) as caught:
            await receive(server.url, into(pieces), total=0.2)
    assert caught.value.kind == "total"
    assert len(pieces) > 10
    assert caught.value.at - pieces[-1].at < 0.04


async def test_a_cancelled_reader_has_heard_what_came_and_lets_go_of_the_connection() -> None:
    """At once: the server sees it, and no round has to come."""
    pieces: list[Chunk] = []
    sent = asyncio.Event()

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"heard"))
        sent.set()
        await connection.hold()

    async with RawServer(behave) as server:
        task = asyncio.create_task(receive(server.url, into(pieces)))
        await sent.wait()
        # The head and the piece have come in with the next steps of the loop.
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.closed_by_client.wait()
    assert [piece.data for piece in pieces] == [b"heard"]


async def test_what_the_reader_raises_ends_the_reading() -> None:
    """It comes out where the body was asked for, as it is, and the connection is let go of."""

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED + chunk(b"a"))
        await connection.hold()

    def take(piece: Chunk) -> None:
        raise OSError(f"no room for {piece.data!r}")

    async with RawServer(behave) as server:
        with pytest.raises(OSError, match="no room for b'a'"):
            await receive(server.url, take)
        await server.closed_by_client.wait()


async def test_a_slow_reader_leaves_the_loop_to_others_and_is_held_to_the_deadlines() -> None:
    """However much has come in at once."""
    others = 0
    seen: list[int] = []

    async def behave(connection: Connection) -> None:
        await connection.send(whole(bytes(400_000), "text/plain"))

    async def other() -> None:
        nonlocal others
        while True:
            await asyncio.sleep(0)
            others += 1

    def take(piece: Chunk) -> None:
        assert len(piece.data) <= 64 * 1024
        seen.append(others)
        time.sleep(0.1)

    async with RawServer(behave) as server:
        task = asyncio.create_task(other())
        with pytest.raises(TransportError) as caught:
            await receive(server.url, take, total=0.2)
        task.cancel()
    assert caught.value.kind == "total"
    assert seen[0] < seen[1]


@pytest.mark.parametrize("way", ["receive", "chunks"])
async def test_what_a_compressed_body_holds_is_held_to_the_deadline_when_all_of_it_is_here(way: str) -> None:
    """Its last byte came in time, and stands for hours of reading: the call has a limit, and names it."""
    body = gzip.compress(b":\n\n" * 700_000)
    pieces = 0
    now = asyncio.get_running_loop().time

    async def behave(connection: Connection) -> None:
        await connection.send(whole(body, "text/event-stream", more="Content-Encoding: gzip\r\n"))

    def take(piece: Chunk) -> None:
        nonlocal pieces
        pieces += 1
        until = now() + 0.05
        while now() < until:
            pass

    async with RawServer(behave) as server:
        request = HttpRequest(url=server.url, body=b"x")
        timeouts = Timeouts(total=1.0, idle=0.2)
        with pytest.raises(TransportError, match="not finished within 1 s") as caught:
            async with AiohttpTransport().open(request, timeouts=timeouts) as response:
                await (received(response, take) if way == "receive" else pulled(response.chunks(), take))
    assert caught.value.kind == "total"
    assert 0 < pieces < 60


async def test_a_body_of_any_size_is_read_in_bounded_memory() -> None:
    """A server that is faster than its reader has to wait, and nothing is lost."""
    size, most = 0, 0

    async def behave(connection: Connection) -> None:
        await connection.send(STREAM + b"\r\n")
        for _ in range(256):
            await connection.send(bytes(64 * 1024))

    def take(piece: Chunk) -> None:
        nonlocal size
        size += len(piece.data)

    async with RawServer(behave) as server:
        tracemalloc.start()
        try:
            await receive(server.url, take)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert size == 16 * 1024 * 1024
    assert most < 4 * 1024 * 1024


@pytest.mark.parametrize("way", ["chunks", "receive"])
async def test_a_compressed_body_that_is_cut_is_none(way: str) -> None:
    """What could be read of it is handed out first, whichever way it is read."""
    packed = gzip.compress(b"a" * 100_000)
    pieces: list[Chunk] = []

    async def behave(connection: Connection) -> None:
        await connection.send(whole(packed[:-8], "text/plain", more="Content-Encoding: gzip\r\n"))

    async with RawServer(behave) as server:
        request = HttpRequest(url=server.url)
        async with AiohttpTransport().open(request, timeouts=Timeouts()) as response:
            reading = received(response, into(pieces)) if way == "receive" else pulled(response.chunks(), into(pieces))
            with pytest.raises(TransportError, match="before the end of the gzip"):
                await reading
    assert b"".join([piece.data for piece in pieces]) == b"a" * 100_000


async def test_a_reader_is_called_with_the_context_in_which_it_asked() -> None:
    """Whoever's round it is: what a context variable holds there is the reader's own."""
    name = contextvars.ContextVar("name", default="nobody")
    seen: list[tuple[str, bytes]] = []

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED)
        for _ in range(3):
            await connection.send(chunk(connection.request.body))
            await asyncio.sleep(0.05)
        await connection.send(LAST)

    async def reader(own: str) -> None:
        name.set(own)
        request = HttpRequest(url=server.url, body=own.encode())
        async with AiohttpTransport().open(request, timeouts=Timeouts()) as response:
            await received(response, lambda piece: seen.append((name.get(), piece.data)))

    async with RawServer(behave) as server:
        await asyncio.gather(reader("one"), reader("other"))
    assert sorted(seen) == [("one", b"one")] * 3 + [("other", b"other")] * 3


class Plain:
    """A response of somebody else's transport, which has no more than the interface asks for."""

    status = 200
    headers: Mapping[str, str] = {}
    connect: float | None = None
    opened = 0.0

    def __init__(self, pieces: Callable[[], AsyncIterator[Chunk]]) -> None:
        self.chunks = pieces


async def test_a_response_with_nothing_but_chunks_is_read_as_well() -> None:
    """Its times may be those of a recording: what is waited for more is waited here and now."""
    closed: list[bool] = []

    async def pieces() -> AsyncIterator[Chunk]:
        try:
            yield Chunk(100.0, b"end")
            yield Chunk(100.5, b"more")
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    taken: list[Chunk] = []

    def take(piece: Chunk) -> float:
        taken.append(piece)
        return piece.at + 0.01

    assert await received(Plain(pieces), take)
    assert [piece.data for piece in taken] == [b"end", b"more"]
    assert closed == [True]


async def test_a_time_out_of_somebody_else_s_transport_is_its_own() -> None:
    """It is no wait for more that is over."""

    async def pieces() -> AsyncIterator[Chunk]:
        yield Chunk(0.0, b"a")
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await received(Plain(pieces), lambda piece: piece.at + 100)


async def test_nobody_is_kept_waiting_by_who_never_ends() -> None:
    """Who has had a turn and is not done comes again when the others have had theirs."""
    order: list[str] = []
    done = asyncio.Event()

    class Reader:
        def __init__(self, name: str, *, endless: bool) -> None:
            self.name, self.endless = name, endless

        def hand_out(self, until: float) -> bool:
            order.append(self.name)
            if not self.endless:
                done.set()
            return self.endless

    rounds = Rounds(asyncio.get_running_loop())
    endless, other = Reader("endless", endless=True), Reader("other", endless=False)
    rounds.hurry(endless)
    rounds.add(other)
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await done.wait()
    rounds.discard(endless)
    assert order[:2] == ["endless", "other"]
