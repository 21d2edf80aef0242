"""WebSocket servers that break the protocol: what they do is an outcome, never an exception of the machinery."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import AgentError, AgentUnreachableError, IncompleteReplyError
from tests.remote.conftest import Observer, given

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DONE = b'{"type":"done"}'


def frame(data: bytes, opcode: int = 1, *, final: bool = True, more_bits: int = 0) -> bytes:
    """A server's frame (RFC 6455, 5.2)."""
    length = len(data)
    size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big")
    return bytes([(0x80 if final else 0) | more_bits | opcode]) + size + data


def accepted(key: bytes) -> bytes:
    """The handshake's response."""
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


@asynccontextmanager
async def raw(*pieces: bytes, handshake: bytes | None = None, hold: bool = False) -> AsyncIterator[str]:
    """The URL of a server that writes these bytes after its handshake and then closes, or is silent."""
    released = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
        assert key is not None
        writer.write(accepted(key[1]) if handshake is None else handshake)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            # Pieces are to arrive apart.
            await asyncio.sleep(0)
        if hold:
            await released.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/chat"
    finally:
        released.set()
        server.close()


TEXT = frame(b'{"text":"a"}')
LATE = Timeouts(idle=0.2, first_byte=0.2)


@pytest.mark.parametrize(
    "pieces",
    [
        [TEXT + frame(DONE)],
        [bytes([byte]) for byte in TEXT + frame(DONE)],
        [frame(b'{"text"', final=False), frame(b':"a"}', 0), frame(DONE)],
        [frame(b'{"text"', final=False), frame(b"ping", 9), frame(b':"a"}', 0), frame(DONE)],
        [TEXT, frame(b"", 8)],
        [TEXT, frame((1000).to_bytes(2, "big"), 8)],
        [frame(b""), frame(b""), TEXT, frame(DONE)],
        [frame(b"pong", 10), TEXT, frame(DONE), frame(b'{"text":"late"}')],
    ],
)
async def test_whatever_the_standard_allows_is_read(pieces: list[bytes]) -> None:
    """Fragments, control frames between them, single bytes, a close without a code, empty messages."""
    async with raw(*pieces) as url:
        observer = Observer()
        assert await RemoteAgent(url).call(given(observer)) == "a"
        assert observer.exchange.outcome == "complete"


@pytest.mark.parametrize(
    "pieces",
    [
        [TEXT],
        [TEXT[:-3]],
        [TEXT, b"\x81"],
        [TEXT, frame(b"\xff\xfe")],
        [TEXT, frame(b"x", 3)],
        [TEXT, frame(b"x", 1, more_bits=0x40)],
        [TEXT, frame(b"x", 0)],
        [TEXT, frame(b"x", 9, final=False)],
        [TEXT, frame(b"\x03", 8)],
        [TEXT, frame((999).to_bytes(2, "big"), 8)],
        [TEXT, frame((1002).to_bytes(2, "big") + b"\xff", 8)],
        [TEXT, frame((4711).to_bytes(2, "big") + b"enough", 8)],
        [TEXT, b"HTTP/1.1 200 OK\r\n\r\n"],
        [TEXT, b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"],
        [TEXT, b"\x81\x7f\x00\x00\x00\xff\xff\xff\xff\xff"],
        [frame(b"not \x00 json {")],
    ],
)
@pytest.mark.parametrize("hold", [False, True])
async def test_what_it_does_not_allow_is_an_incomplete_answer(pieces: list[bytes], hold: bool) -> None:
    """Cut frames, reserved bits and codes, text that is none, sizes beyond all limits."""
    async with raw(*pieces, hold=hold) as url:
        observer = Observer()
        with pytest.raises(IncompleteReplyError):
            await RemoteAgent(url, timeout=LATE, done=True).call(given(observer))
        assert observer.exchange.outcome != "complete"
        assert observer.exchange.error


@pytest.mark.parametrize(
    "handshake",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        re.sub(rb"Accept: \S+", b"Accept: AAAA", accepted(b"key")),
    ],
)
async def test_a_handshake_that_is_none_reaches_nobody(handshake: bytes) -> None:
    """There is no WebSocket there."""
    async with raw(handshake=handshake) as url:
        with pytest.raises(AgentUnreachableError):
            await RemoteAgent(url, timeout=Timeouts(connect=1.0)).call(given())


@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found", b"500 Oh"])
async def test_another_status_is_the_servers_answer(status: bytes) -> None:
    """An error that names it."""
    async with raw(handshake=b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nno") as url:
        with pytest.raises(AgentError, match=status[:3].decode()):
            await RemoteAgent(url).call(given())
