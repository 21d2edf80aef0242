"""The probe against agents of several kinds: few requests, the right way to ask, code that works."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

import scenario
from scenario.probe.descriptions import openapi
from scenario.probe.pasting import paste
from scenario.probe.probing import MOST_REQUESTS, Probed, probe
from scenario.probe.target import Target, checked
from tests.probe.agents import TOKEN, Agents, ag_ui, events, home_made, particular, private, refusing

OPENAPI = {
    "openapi": "3.1.0",
    "paths": {
        "/health": {"get": {}},
        "/ask": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}}}}
            }
        },
    },
    "components": {
        "schemas": {
            "Question": {
                "required": ["language", "question", "session_id"],
                "properties": {
                    "language": {"type": "string", "enum": ["en", "de"]},
                    "question": {"type": "string"},
                    "session_id": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "depth": {"type": "integer"},
                },
            }
        }
    },
}
NAMESPACE: dict[str, Any] = {"scenario": scenario}


@asynccontextmanager
async def probed(server: Agents, path: str, **target: Any) -> AsyncIterator[Probed]:
    """What a probe of a path of the server finds."""
    async with server:
        yield await probe(checked(Target(url=server.url + path, **target)))


async def pasted_answer(found: Probed) -> str:
    """What the pasted agent answers, in a run."""
    assert found.best is not None
    agent = eval(paste(found, found.best).agent, dict(NAMESPACE))  # noqa: S307 - our own code is what is tested
    result = await scenario.arun(
        name="pasted",
        description="Somebody says hello.",
        agents=[agent],
        script=[scenario.user("Hello"), scenario.agent(), scenario.succeed()],
    )
    return str(result.messages[-1]["content"])


async def test_a_home_made_endpoint() -> None:
    """The usual body is taken; the pasted agent says the same."""
    server = Agents({"/chat": home_made})
    async with probed(server, "/chat") as found:
        assert found.answered
        assert await pasted_answer(found) == "You said: Hello"
        best = found.best
        assert best is not None
        assert best.exchange is not None
        has_an_end = best.exchange.reading.end == "marked"
        assert ("done=True" in paste(found, best).agent) is has_an_end, "an end that was seen is demanded from now on"


async def test_an_endpoint_that_says_what_is_missing() -> None:
    """The refusal is read, and the next request has what it asks for."""
    server = Agents({"/chat": particular})
    async with probed(server, "/chat") as found:
        assert found.best is not None
        assert found.best.shape.request == {"question": "$message", "session_id": "$thread_id"}
        assert await pasted_answer(found) == "It is 18 degrees."


async def test_a_refusal_that_names_a_dialect_s_fields() -> None:
    """AG-UI is recognised by what it misses."""
    server = Agents({"/agent": ag_ui})
    async with probed(server, "/agent") as found:
        assert found.best is not None
        assert found.best.shape.protocol == "ag-ui"
        assert server.asked.count("POST /agent") == 2


async def test_an_openapi_document_is_asked_first() -> None:
    """The path and the body are the document's; nothing else is tried."""
    server = Agents({"/ask": particular}, {"/openapi.json": OPENAPI})
    async with probed(server, "/") as found:
        assert found.answered
        assert server.asked == ["GET /openapi.json", "POST /ask"]
        assert server.bodies[0]["question"] == found.target.message
        assert server.bodies[0]["language"] == "en"
        assert "depth" not in server.bodies[0]


async def test_an_agent_card_is_believed_in_its_path_only() -> None:
    """The card names another host, and nothing is sent there."""
    card = {"name": "a", "skills": [], "url": "http://192.0.2.1:9/a2a", "protocolVersion": "0.3.0"}
    server = Agents({"/a2a": refusing}, {"/.well-known/agent-card.json": card})
    async with probed(server, "/") as found:
        assert "POST /a2a" in server.asked
        assert all(sent.url.startswith(server.url) for sent in found.sent)
        assert server.bodies[0]["method"] == "message/stream"


