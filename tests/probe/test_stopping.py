"""The probe ends where no other body would help, and says why."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

import scenario
from scenario.config import Timeouts
from scenario.probe.probing import Probed, probe
from scenario.probe.target import Target, checked
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.probe_page import refused_lines
from tests.probe.agents import Agents, Handler, ag_ui

PAGE = "<!doctype html><html><title>Sign in</title></html>"
HELD = Timeouts(connect=5, first_byte=0.3, idle=0.3, total=0.3)


def answering(status: int, text: str = "", kind: str = "text/plain", **headers: str) -> Handler:
    """An agent that answers everything so."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return handler


async def probed(handler: Handler, **settings: Any) -> Probed:
    """What a probe of it finds."""
    async with Agents({"/chat": handler}) as server:
        return await probe(checked(Target(url=f"{server.url}/chat")), **settings)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answering(200, PAGE, "text/html"), "web page"),
        (answering(302, Location="/login?next=/chat"), "/login"),
        (answering(404), "nothing at this path"),
        (answering(405, Allow="PUT"), "PUT"),
        (answering(415, "use a form"), "-d q=hello"),
        (answering(426, "Upgrade Required", Upgrade="websocket"), "ws://"),
        (answering(400, 'Can "Upgrade" only to "WebSocket".'), "ws://"),
        (answering(401), "who asks"),
        (answering(403), "key"),
        (answering(502, "<html>Bad gateway", "text/html"), "proxy"),
    ],
)
async def test_one_refusal_suffices(handler: Handler, reason: str) -> None:
    """Three descriptions and one way to ask; what to do is said on the page. What is not there may be there for GET."""
    found = await probed(handler)
    assert len(found.sent) == (5 if found.sent[-1].status == 404 else 4)
    assert reason in found.stopped
    page = " ".join(plain(line).strip() for line in refused_lines(found, glyphs=UNICODE, width=100))
    assert f"{len(found.sent)} requests, and no more" in page
    assert reason in page


async def test_a_server_that_does_not_answer_is_asked_once() -> None:
    """And its descriptions, too: the next would hang as long."""

    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Agents({"/chat": silent}, {"/openapi.json": silent}) as server:
        found = await probe(checked(Target(url=f"{server.url}/chat")), timeouts=HELD)
    assert [sent.method for sent in found.sent] == ["GET", "POST"]
    assert "--timeout" in found.stopped


async def test_what_speaks_no_http_is_asked_once() -> None:
    """A description and one way to ask, and the page says what else may be meant."""

    async def other(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await probe(checked(Target(url=f"http://127.0.0.1:{port}/chat")))
    assert (len(found.sent), "no HTTP" in found.stopped) == (2, True)
    page = " ".join(plain(line).strip() for line in refused_lines(found, glyphs=UNICODE, width=100))
    assert "message=" not in page


def test_a_websocket_is_not_probed() -> None:
    """How it is tested is said."""
    with pytest.raises(scenario.ConfigurationError, match="RemoteAgent"):
        checked(Target(url="wss://agent.example/ws"))


async def test_a_site_that_answers_everything_with_one_page_is_left() -> None:
    """At the second path that has the same page."""
    page = answering(200, PAGE, "text/html")
    paths = ("/", "/chat", "/v1/chat/completions", "/api/chat", "/mcp", "/ag-ui", "/agent")
    async with Agents(dict.fromkeys(paths, page)) as server:
        found = await probe(checked(Target(url=server.url)))
        assert [asked for asked in server.asked if asked.startswith("POST")] == ["POST /", "POST /chat"]
    assert "the same page" in found.stopped


async def test_an_agent_below_a_page_is_found() -> None:
    """A page at the root is no reason not to look at the usual paths."""
    async with Agents({"/": answering(200, PAGE, "text/html"), "/ag-ui": ag_ui}) as server:
        found = await probe(checked(Target(url=server.url)))
    assert found.answered
    assert not found.stopped


async def endless(request: web.Request) -> web.StreamResponse:
    """A stream of comments where a description was asked for."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    while True:
        await response.write(b": still here\n\n")
        await asyncio.sleep(0.01)


async def test_what_is_no_json_is_no_description() -> None:
    """Its body is not read: it may have no end."""
    async with Agents({"/chat": ag_ui}, {"/openapi.json": endless, "/info": endless}) as server:
        found = await asyncio.wait_for(probe(checked(Target(url=f"{server.url}/chat"))), timeout=8)
    assert found.answered


async def test_answers_that_are_alike_are_told_once() -> None:
    """In words for who typed a command: nothing of arguments and attributes."""
    found = await probed(answering(400, '{"error": "no"}', "application/json"))
    page = [plain(line) for line in refused_lines(found, glyphs=UNICODE, width=100)]
    assert sum("status 400" in line for line in page) == 1
    assert not any("error.exchange" in line or "on_incomplete" in line for line in page)
