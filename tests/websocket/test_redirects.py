"""A WebSocket's handshake follows no redirect: what it carries stays with the server that was asked."""

from __future__ import annotations

import pytest
from aiohttp import web

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ErrorReplyError
from tests.remote.conftest import Observer, given
from tests.websocket.conftest import Serve
from tests.websocket.http_server import serving
from tests.websocket.socket_server import says

SECRETS = {"X-Api-Key": "s3cret", "X-Auth-Token": "s3cret", "Authorization": "Bearer s3cret"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_handshake_is_not_redirected(status: int, host: str, serve: Serve) -> None:
    """To no other origin: nothing comes there. The error says where it led, and the record shows the answer."""
    observer = Observer()
    other = await serve(says({"text": "ok"}, {"type": "done"}))
    address = other.url.replace("ws:", "http:").replace("127.0.0.1", host)

    async def lead(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"{address}?key=s3cret"})

    async with serving(lead) as url:
        agent = RemoteAgent(url.replace("http:", "ws:"), request="$message", headers=SECRETS)
        with pytest.raises(ErrorReplyError) as caught:
            await agent.call(given(observer))
    said = str(caught.value)
    assert f"a redirect to {address}" in said
    assert "A WebSocket's handshake follows no redirect" in said
    assert "s3cret" not in said
    assert caught.value.fault == "wire"
    assert observer.exchange.status == status
    assert (other.handshakes, other.received) == ([], [])
