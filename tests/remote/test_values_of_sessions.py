"""What an agent's answer leaves for the next request: it stays one value, in a header, in a cookie and in a path."""

from __future__ import annotations

import json

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import AgentError, ConfigurationError
from tests.remote.conftest import Serve, given
from tests.remote.raw_server import Behaviour, Connection, whole


def gives(value: str, *, key: str = "sid", more: str = "") -> Behaviour:
    """An agent whose answers hold a value that is to come back."""

    async def behave(connection: Connection) -> None:
        body = json.dumps({"answer": "ok", key: value}).encode()
        await connection.send(whole(body, "application/json", more=f"{more}Connection: close\r\n"))

    return behave


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\nX-Evil: 1", "a\0b"])
@pytest.mark.parametrize("template", ["$session", "of $session"])
async def test_a_value_that_would_end_a_header_is_the_agents_fault(value: str, template: str, serve: Serve) -> None:
    """It is not sent, whole or cut; the error shows it and says where it came from."""
    server = await serve(gives(value))
    agent = RemoteAgent(server.url, session="sid", headers={"X-Chat": template})
    await agent.call(given())
    with pytest.raises(AgentError, match=r"'X-Chat' .* a line end or a NUL: .* the agent's answer gave") as caught:
        await agent.call(given())
    assert (caught.value.fault, isinstance(caught.value, ConfigurationError)) == ("agent", False)
    assert repr(value)[1:-1] in str(caught.value)
    assert len(server.requests) == 1


async def test_a_value_of_a_secret_header_is_not_shown(serve: Serve) -> None:
    """Whoever gave it."""
    server = await serve(gives("s3cret\n"))
    agent = RemoteAgent(server.url, session="sid", headers={"X-Auth-Token": "$session"})
    await agent.call(given())
    with pytest.raises(AgentError) as caught:
        await agent.call(given())
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("headers", [{"X-Chat": "$message"}, {"X-Chat": "$message $session"}, {"X-Chat": "$thread_id"}])
async def test_a_value_of_the_tests_own_stays_the_tests_fault(headers: dict[str, str], serve: Serve) -> None:
    """A line end in what the user said, or in the thread's id, is nothing that the agent gave."""
    server = await serve(gives("fine"))
    agent = RemoteAgent(server.url, session="sid", headers=headers)
    with pytest.raises(ConfigurationError, match="line end"):
        await agent.call(given(None, "two\nlines", thread_id="one\ntwo"))
    assert server.requests == []


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\0b"])
async def test_a_header_that_is_none_never_becomes_a_value(value: str, serve: Serve) -> None:
    """A session from a header, and a cookie: what cannot stand in a header is no HTTP, and no answer."""
    for name in ("X-Session", "Set-Cookie"):
        server = await serve(gives("", more=f"{name}: sid={value}\r\n"))
        agent = RemoteAgent(server.url, session='headers."x-session"', cookies="conversation")
        with pytest.raises(AgentError, match="no HTTP response"):
            await agent.call(given())


@pytest.mark.parametrize("escape", [r"\015\012X-Evil: 1", r"\000"])
async def test_a_cookie_cannot_make_a_header(escape: str, serve: Serve) -> None:
    """Its value may be quoted, and escape what no header holds: browsers drop such a cookie, and so do we."""
    server = await serve(gives("", more=f'Set-Cookie: sid="a{escape}"\r\nSet-Cookie: good=1\r\n'))
    agent = RemoteAgent(server.url, cookies="conversation")
    for _ in range(2):
        await agent.call(given())
    assert server.requests[1].headers["cookie"] == "good=1"
    assert "x-evil" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("...", "%2E%2E%2E"),
        ("../../admin", "..%2F..%2Fadmin"),
        ("a/../b", "a%2F..%2Fb"),
        ("..\\..\\admin", "..%5C..%5Cadmin"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c"),
        ("a\r\nb\0", "a%0D%0Ab%00"),
        ("v1.2", "v1.2"),
    ],
)
async def test_a_value_in_a_path_is_one_segment(value: str, segment: str, serve: Serve) -> None:
    """It never walks up the path, nor down, nor ends it."""
    server = await serve(gives(value))
    agent = RemoteAgent(server.url.replace("/chat", "/chats/$session/turns"), session="sid")
    for _ in range(2):
        await agent.call(given())
    assert server.requests[1].target == f"/chats/{segment}/turns"


async def test_two_values_make_no_way_up_either(serve: Serve) -> None:
    """A dot of the user's and one of the agent's."""
    server = await serve(gives("."))
    agent = RemoteAgent(server.url.replace("/chat", "/chats/.$session/turns"), session="sid")
    for _ in range(2):
        await agent.call(given())
    assert server.requests[1].target == "/chats/.%2E/turns"


async def test_an_id_of_a_dialects_own_is_one_segment_too(serve: Serve) -> None:
    """As LangGraph's thread, which its server names."""

    async def behave(connection: Connection) -> None:
        body = b'{"thread_id": ".."}' if connection.request.target == "/threads" else b"[]"
        await connection.send(whole(body, "application/json", more="Connection: close\r\n"))

    server = await serve(behave)
    with pytest.raises(AgentError):
        await RemoteAgent(server.url.replace("/chat", ""), protocol="langgraph", model="agent").call(given())
    assert [one.target for one in server.requests] == ["/threads", "/threads/%2E%2E/runs/stream"]


async def test_an_event_stream_is_not_asked_for_with_a_cut_header(serve: Serve) -> None:
    """It is opened with what the answer to the POST has given, in the same turn."""
    server = await serve(gives("a\nb", key="run"))
    agent = RemoteAgent(server.url, session="run", headers={"X-Run": "$session"}, events_url="/events?run=$session")
    with pytest.raises(AgentError, match="'X-Run'"):
        await agent.call(given())
