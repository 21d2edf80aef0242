"""Certificates: those that are trusted, and those that are shown. Real handshakes on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import AgentError, AgentUnreachableError, ConfigurationError
from scenario.record.reading_lines import reading_lines
from tests.remote.conftest import Observer, given
from tests.remote.tls_agent import OPENSSL, context_of, made_in, server_of

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the server's certificate and a client's."""
    return made_in(tmp_path_factory.mktemp("certificates"))


async def test_a_certificate_that_nobody_trusts_is_an_error(certificates: Path) -> None:
    """As it is everywhere, over a WebSocket too: the error says which setting trusts it."""
    async with server_of(certificates) as url:
        for place in (url, url.replace("https:", "wss:")):
            with pytest.raises(AgentUnreachableError, match=r"certificate of .* is not trusted") as caught:
                await RemoteAgent(place).call(given())
            said = str(caught.value)
            assert 'verify="ca.pem"' in said
            assert "verify=False" in said
            # It is running, and nothing that stands outside of the test needs to change.
            assert not any(words in said for words in ("SSL_CERT_FILE", "is it running", "Is it running"))


async def test_a_bundle_says_whom_to_trust(certificates: Path, observer: Observer) -> None:
    """Nothing is told of it: the certificate was verified."""
    async with server_of(certificates) as url:
        assert await RemoteAgent(url, verify=certificates / "server.pem").call(given(observer)) == "ok"
    assert observer.exchange.reading.notes == ()


async def test_that_nothing_was_verified_is_told_in_every_report(certificates: Path, observer: Observer) -> None:
    """It is one of the lines that say how the answer was read."""
    async with server_of(certificates) as url:
        assert await RemoteAgent(url, verify=False).call(given(observer)) == "ok"
    note = "the server's certificate was not verified (verify=False)"
    assert note in reading_lines(observer.exchange.reply)


@pytest.mark.parametrize("apart", [True, False])
async def test_a_client_shows_its_certificate(certificates: Path, apart: bool) -> None:
    """In one file with its key, or in two; without it, the server hangs up."""
    cert: Any = str(certificates / "both.pem")
    if apart:
        cert = (certificates / "client.pem", certificates / "client.key")
    trusted = certificates / "server.pem"
    async with server_of(certificates, asks=True) as url:
        assert await RemoteAgent(url, verify=trusted, cert=cert).call(given()) == "ok"
        with pytest.raises(AgentError):
            await RemoteAgent(url, verify=trusted).call(given())


async def test_a_websocket_is_connected_to_in_the_same_way(certificates: Path) -> None:
    """With the same bundle and the same certificate; without them, it cannot be."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        await socket.send_str('{"text": "ok"}')
        await socket.send_str("[DONE]")
        await socket.close()
        return socket

    application = web.Application()
    application.router.add_get("/chat", talk)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context_of(certificates, asks=True))
        await site.start()
        url = f"wss://127.0.0.1:{runner.addresses[0][1]}/chat"
        cert = str(certificates / "both.pem")
        assert await RemoteAgent(url, verify=certificates / "server.pem", cert=cert).call(given()) == "ok"
        with pytest.raises(AgentUnreachableError):
            await RemoteAgent(url).call(given())
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("https://127.0.0.1:1/", {"verify": "/no/such.pem"}, "no CA bundle"),
        ("https://127.0.0.1:1/", {"cert": "/no/such.pem"}, "no client certificate"),
        ("https://127.0.0.1:1/", {"verify": 3}, "path of a CA bundle"),
        ("https://127.0.0.1:1/", {"cert": 3}, "path of a PEM file"),
        ("http://127.0.0.1:1/", {"verify": False}, "are for https"),
    ],
)
def test_certificates_that_cannot_be_used_are_refused(url: str, settings: dict[str, Any], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        RemoteAgent(url, **settings)
    # The lines of ssl.py would stand above the message.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
