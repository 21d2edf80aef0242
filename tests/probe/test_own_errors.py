"""Agents that report an error of their own are not asked again and again, and the page says whose error it is."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from tests.cli_run.command import typed
from tests.probe.agents import Agents, Handler, body_of, events

QUOTA = '{"error": {"message": "upstream model quota exceeded"}}'


def always(status: int, text: str = "", kind: str = "application/json") -> Handler:
    """An agent that answers everything so."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=kind)

    return handler


@pytest.mark.parametrize("path", ["/chat", "/v1/chat/completions"])
@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (always(500, QUOTA), "the agent itself reports: upstream model quota exceeded"),
        (always(200, '{"error": "database is down"}'), "the agent itself reports: database is down"),
        (always(200, ""), "its answer is empty"),
        (always(500, "Internal Server Error", "text/plain"), "the agent itself fails: status 500, without a reason"),
        (always(500, "<html><h1>Server Error</h1>", "text/html"), "the agent itself fails: status 500"),
    ],
)
async def test_two_ways_with_the_same_error_suffice(handler: Handler, said: str, path: str) -> None:
    """The page says that it is the agent's, and asks for no other body; no dialect's ends are missed."""
    async with Agents({path: handler}) as server:
        code, out, _ = await typed("probe", server.url + path, COLUMNS="200")
        posts = [asked for asked in server.asked if asked.startswith("POST")]
    page = " ".join(out.split())
    assert (code, len(posts)) == (1, 2)
    assert said in page
    assert "(2 of 2 ways); see its log" in page
    assert "--data" not in page
    assert "terminal event" not in page


async def test_what_was_given_is_asked_once_and_its_error_told() -> None:
    """There is one way only."""
    async with Agents({"/chat": always(500, QUOTA)}) as server:
        _, out, _ = await typed("probe", f"{server.url}/chat", "-d", '{"message": "Hi"}', COLUMNS="200")
    assert "quota exceeded (1 of 1 way); see its log" in " ".join(out.split())


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, '{"error": "\'zork\'"}'),
        (500, "KeyError: 'zork'"),
        (200, '{"error": "zork is required"}'),
        (500, '{"error": "zork is required"}'),
    ],
)
async def test_an_error_that_names_a_field_is_a_refusal(status: int, text: str) -> None:
    """The field is sent, where it is no sentence of a failed server; the agent is asked on in any case."""

    async def careless(request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        if "zork" not in body:
            return web.Response(status=status, text=text, content_type="application/json")
        return await events(request, {"content": f"You said: {body['zork']}"})

    async with Agents({"/chat": careless}) as server:
        code, out, _ = await typed("probe", f"{server.url}/chat")
        posts = [asked for asked in server.asked if asked.startswith("POST")]
    is_sentence = (status, text[:5]) == (500, '{"err') and "required" in text
    assert (code == 0, '"zork": "$message"' in out) == (not is_sentence, not is_sentence)
    assert len(posts) > 2


@pytest.mark.parametrize("name", ["prompt", "query", "input"])
async def test_an_endpoint_that_fails_without_a_reason_may_miss_a_field(name: str) -> None:
    """The text is sent under every usual name at once, and the name found out."""

    async def careless(request: web.Request) -> web.StreamResponse:
        said: Any = (await body_of(request))[name]
        return await events(request, {"content": f"You said: {said}"})

    async with Agents({"/chat": careless}) as server:
        code, out, _ = await typed("probe", f"{server.url}/chat")
    assert (code, f'request={{"{name}": "$message"}}' in out) == (0, True)


async def test_a_protocol_that_refuses_what_is_none_of_it_is_asked_on() -> None:
    """JSON-RPC answers a body of another kind with a 200 and an error: that is no failure of the agent's."""
    refused = '{"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "Request payload error"}}'
    async with Agents({"/chat": always(200, refused)}) as server:
        _, out, _ = await typed("probe", f"{server.url}/chat")
        assert len([asked for asked in server.asked if asked.startswith("POST")]) > 2
    assert "the agent itself" not in out
