"""Redirects: where the conversation goes, what stays behind, and what is said of one that is not followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ConfigurationError, ErrorReplyError
from scenario.files.blocks import AgentBlock
from scenario.files.building import agent_of
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.redirects import Redirects
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Behaviour, Connection, RawServer, whole

SECRETS = {
    "Authorization": "Bearer s3cret-of-the-user",
    "Cookie": "sid=s3cret-of-the-user",
    "X-Api-Key": "s3cret-of-the-user",
    "Api-Key": "s3cret-of-the-user",
    "X-Auth-Token": "s3cret-of-the-user",
    "X-Gitlab-Token": "s3cret-of-the-user",
    "Ocp-Apim-Subscription-Key": "s3cret-of-the-user",
    "X-Our-Own": "s3cret-of-the-user",
}


async def answers(connection: Connection) -> None:
    """An agent."""
    await connection.send(whole(b'{"answer": "ok"}', "application/json", more="Connection: close\r\n"))


def leads_to(location: str, status: str = "307 Temporary Redirect") -> Behaviour:
    """A server that sends everybody elsewhere."""

    async def behave(connection: Connection) -> None:
        more = f"Location: {location}\r\nConnection: close\r\n"
        await connection.send(whole(b'{"answer": "not an answer"}', "application/json", status=status, more=more))

    return behave


def elsewhere(server: RawServer) -> str:
    """A server's URL under another host's name."""
    return server.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
async def test_the_conversation_does_not_follow_to_another_host(status: str, serve: Serve, observer: Observer) -> None:
    """Nothing is sent there, be it this machine; the error says where, why and what follows it, the record shows it."""
    other = await serve(answers)
    agent = await serve(leads_to(f"{elsewhere(other)}?token=s3cret-in-a-url", status))
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(agent.url).call(given(observer))
    said = str(caught.value)
    assert f"status {status[:3]}: a redirect to {elsewhere(other)}?token=%5Bredacted%5D" in said
    assert "another host, localhost" in said
    assert 'redirects="any"' in said
    assert caught.value.fault == "wire"
    assert "s3cret" not in said + repr(observer.exchange.headers)
    assert observer.exchange.status == int(status[:3])
    assert (len(agent.requests), len(other.requests)) == (1, 0)


async def test_any_takes_the_conversation_along_and_leaves_the_secrets(serve: Serve) -> None:
    """Method and body are the same there; of the headers, those go that can hold no secret."""
    other = await serve(answers)
    agent = await serve(leads_to(elsewhere(other)))
    assert await RemoteAgent(agent.url, headers=SECRETS, redirects="any").call(given()) == "ok"
    (asked,), (sent,) = agent.requests, other.requests
    assert (sent.method, sent.body) == ("POST", asked.body)
    assert "s3cret" in repr(asked.headers)
    assert "s3cret" not in repr(sent.headers)
    assert sent.headers["content-type"] == "application/json"


async def test_cookies_of_a_conversation_stay_with_their_host(serve: Serve) -> None:
    """What one host has set is not sent to another."""

    async def sets_and_leads(connection: Connection) -> None:
        more = f"Set-Cookie: sid=of-this-host\r\nLocation: {elsewhere(other)}\r\nConnection: close\r\n"
        await connection.send(whole(b"", "text/plain", status="307 T", more=more))

    other = await serve(answers)
    agent = await serve(sets_and_leads)
    assert await RemoteAgent(agent.url, cookies="conversation", redirects="any").call(given()) == "ok"
    assert "cookie" not in other.requests[0].headers


async def test_the_same_host_is_followed_by_default(serve: Serve) -> None:
    """On another port, too, which is another origin: without the secrets. On the same one, with them."""
    other = await serve(answers)
    agent = await serve(leads_to(other.url))
    assert await RemoteAgent(agent.url, headers=SECRETS).call(given()) == "ok"
    assert "s3cret" not in repr(other.requests[0].headers)

    async def moves(connection: Connection) -> None:
        await (answers if connection.request.target == "/new" else leads_to("/new"))(connection)

    moved = await serve(moves)
    assert await RemoteAgent(moved.url, headers=SECRETS).call(given()) == "ok"
    assert moved.requests[1].headers["authorization"] == SECRETS["Authorization"]


async def test_none_follows_nothing(serve: Serve) -> None:
    """Not on the same origin either; the error names the setting that does."""
    agent = await serve(leads_to("/new"))
    with pytest.raises(ErrorReplyError, match=r'a redirect to /new, .* say redirects="same-host"'):
        await RemoteAgent(agent.url, redirects="none").call(given())
    assert [request.target for request in agent.requests] == ["/chat"]


async def test_a_scenario_file_says_it_too(serve: Serve) -> None:
    """Under the same name."""
    agent = await serve(leads_to("/new"))
    with pytest.raises(ErrorReplyError, match='say redirects="same-host"'):
        await agent_of(AgentBlock(url=agent.url, redirects="none"), Path()).call(given())
    assert len(agent.requests) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other"])
@pytest.mark.parametrize("redirects", ["same-host", "any", "none"])
async def test_a_redirect_that_drops_the_body_is_never_followed(
    status: str, redirects: Redirects, serve: Serve
) -> None:
    """And its own body, which may look like an answer, is none."""
    agent = await serve(leads_to("/new", status))
    with pytest.raises(ErrorReplyError, match="The POST would become a GET there") as caught:
        await RemoteAgent(agent.url, redirects=redirects).call(given())
    assert "redirects=" not in str(caught.value)
    assert [request.target for request in agent.requests] == ["/chat"]


async def test_a_chain_stops_where_it_leaves_the_host(serve: Serve) -> None:
    """However many redirects were followed before on the host itself."""
    other = await serve(answers)

    async def moves(connection: Connection) -> None:
        await leads_to("/new" if connection.request.target == "/chat" else elsewhere(other))(connection)

    agent = await serve(moves)
    with pytest.raises(ErrorReplyError, match="another host, localhost"):
        await RemoteAgent(agent.url).call(given())
    assert [request.target for request in agent.requests] == ["/chat", "/new"]
    assert other.requests == []


async def test_requests_that_prepare_a_turn_follow_the_same_rule(serve: Serve) -> None:
    """A dialect's first request carries no less than the one that is answered."""
    other = await serve(answers)
    agent = await serve(leads_to(elsewhere(other)))
    with pytest.raises(Exception, match="307"):
        await RemoteAgent(agent.url, protocol="adk", model="app").call(given())
    assert other.requests == []


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("http://localhost:1/", {"redirects": "all"}, r"redirects='all'\): give 'same-host'"),
        ("http://localhost:1/", {"redirects": True}, "give 'same-host'"),
        (
            "http://localhost:1/",
            {"redirects": "any", "transport": AiohttpTransport()},
            "redirects would have no effect",
        ),
        ("ws://localhost:1/", {"redirects": "any"}, "handshake follows no redirect"),
        ("ws://localhost:1/", {"redirects": "none"}, "handshake follows no redirect"),
    ],
)
def test_a_setting_without_effect_is_refused(url: str, settings: dict[str, object], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent(url, **settings)  # type: ignore[arg-type]
