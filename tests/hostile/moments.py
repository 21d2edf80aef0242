"""Connections that end, break or speak at the wrong moment."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.hostile.behaviour import SHORT, SHORT_SILENCE, Kind, in_turn, sends, stream
from tests.hostile.events import ANSWER, HELLO, STOP, says
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Connection, chunk, whole

_WHOLE: Final = whole(ANSWER, "text/event-stream")


async def _keeps(connection: Connection) -> None:
    """Answers, and keeps the connection."""
    connection.keep = True
    await connection.send(_WHOLE)


async def _late_answer(connection: Connection) -> None:
    """Answers, and when that has been read writes another answer on the idle connection."""
    connection.keep = True
    await connection.send(_WHOLE)
    await asyncio.sleep(0)
    await connection.send(whole(says("Stray") + STOP, "text/event-stream"))


async def _resets(connection: Connection, start: bytes) -> None:
    await connection.send(start)
    await connection.reset()


async def _resets_at_once(connection: Connection) -> None:
    await connection.reset()


async def _resets_after_its_head(connection: Connection) -> None:
    await _resets(connection, CHUNKED)


async def _resets_in_its_body(connection: Connection) -> None:
    await _resets(connection, STREAM + b"\r\n" + HELLO)


async def _resets_after_its_end(connection: Connection) -> None:
    await _resets(connection, stream(ANSWER))


async def _drips(connection: Connection) -> None:
    """Is never silent for long, and never ends."""
    await connection.send(CHUNKED)
    while True:
        await connection.send(chunk(says(".")))
        await asyncio.sleep(0.03)


async def _slower_and_slower(connection: Connection) -> None:
    """Waits twice as long before each piece."""
    await connection.send(CHUNKED)
    wait = 0.01
    while True:
        await connection.send(chunk(says(".")))
        await asyncio.sleep(wait)
        wait *= 2


moments = Kind("moment")

moments.add("closed at once", sends(), "truncated")
moments.add("closed after half a head", sends(b"HTTP/1.1 200 OK\r\nContent-Ty"), "truncated")
moments.add("closed right after its head", sends(CHUNKED), "truncated", text="")
moments.add("closed in a chunk's size", sends(CHUNKED + chunk(HELLO) + b"f"), "truncated", text="Hello")
moments.add("closed after half a last chunk", sends(CHUNKED + chunk(ANSWER) + b"0\r\n"), "truncated", text="Hello")
moments.add("reset at once", _resets_at_once, "truncated")
moments.add("reset after its head", _resets_after_its_head, "truncated")
moments.add("reset in its body", _resets_in_its_body, "truncated")
moments.add("a drip under the idle deadline", _drips, "timed_out", timeouts=SHORT)
moments.add("slower and slower", _slower_and_slower, "stalled", timeouts=SHORT_SILENCE)
moments.add("closed after each answer, without a word", sends(_WHOLE), "complete", text="Hello", turns=3, reaches=3)
moments.add(
    "a late answer on an idle connection",
    None,
    "complete",
    text="Hello",
    serve=in_turn(_late_answer, _keeps),
    turns=2,
    reaches=2,
)
moments.add("closed on the second turn", None, "truncated", serve=in_turn(_keeps, sends()), turns=2, reaches=3)
moments.add(
    "a head of its own on the second turn",
    None,
    "error",
    serve=in_turn(_keeps, sends(b"what?\r\n\r\n")),
    turns=2,
    reaches=2,
    fault="wire",
)
moments.add(
    "half an answer on the second turn",
    None,
    "truncated",
    text="Hello",
    serve=in_turn(_keeps, sends(CHUNKED + chunk(HELLO) + LAST)),
    turns=2,
    reaches=2,
)
