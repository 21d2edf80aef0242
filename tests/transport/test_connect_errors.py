"""Why no connection was made, in words."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.connect_errors import why_not_connected
from scenario.transport.transport import TransportError

KEY = ConnectionKey("agent.example", 443, True, True, None, None, None)
NOT_TRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
NOT_TRUSTED.verify_message = "self-signed certificate"
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
NO_TLS.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (aiohttp.ClientConnectorCertificateError(KEY, NOT_TRUSTED), "is not trusted (self-signed certificate)"),
        (aiohttp.ClientConnectorSSLError(KEY, NO_TLS), "(wrong version number): is it http:// instead of https://?"),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "Name")), "no host of the name agent.example"),
        (aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(errno.ECONNREFUSED, "x")), "443: connection refused"),
        (
            aiohttp.ClientConnectorError(KEY, OSError("Multiple exceptions: [Errno 111] Connect call failed")),
            "agent.example:443: ",
        ),
        (RuntimeError("two\n  lines"), "two lines"),
    ],
)
def test_a_reason_is_told_in_words(error: Exception, said: str) -> None:
    """And nothing of exceptions, tuples and keyword arguments."""
    told = why_not_connected(error)
    assert said in told
    assert not any(sign in told for sign in ("Errno", "ssl:", "('", "Error("))


async def test_a_port_where_nobody_listens_is_named() -> None:
    """With the system's own word for it."""
    transport, timeouts = AiohttpTransport(), Timeouts(connect=5)
    with pytest.raises(TransportError, match=r"no connection: 127\.0\.0\.1:9: connection refused"):
        async with transport.open(HttpRequest(url="http://127.0.0.1:9/"), timeouts=timeouts):
            pass
