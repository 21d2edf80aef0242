"""What the lint says of a request that was refused, and of a web page: what to do, and nothing about streams."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from scenario.lint.finding import Finding
from scenario.lint.linting import lint
from scenario.reading import read_exchange
from tests.cli_run.command import typed
from tests.probe.agents import TOKEN, Agents, Handler, private

PAGE = "<!doctype html><html><head><title>Shop</title></head><body>Welcome</body></html>"


def answering(status: int, text: str = '{"detail": "no"}', kind: str = "application/json", **headers: str) -> Handler:
    """An agent that answers everything with this."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return answer


async def told(handler: Handler, *words: str) -> list[dict[str, str]]:
    """The findings of `scenario lint URL` where that agent answers."""
    async with Agents({"/chat": handler}) as server:
        code, out, _ = await typed("lint", f"{server.url}/chat", *words, "--format", "json")
    assert code == 1
    found: list[dict[str, str]] = json.loads(out)["findings"]
    return found


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, "--data"),
        (401, "-H 'Authorization: Bearer …'"),
        (403, "-H 'Authorization: Bearer …'"),
        (404, "nothing at this path"),
        (405, "another method, which takes GET"),
        (415, "--data"),
        (422, "--data"),
        (429, "ask again later"),
        (500, "the agent's own log"),
    ],
)
async def test_a_refusal_says_what_to_do(status: int, remedy: str) -> None:
    """One finding, with the status, what came with it, and what that status asks for."""
    (finding,) = await told(answering(status, Allow="GET"))
    assert finding["rule"] == "L01"
    assert f"the status is {status} (" in finding["seen"]
    assert '{"detail": "no"}' in finding["seen"]
    assert remedy in finding["remedy"]


async def test_who_has_said_who_asks_is_not_told_to() -> None:
    """The header that was sent is not the right one."""
    (finding,) = await told(private, "-H", f"Authorization: Bearer not-{TOKEN}")
    assert "An Authorization header was sent" in finding["remedy"]


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_nothing_about_streams_is_said_of_a_web_page(status: int) -> None:
    """Be it an error's or a site's."""
    found = await told(answering(status, PAGE, "text/html"))
    assert [finding["rule"] for finding in found] == ["L02" if status == 200 else "L01"]


def of_a_stream(status: int) -> list[Finding]:
    """The findings of a stream with an error in it, under that status."""
    body = b'event: error\nid: 1\nid: 2\ndata: {"error": "no"}\n\n'
    return lint(read_exchange([body], headers={"content-type": "text/event-stream"}, status=status))


def test_a_refusal_in_the_form_of_a_stream_is_one() -> None:
    """How its events are written is nobody's concern."""
    assert [finding.rule for finding in of_a_stream(503)] == ["L01"]
    assert len(of_a_stream(200)) > 1
