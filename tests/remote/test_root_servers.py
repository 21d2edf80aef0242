"""A URL and nothing else: a server that refuses the usual request is asked as it wants to be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import scenario
from tests.runner.players import play
from tests.websocket.http_server import serving

_RECORDED = Path(__file__).parent.parent / "dialects" / "recorded"
REFUSED = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Invalid Request"}}
CARD = {
    "name": "weather",
    "skills": [],
    "supportedInterfaces": [
        {"url": "http://elsewhere.invalid/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
        {"url": "http://elsewhere.invalid/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
    ],
}
OLD_CARD = {"name": "weather", "capabilities": {}, "url": "http://elsewhere.invalid/", "protocolVersion": "0.3.0"}
SAID = [scenario.user("How is the weather?"), scenario.agent(), scenario.user("Thanks."), scenario.agent()]


def stream(name: str) -> web.Response:
    """What a real SDK sent."""
    return web.Response(body=(_RECORDED / name).read_bytes(), content_type="text/event-stream")


class Server:
    """Answers at these paths: a JSON value, or the name of a recording; anything else it refuses.

    Attributes:
        asked: what came, in order.
    """

    def __init__(self, answers: Mapping[str, Any], *, refusal: Any = None) -> None:
        self.asked: list[str] = []
        self._answers = answers
        self._refusal = refusal

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        text = await request.text()
        asked = f"{request.method} {request.path}"
        self.asked.append(asked)
        if self._refusal is not None and asked not in self._answers and '"jsonrpc"' not in text:
            return web.json_response(self._refusal)
        if '"jsonrpc"' in text:
            asked += f" {'1.0' if 'SendStreamingMessage' in text else '0.3'}"
        answer = self._answers.get(asked)
        if answer is None:
            raise web.HTTPNotFound
        return stream(answer) if isinstance(answer, str) else web.json_response(answer)

    async def run(self, path: str = "/", **settings: Any) -> scenario.ScenarioResult:
        """A conversation with it."""
        async with serving(self.handle) as url:
            agent = scenario.RemoteAgent(url.removesuffix("/chat") + path, **settings)
            return await play(agent, script=[*SAID, scenario.succeed()])


A2A = Server({"GET /.well-known/agent-card.json": CARD, "POST / 1.0": "a2a-1.0-last-words.sse"}, refusal=REFUSED)
A2A_BELOW = Server({"GET /.well-known/agent-card.json": CARD, "POST /a2a 1.0": "a2a-1.0-last-words.sse"})
A2A_OLD = Server({"GET /.well-known/agent.json": OLD_CARD, "POST / 0.3": "a2a-0.3-asks.sse"}, refusal=REFUSED)
LANGGRAPH_ANSWERS: Mapping[str, Any] = {
    "GET /info": {"version": "0.16.7", "flags": {}},
    "POST /assistants/search": [{"assistant_id": "1", "graph_id": "agent"}],
    "POST /threads": {"thread_id": "t"},
    "POST /threads/t/runs/stream": "langgraph-nameless.sse",
}
LANGGRAPH = Server(LANGGRAPH_ANSWERS)


@pytest.mark.parametrize(
    ("server", "protocol", "text"),
    [
        (A2A, "a2a-1.0", "Artifact text.\nAnd a word."),
        (A2A_BELOW, "a2a-1.0", "Artifact text.\nAnd a word."),
        (A2A_OLD, "a2a-0.3", ""),
        (LANGGRAPH, "langgraph", "From dict"),
    ],
    ids=["a2a", "a2a-elsewhere", "a2a-old", "langgraph"],
)
async def test_a_server_at_a_root_says_what_it_is(server: Server, protocol: str, text: str) -> None:
    """Its refusal is no part of the conversation, nor is it asked twice; why it is asked so is in each exchange."""
    result = await server.run()
    assert [(one.protocol, one.text) for one in result.exchanges] == [(protocol, text)] * 2
    assert all(f"; asked as {protocol}, because " in one.protocol_reason for one in result.exchanges)
    assert server.asked.count("POST /") == (1 if server in (A2A_BELOW, LANGGRAPH) else 3)
    assert sum("well-known" in one for one in server.asked) <= 2


async def test_adk_at_its_root() -> None:
    """Its apps are listed, and its runs are elsewhere."""
    async with serving(_adk) as url:
        result = await play(scenario.RemoteAgent(url.removesuffix("chat")), script=[*SAID, scenario.succeed()])
    assert [(one.protocol, one.text) for one in result.exchanges] == [("adk", "It ")] * 2


async def _adk(request: web.Request) -> web.StreamResponse:
    if request.path == "/list-apps":
        return web.json_response(["weather"])
    if request.path == "/run_sse":
        return stream("adk-snake-case.sse")
    if "/sessions" in request.path:
        return web.json_response({"id": "s1"})
    raise web.HTTPMethodNotAllowed("POST", ["GET"])


async def test_a_workflow_server_at_its_root() -> None:
    """Its workflows are listed; a run is started in one place and read in another."""

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/workflows":
                return web.json_response({"workflows": ["w"]})
            case "/workflows/w/run-nowait":
                return web.json_response({"handler_id": "h"})
            case "/events/h":
                stop = b'data: {"type": "StopEvent", "qualified_name": "x", "value": {"result": "Done."}}\n\n'
                return web.Response(body=stop, content_type="text/event-stream")
        raise web.HTTPNotFound

    async with serving(answer) as url:
        result = await play(scenario.RemoteAgent(url.removesuffix("chat")), script=[*SAID, scenario.succeed()])
    assert [(one.protocol, one.text) for one in result.exchanges] == [("llamaindex", "Done.")] * 2


MISSES_A_RUN = [{"type": "missing", "loc": ["runId"], "msg": "Field required", "input": {"thread_id": "t"}}]
NO_TRIGGER = [{"type": "union_tag_not_found", "msg": "Unable to extract tag using discriminator 'trigger'"}]


@pytest.mark.parametrize(
    ("refusal", "field", "protocol", "answer"),
    [
        (MISSES_A_RUN, "runId", "ag-ui", "ag-ui-1.0-state.sse"),
        ({"detail": MISSES_A_RUN}, "runId", "ag-ui", "ag-ui-1.0-state.sse"),
        (NO_TRIGGER, "trigger", "vercel-ui", "vercel-ui-7-approved.sse"),
    ],
)
async def test_a_refusal_names_a_field(refusal: Any, field: str, protocol: str, answer: str) -> None:
    """At any path: pydantic-ai's adapters, and FastAPI's own, say what they miss."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return stream(answer) if field in await request.json() else web.json_response(refusal, status=422)

    async with serving(handle) as url:
        result = await play(scenario.RemoteAgent(url), script=[*SAID, scenario.succeed()])
    assert [one.protocol for one in result.exchanges] == [protocol, protocol]


async def test_conversations_at_once_all_learn() -> None:
    """None fails because another one was refused first."""
    async with serving(Server(LANGGRAPH_ANSWERS).handle) as url:
        agent = scenario.RemoteAgent(url.removesuffix("chat"))
        results = await asyncio.gather(*(play(agent, script=[*SAID, scenario.succeed()]) for _ in range(8)))
    assert {one.protocol for result in results for one in result.exchanges} == {"langgraph"}


async def test_a_server_that_says_nothing_is_looked_at_once() -> None:
    """Its refusal is the answer, as it is where the path, the protocol or the body is the user's."""
    server = Server({})
    with pytest.raises(scenario.AgentError):
        await server.run()
    assert server.asked[0] == "POST /"
    assert sorted(set(server.asked)) == sorted(server.asked)
    for settings in ({"path": "/chat"}, {"protocol": "openai-chat"}, {"request": {"q": "$message"}}):
        server = Server(LANGGRAPH_ANSWERS)
        with pytest.raises(scenario.AgentError):
            await server.run(**settings)
        assert len(server.asked) == 1
