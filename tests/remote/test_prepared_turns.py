"""Dialects whose turns need requests before the one that is answered."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.agents.remote.request import RequestPlan, prepared
from scenario.dialects.openai.chat import OpenAIChat
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentError
from scenario.protocols.protocol import RequestDraft, Turn
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Connection, chunk, whole


def said(text: str) -> bytes:
    """An event of Google's ADK."""
    value = {"content": {"parts": [{"text": text}]}, "invocationId": "e-1", "author": "weather"}
    return CHUNKED + chunk(b"data: " + json.dumps(value).encode() + b"\n\n") + LAST


async def adk(connection: Connection) -> None:
    """A server with one app."""
    match connection.request.target:
        case "/list-apps":
            await connection.send(whole(b'["weather"]', "application/json"))
        case "/apps/weather/users/scenario/sessions":
            await connection.send(whole(b'{"id": "s-1"}', "application/json"))
        case _:
            body = json.loads(connection.request.body)
            await connection.send(said(f"{body['sessionId']}: {body['newMessage']['parts'][0]['text']}"))


async def test_a_session_is_made_once_and_used_by_every_turn(serve: Serve, observer: Observer) -> None:
    """Only the call that is answered is recorded as the turn's."""
    server = await serve(adk)
    agent = RemoteAgent(server.url.removesuffix("/chat"), protocol="adk")
    assert await agent.call(given(observer, "Hi")) == "s-1: Hi"
    assert await agent.call(given(None, "Hi", "And now?")) == "s-1: And now?"
    assert [request.target for request in server.requests] == [
        "/list-apps",
        "/apps/weather/users/scenario/sessions",
        "/run_sse",
        "/run_sse",
    ]
    assert observer.exchange.request.url.endswith("/run_sse")


async def test_each_conversation_has_a_session_of_its_own(serve: Serve) -> None:
    """Threads do not meet."""
    server = await serve(adk)
    agent = RemoteAgent(server.url.removesuffix("/chat") + "/run_sse", model="weather")
    await agent.call(given(thread_id="a"))
    await agent.call(given(thread_id="b"))
    assert [request.target for request in server.requests].count("/apps/weather/users/scenario/sessions") == 2


async def test_a_preparation_that_fails_is_the_agents_error(serve: Serve) -> None:
    """It says what was asked and what the server said."""

    async def refuses(connection: Connection) -> None:
        await connection.send(whole(b'{"detail": "no such app"}', "application/json", status="404 Not Found"))

    server = await serve(refuses)
    with pytest.raises(AgentError, match=r"made no session for the app 'weather'.*no such app"):
        await RemoteAgent(server.url, protocol="adk", model="weather").call(given())


async def workflows(connection: Connection) -> None:
    """A server where a run is started in one place and read in another."""
    match connection.request.target.partition("?")[0]:
        case "/workflows/chat/schema":
            await connection.send(whole(b"{}", "application/json", status="404 Not Found"))
        case "/workflows/chat/run-nowait":
            await connection.send(whole(b'{"handler_id": "h1"}', "application/json"))
        case _:
            event = {"type": "StopEvent", "value": {"result": "18."}, "types": None}
            await connection.send(CHUNKED + chunk(b"data: " + json.dumps(event).encode() + b"\n\n") + LAST)


async def test_a_given_body_takes_the_place_of_the_request_that_puts_the_turn(serve: Serve) -> None:
    """Which is not always the last one."""
    server = await serve(workflows)
    url = server.url.removesuffix("/chat") + "/workflows/chat/run-nowait"
    assert await RemoteAgent(url, request={"start_event": {"city": "$message"}}).call(given(None, "Paris")) == "18."
    _, start, events = server.requests
    assert json.loads(start.body) == {"start_event": {"city": "Paris"}}
    assert (events.method, events.target, events.body) == ("GET", "/events/h1?sse=true&after_sequence=-1", b"")


async def test_a_function_that_makes_the_body_is_called_once(serve: Serve) -> None:
    """However many requests a turn has."""
    calls: list[str] = []

    def body(input: AgentInput) -> dict[str, Any]:  # noqa: A002 - the contract's name
        calls.append(input.thread_id)
        return {"start_event": {}}

    server = await serve(workflows)
    url = server.url.removesuffix("/chat") + "/workflows/chat/run-nowait"
    assert await RemoteAgent(url, request=body).call(given()) == "18."
    assert calls == ["thread-1"]


class Elsewhere(OpenAIChat):
    """A dialect whose requests go where an agent says."""

    def __init__(self, url: str) -> None:
        self.url = url

    def request(self, turn: Turn) -> RequestDraft:
        """The same request, to another place."""
        return msgspec.structs.replace(super().request(turn), url=self.url)


@pytest.mark.parametrize(
    ("place", "url", "authorized"),
    [
        ("/other", "http://a.example/other?key=1", True),
        ("/other?x=2", "http://a.example/other?x=2", True),
        ("http://b.example/other", "http://b.example/other", False),
        ("//b.example/other", "http://b.example/other", False),
    ],
)
async def test_secrets_stay_with_the_host_that_they_were_given_for(place: str, url: str, authorized: bool) -> None:
    """The query of the user's URL, and her headers, go nowhere else."""
    plan = RequestPlan(url="http://a.example/chat?key=1", method="POST", headers={"X-Key": "k", "Accept": "*/*"})
    turn = Turn(messages=[{"role": "user", "content": "Hi"}])
    request = (await prepared(plan, Elsewhere(place).request(turn), turn, given(), own=True)).request
    assert request.url == url
    assert ("X-Key" in request.headers) is authorized
    assert request.headers["Accept"] == "*/*"
