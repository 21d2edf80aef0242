"""Bytes that nobody asked for, where what comes to the socket is encrypted. Real handshakes on loopback."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from tests.remote.raw_server import whole
from tests.remote.tls_agent import OPENSSL, context_of, made_in

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")


@pytest.mark.parametrize("strays", [True, False])
async def test_a_late_response_is_not_the_next_one(strays: bool, tmp_path: Path) -> None:
    """It has come when the next request is put, and was not read; without one, the connection is used again."""
    certificates = made_in(tmp_path)
    trusted = ssl.create_default_context(cafile=str(certificates / "server.pem"))
    asks, wrote = asyncio.Event(), asyncio.Event()
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(whole(await reader.readexactly(3), "text/plain"))
                await asks.wait()
                writer.write(whole(b"stray", "text/plain") if strays and len(connections) == 1 else b"")
                wrote.set()
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    async def put(question: bytes) -> bytes:
        request = HttpRequest(url=url, body=question)
        async with AiohttpTransport(tls=trusted).open(request, timeouts=Timeouts(total=20)) as response:
            return b"".join([one.data async for one in response.chunks()])

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context_of(certificates, asks=False))
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/chat"
        assert await put(b"one") == b"one"
        asks.set()
        await wrote.wait()
        assert await put(b"two") == b"two"
        assert len(connections) == 1 + strays
        for writer in connections:
            writer.close()