COMPLETION = {
    "id": "1",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
}


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("base", ["/v1", "/v1/", "/api/v1", "/openai/v1"])
async def test_an_api_s_base_leads_to_its_endpoints(base: str, status: int) -> None:
    """Where there is nothing at the base itself, the usual endpoints below it are asked."""

    async def nothing(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    async def completions(_request: web.Request) -> web.StreamResponse:
        return web.json_response(COMPLETION)

    url = base.rstrip("/") + "/chat/completions"
    async with Agents({base: nothing, url: completions}, {base: nothing}) as server:
        found = await probe(checked(Target(url=f"{server.url}{base}?team=a")))
        assert found.best is not None
        assert f'"{server.url}{url}?team=a"' in paste(found, found.best).agent
        assert await pasted_answer(found) == "Hi"


@pytest.mark.parametrize(("path", "protocol"), [("/responses", "openai-responses"), ("/messages", "anthropic")])
async def test_the_other_endpoints_of_a_base(path: str, protocol: str) -> None:
    """Each is asked in its own dialect, and the first that is there is the last."""
    async with Agents({f"/v1{path}": refusing}) as server:
        found = await probe(checked(Target(url=f"{server.url}/v1")))
    assert found.attempts[-1].shape.protocol == protocol
    assert found.sent[-1].url.endswith(f"/v1{path}")


async def test_a_model_that_an_endpoint_below_does_not_know_is_what_is_told() -> None:
    """Not that there is nothing at the base."""

    async def choosy(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "The model 'default' does not exist"}}, status=404)

    async with Agents({"/v1/chat/completions": choosy}) as server:
        found = await probe(checked(Target(url=f"{server.url}/v1")))
    assert "--model NAME" in found.stopped
    assert "nothing at this path" not in found.stopped


async def test_agno_s_and_langserve_s_servers_are_known_by_their_documents() -> None:
    """At a root as at the path itself; of AgentOS's many paths no other is tried."""
    one_run = "/agents/{agent_id}/runs"
    runs = {key: {"post": {}} for key in (one_run, f"{one_run}/{{run_id}}/continue", "/eval-runs")}
    chain = {key: {"post": {}} for key in ("/chat/stream", "/chat/invoke", "/chat/input_schema", "/other")}
    origin = "http://127.0.0.1:9"
    for paths, wanted in ((runs, ("agno", "")), (chain, ("langserve", f"{origin}/chat/stream"))):
        for path in ("", "/chat/stream" if paths is chain else "/agents/a/runs"):
            found = openapi(Target(url=origin + path), {"paths": paths})
            assert [(one.protocol, one.url) for one in found] == [wanted]


async def test_langgraph_is_known_by_its_info() -> None:
    """Its threads and assistants are asked for next."""
    server = Agents({}, {"/info": {"version": "0.16.7", "langgraph_py_version": "1.2.22", "flags": {}}})
    async with probed(server, "/"):
        assert server.asked[3] == "POST /assistants/search"


async def test_a_path_that_says_the_dialect_needs_no_description() -> None:
    """One request suffices where the path is a dialect's own."""
    server = Agents({"/agui": ag_ui})
    async with probed(server, "/agui") as found:
        assert found.answered
        assert server.asked == ["POST /agui"]


async def test_never_more_than_ten_requests() -> None:
    """Whatever the agent refuses; each request is told of as it was sent."""
    server = Agents({"/chat": refusing})
    async with probed(server, "/chat") as found:
        assert not found.answered
        assert len(server.asked) == len(found.sent) == MOST_REQUESTS


async def test_a_path_where_nothing_is_is_asked_once() -> None:
    """No other body would change that; without a path, the usual ones are looked at."""
    server = Agents({})
    async with probed(server, "/nothing"):
        assert server.asked.count("POST /nothing") == 1
    server = Agents({"/ag-ui": ag_ui})
    async with probed(server, "") as found:
        assert found.answered
        assert found.best is not None
        assert found.best.shape.url == f"{found.target.url}/ag-ui"


@pytest.mark.parametrize("path", ["/", "/v1", "/run_sse", "/threads/x/runs/stream"])
async def test_never_more_than_ten_requests_at_any_path(path: str) -> None:
    """Also where dialects prepare their turns by requests of their own."""
    server = Agents({})
    async with probed(server, path):
        assert len(server.asked) <= MOST_REQUESTS


async def test_given_data_is_sent_word_for_word_and_alone() -> None:
    """As curl would; the code has placeholders in its place."""
    server = Agents({"/chat": particular})
    data = '{"question": "What does it cost? $5?", "session_id": "abc", "depth": 3}'
    async with probed(server, "/chat", data=data) as found:
        assert server.asked == ["POST /chat"]
        assert server.bodies == [{"question": "What does it cost? $5?", "session_id": "abc", "depth": 3}]
        assert found.best is not None
        agent = paste(found, found.best).agent
        assert 'request={"question": "$message", "session_id": "$thread_id", "depth": 3}' in agent


