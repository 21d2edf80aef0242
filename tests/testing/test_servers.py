"""What is shipped for users' tests keeps its word: the model server, the agent server, the scripted transport."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import openai
import pytest

from scenario.config import Timeouts
from scenario.exchange import HttpRequest
from scenario.protocols.framing import framer
from scenario.protocols.protocol import Ending, ReadOptions
from scenario.protocols.registry import dialect_named
from scenario.testing import (
    AgentServer,
    ModelReply,
    ModelServer,
    ScriptedResponse,
    ScriptedTransport,
    ToolUse,
)
from scenario.transport.transport import TransportError
from scenario.types import Reply
from scenario.wire.event import events_of

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello?"}]}
CALLING = ModelReply(text="Let me see.", tools=(ToolUse(name="look", arguments={"a": [1, "é"]}),), reasoning="Hm.")


async def post(url: str, body: Any) -> tuple[int, str, bytes]:
    """Status, content type and body of an answer."""
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, response.content_type, await response.read()


def read(dialect: str, framing: Any, body: bytes) -> Reply:
    """The reply in a body."""
    reader = dialect_named(dialect).reader(ReadOptions(framing=framing))
    cutter = framer(framing, max_event_bytes=10**6)
    for event in events_of([*cutter.feed(body), *cutter.close()]):
        reader.read(event)
    return reader.finish(Ending())


async def test_the_openai_client_is_answered() -> None:
    """The client that users have understands the server, streaming and not."""
    async with (
        ModelServer(["Hello to you.", "And again."]) as server,
        openai.AsyncOpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client,
    ):
        whole = await client.chat.completions.create(**ASK)
        stream = await client.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
    assert whole.choices[0].message.content == "Hello to you."
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "And again."
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 15


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("path", "dialect"), [("/v1/chat/completions", "openai-chat"), ("/v1/messages", "anthropic")])
async def test_both_dialects_are_spoken_whole_and_streamed(path: str, dialect: str, *, stream: bool) -> None:
    """Text, tool call and usage arrive the same in all four."""
    async with ModelServer([CALLING]) as server:
        status, kind, body = await post(server.url + path, {**ASK, "stream": stream})
    assert (status, kind) == (200, "text/event-stream" if stream else "application/json")
    reply = read(dialect, "sse" if stream else "json", body)
    assert (reply.outcome, reply.text) == ("complete", "Let me see.")
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("look", {"a": [1, "é"]})]


async def test_replies_may_be_computed() -> None:
    """From the request's body, also by a coroutine."""

    async def repeat(body: dict[str, Any]) -> str:
        await asyncio.sleep(0)
        return str(body["messages"][-1]["content"]).upper()

    async with ModelServer(repeat) as server:
        *_, body = await post(f"{server.base_url}/chat/completions", ASK)
    assert read("openai-chat", "json", body).text == "HELLO?"


@pytest.mark.parametrize(
    "answer", [{"role": "assistant", "content": "so"}, {"choices": [{"message": {"content": "so"}}]}]
)
async def test_a_message_or_a_whole_response_is_sent_as_it_is(answer: dict[str, Any]) -> None:
    """A dictionary is a message where it has a role, else the response."""
    async with ModelServer([answer]) as server:
        *_, body = await post(f"{server.base_url}/chat/completions", ASK)
    assert read("openai-chat", "json", body).text == "so"


async def test_an_exhausted_script_says_so() -> None:
    """One request more than there are replies is a mistake of the test, and told."""
    async with ModelServer(["one"]) as server:
        url = f"{server.base_url}/chat/completions"
        assert (await post(url, ASK))[0] == 200
        status, _, body = await post(url, ASK)
    assert status == 400
    assert b"given 1 replies" in body
    assert len(server.requests) == 2


@pytest.mark.parametrize("server", [ModelServer(), AgentServer()])
async def test_what_is_no_json_object_is_refused(server: ModelServer | AgentServer) -> None:
    """With a status and words, not with a broken handler."""
    async with server:
        url = server.url if isinstance(server, AgentServer) else f"{server.base_url}/chat/completions"
        status, _, body = await post(url, [1])
    assert (status, b"no JSON object" in body) == (400, True)


async def test_users_say_one_line_after_the_other() -> None:
    """By default, by how often they have spoken, and the last again and again."""
    async with ModelServer(user_lines=["first", "second"]) as server:
        said = []
        for count in range(3):
            messages = [{"role": "assistant", "content": "x"}] * count
            *_, body = await post(f"{server.base_url}/chat/completions", {"model": "m", "messages": messages})
            said.append(read("openai-chat", "json", body).text)
    assert said == ["first", "second", "second"]


def test_an_address_is_had_inside_only() -> None:
    """Outside of the block there is no server, and the error says how there is one."""
    with pytest.raises(RuntimeError, match="async with ModelServer"):
        _ = ModelServer().base_url


@pytest.mark.parametrize(
    ("style", "dialect", "framing"),
    [("openai-chat", "openai-chat", "sse"), ("sse", "sse", "sse"), ("ndjson", "ndjson", "ndjson"),
     ("json", "json", "json"), ("text", "text", "text")],
)  # fmt: skip
async def test_the_agent_answers_in_each_style(style: Any, dialect: str, framing: str) -> None:
    """The same text in every one of them, and the requests are kept."""
    async with AgentServer(lambda body: f"You said {body['say']}.", style=style) as agent:
        _, _, body = await post(agent.url, {"say": "grüezi mitenand"})
    assert read(dialect, framing, body).text == "You said grüezi mitenand."
    assert agent.requests == [{"say": "grüezi mitenand"}]


async def test_a_transport_follows_its_script() -> None:
    """Responses, errors, and a transfer that breaks in the middle."""
    broken = ScriptedResponse([b"a", TransportError("cut", kind="broken")], status=207, seconds=0.5)
    transport = ScriptedTransport([TransportError("no", kind="connect"), broken])
    request = HttpRequest(url="http://x/")
    with pytest.raises(TransportError, match="no"):
        async with transport.open(request, timeouts=Timeouts()):
            pass
    async with transport.open(request, timeouts=Timeouts()) as response:
        chunks = response.chunks()
        first = await anext(chunks)
        with pytest.raises(TransportError, match="cut"):
            await anext(chunks)
    assert (response.status, first.at, first.data) == (207, 0.5, b"a")
    assert transport.requests == [request, request]
