"""Cookies: kept for one conversation, or dropped, which the lint tells."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ConfigurationError
from scenario.lint.linting import lint
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Connection, Request, whole


async def sets_cookies(connection: Connection) -> None:
    """Two cookies, one of them for another path, one with an attribute that holds a comma."""
    connection.keep = True
    more = (
        "Set-Cookie: sid=s-1; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT; Secure; HttpOnly\r\n"
        "Set-Cookie: other=o-1; Path=/elsewhere\r\n"
    )
    await connection.send(whole(b'{"answer": "ok"}', "application/json", more=more))


async def cookies_of(serve: Serve, *threads: str, **settings: Any) -> list[str | None]:
    """The Cookie headers of calls in these conversations."""
    server = await serve(sets_cookies)
    agent = RemoteAgent(server.url, **settings)
    for thread in threads:
        await agent.call(given(None, thread_id=thread))
    requests: list[Request] = server.requests
    return [request.headers.get("cookie") for request in requests]


async def test_cookies_are_dropped_by_default(serve: Serve) -> None:
    """One conversation never tells another what was said in it."""
    assert await cookies_of(serve, "a", "a") == [None, None]


async def test_a_conversation_keeps_its_cookies(serve: Serve) -> None:
    """Those that are for the path, also where they are for HTTPS and the server is on this machine."""
    assert await cookies_of(serve, "a", "a", "b", "a", cookies="conversation") == [None, "sid=s-1", None, "sid=s-1"]


async def test_cookies_of_the_users_own_go_with_them(serve: Serve) -> None:
    """And win, where they have the same name."""
    own = {"cookie": "lang=de; sid=mine"}
    assert await cookies_of(serve, "a", "a", cookies="conversation", headers=own) == [own["cookie"]] * 2


async def test_a_conversations_end_is_its_cookies_end(serve: Serve) -> None:
    """An id that is used again begins without."""
    server = await serve(sets_cookies)
    agent = RemoteAgent(server.url, cookies="conversation")
    await agent.call(given())
    await agent.conversation_over("thread-1")
    await agent.call(given())
    assert "cookie" not in server.requests[1].headers


async def test_a_dropped_cookie_is_told_by_the_lint(serve: Serve, observer: Observer) -> None:
    """With the setting that keeps it."""
    server = await serve(sets_cookies)
    await RemoteAgent(server.url).call(given(observer))
    (finding,) = [one for one in lint(observer.exchange) if one.rule == "L62"]
    assert 'cookies="conversation"' in finding.remedy


async def test_a_kept_cookie_is_no_finding(serve: Serve, observer: Observer) -> None:
    """It goes with the next request."""
    server = await serve(sets_cookies)
    await RemoteAgent(server.url, cookies="conversation").call(given(observer))
    assert [one for one in lint(observer.exchange) if one.rule == "L62"] == []


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("http://127.0.0.1:1/", {"cookies": "all"}, "give 'conversation'"),
        ("ws://127.0.0.1:1/", {"cookies": "conversation"}, "over a WebSocket"),
    ],
)
def test_cookies_without_effect_are_refused(url: str, settings: dict[str, Any], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent(url, **settings)
