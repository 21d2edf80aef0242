"""What `scenario lint` exits with: 1 for an answer that is not sound, 3 where nothing answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from tests.cli_run.command import typed
from tests.lint.planting import CHAT
from tests.probe.agents import Agents, Handler
from tests.remote.raw_server import CHUNKED, Behaviour, Connection, RawServer, chunk
from tests.remote.test_certificates import OPENSSL, certificates, server_of  # noqa: F401 - a fixture

ASKED = ("-d", '{"message": "Hi"}')


def answering(status: int, text: str = "", kind: str = "application/json") -> Handler:
    """An agent that answers everything with this."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind)

    return answer


async def is_cut(connection: Connection) -> None:
    """Closes the connection in the middle of the stream."""
    await connection.send(CHUNKED + chunk(CHAT[0] + CHAT[1]))


async def stalls(connection: Connection) -> None:
    """Says nothing more in the middle of the stream."""
    await is_cut(connection)
    await connection.hold()


async def never_begins(connection: Connection) -> None:
    """Takes the request, and says nothing."""
    await connection.hold()


async def closes(_connection: Connection) -> None:
    """Takes the request, and closes the connection."""


@pytest.mark.parametrize(
    "handler",
    [
        *[answering(status, '{"detail": "no"}') for status in (401, 404, 422, 500)],
        answering(200, "<!doctype html><html><body>Welcome</body></html>", "text/html"),
        answering(200),
    ],
)
async def test_a_response_that_is_no_answer_exits_1(handler: Handler) -> None:
    """Refusals, failures, web pages, nothing at all: something answered. No rule that is ignored makes it sound."""
    async with Agents({"/chat": handler}) as server:
        assert (await typed("lint", f"{server.url}/chat", *ASKED)).code == 1
        assert (await typed("lint", f"{server.url}/chat", *ASKED, "--ignore", "L01,L02")).code == 1


@pytest.mark.parametrize("behaviour", [is_cut, stalls])
async def test_a_stream_without_its_end_exits_1(behaviour: Behaviour) -> None:
    """Be it closed or silent."""
    async with RawServer(behaviour) as server:
        code, out, _ = await typed("lint", server.url, *ASKED, "--timeout", "0.3")
    assert (code, "sound" in out) == (1, False)


@pytest.mark.parametrize("behaviour", [never_begins, closes])
async def test_a_server_that_does_not_answer_exits_3(behaviour: Behaviour) -> None:
    """It is there, and no response came."""
    async with RawServer(behaviour) as server:
        assert (await typed("lint", server.url, *ASKED, "--timeout", "0.3")).code == 3


@pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")
async def test_a_certificate_that_is_not_trusted_exits_3(certificates: Path) -> None:  # noqa: F811 - the fixture
    """Nothing was sent."""
    async with server_of(certificates) as url:
        code, _, err = await typed("lint", url, *ASKED)
    assert (code, "certificate" in err) == (3, True)


async def test_the_help_says_so() -> None:
    """Each code with what it means."""
    out = " ".join((await typed("lint", "--help")).out.split())
    for said in ("1 something, or the answer is none or not whole", "2 the command is wrong", "3 nothing answered"):
        assert said in out