BROWSER = {"id": "chat-1", "trigger": "submit-message", "messages": [{"id": "m", "role": "user", "parts": []}]}


@pytest.mark.parametrize(("more", "is_dialect"), [({}, True), ({"webSearch": True}, False)])
async def test_a_dialect_s_own_request_is_left_to_the_dialect(more: dict[str, Any], is_dialect: bool) -> None:
    """What a browser sent holds one chat's ids and one message: the code is of the dialect, unless more was sent."""

    async def ui_stream(request: web.Request) -> web.StreamResponse:
        parts = [{"type": "text-start", "id": "0"}, {"type": "text-delta", "id": "0", "delta": "Hi"}]
        return await events(request, {"type": "start"}, *parts, {"type": "text-end", "id": "0"}, {"type": "finish"})

    async with Agents({"/x": ui_stream}) as server:
        data = json.dumps(BROWSER | more)
        found = await probe(checked(Target(url=f"{server.url}/x", data=data)))
        assert found.best is not None
        agent = paste(found, found.best).agent
        assert ('protocol="vercel-ui"' in agent, "chat-1" in agent) == (is_dialect, not is_dialect)
        assert await pasted_answer(found) == "Hi"
        assert len(server.bodies[-1]["messages"][0]["parts"]) == is_dialect


async def test_a_refusal_of_the_asker_ends_it() -> None:
    """Without a key no other way to ask would help."""
    server = Agents({"/chat": private})
    async with probed(server, "/chat") as found:
        assert not found.answered
        assert server.asked.count("POST /chat") == 1


async def test_secrets_are_sent_and_never_shown() -> None:
    """The key goes to the agent; code, requests and exchange have a variable's name or a mask in its place."""
    server = Agents({"/chat": private})
    async with probed(server, "/chat?api_key=topsecret0123", headers={"Authorization": f"Bearer {TOKEN}"}) as found:
        assert found.answered
        assert found.best is not None
        code = paste(found, found.best)
        assert '"Authorization": "Bearer $env.AGENT_TOKEN"' in code.agent
        assert "api_key=$env.AGENT_API_KEY" in code.agent
        assert code.variables.keys() == {"AGENT_TOKEN", "AGENT_API_KEY"}
        shown = f"{code}{found.sent}{found.best.exchange}"
        assert TOKEN not in shown
        assert "topsecret0123" not in shown


async def test_credentials_in_the_url_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pasted agent sends what was probed with, and its code does not hold it."""
    monkeypatch.setenv("AGENT_CREDENTIALS", "me:pw-0123")

    async def basic(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != "Basic bWU6cHctMDEyMw==":
            return web.Response(status=401)
        return await home_made(request)

    async with Agents({"/chat": basic}) as server:
        url = server.url.replace("http://", "http://me:pw-0123@")
        found = await probe(checked(Target(url=f"{url}/chat")))
        assert found.best is not None
        assert "pw-0123" not in paste(found, found.best).test
        assert await pasted_answer(found) == "You said: Hello"


async def test_no_server_is_told_apart() -> None:
    """One request suffices to know."""
    found = await probe(checked(Target(url="http://127.0.0.1:9/chat")))
    assert found.unreachable
    assert len(found.sent) == 1


async def test_a_probe_can_be_cancelled() -> None:
    """At once, while the agent is silent."""
    arrived = asyncio.Event()

    async def silent(_request: Any) -> Any:
        arrived.set()
        await asyncio.Event().wait()

    async with Agents({"/agui": silent}) as server:
        task = asyncio.create_task(probe(checked(Target(url=f"{server.url}/agui"))))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_pasted_test_is_a_test_that_passes(tmp_path: Any) -> None:
    """The whole file can be imported, and its test run."""
    server = Agents({"/chat": particular})
    async with probed(server, "/chat") as found:
        assert found.best is not None
        code = paste(found, found.best).test
        namespace: dict[str, Any] = {}
        exec(compile(code, "test_agent.py", "exec"), namespace)  # noqa: S102 - our own code is what is tested
        await asyncio.to_thread(namespace["test_it_answers"])


@pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "http://[", "http://127.0.0.1:99999/"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(scenario.ConfigurationError, match="URL"):
        checked(Target(url=url))
