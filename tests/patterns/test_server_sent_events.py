"""The server-sent events pattern: an aiohttp server that streams a model's words.

It is tested through a hand-written adapter, as users have them today, and through `RemoteAgent`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from openai import AsyncOpenAI

import scenario
from scenario.testing import ModelServer
from tests.patterns.conftest import Serve


class HandWrittenAdapter(scenario.AgentAdapter):
    """What users write today: a loop over lines."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def call(self, input: scenario.AgentInput) -> scenario.AgentReturnTypes:  # noqa: A002
        text = ""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.base_url}/chat/sse", json={"messages": input.messages}) as response,
        ):
            buffer = ""
            async for chunk in response.content.iter_any():
                buffer += chunk.decode("utf-8")
                *lines, buffer = buffer.split("\n")
                for line in lines:
                    if line.startswith("data: ") and (data := line[6:].strip()) != "[DONE]":
                        text += json.loads(data).get("content", "")
        return text


async def sse_handler(request: web.Request) -> web.StreamResponse:
    """The agent: asks a model through the `openai` client and passes each piece on."""
    body = await request.json()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    async with AsyncOpenAI() as client:
        stream = await client.chat.completions.create(model="gpt-4o-mini", messages=body["messages"], stream=True)
        async for chunk in stream:
            if chunk.choices and (content := chunk.choices[0].delta.content):
                await response.write(f"data: {json.dumps({'content': content})}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


@pytest_asyncio.fixture
async def agent_url(model_server: ModelServer, serve: Serve) -> AsyncIterator[str]:
    """The agent's base URL."""
    yield await serve("/chat/sse", sse_handler)


async def judged(agent: scenario.AgentAdapter) -> scenario.ScenarioResult:
    """Two turns with this agent, judged."""
    return await scenario.run(
        name="SSE weather response",
        description="A user asks about the weather and gets the answer as a stream of events.",
        agents=[
            agent,
            scenario.UserSimulatorAgent(model="openai/gpt-4o-mini"),
            scenario.JudgeAgent(
                model="openai/gpt-4o-mini",
                criteria=["The agent answers the question", "The answer is complete"],
            ),
        ],
        script=[
            scenario.user("What's the weather like in Paris?"),
            scenario.agent(),
            scenario.user(),
            scenario.agent(),
            scenario.judge(),
        ],
        set_id="examples",
    )


@pytest.mark.agent_test
async def test_with_a_hand_written_adapter(agent_url: str) -> None:
    """Existing tests with their own loop over lines run unchanged."""
    result = await judged(HandWrittenAdapter(agent_url))
    assert result.success
    assert [message["role"] for message in result.messages] == ["user", "assistant", "user", "assistant"]


@pytest.mark.agent_test
async def test_with_a_remote_agent(agent_url: str) -> None:
    """The same test with `RemoteAgent(url)` passes, and has the wire as evidence."""
    result = await judged(scenario.RemoteAgent(f"{agent_url}/chat/sse"))
    assert result.success
    assert [exchange.outcome for exchange in result.exchanges] == ["complete", "complete"]
    assert all(0 < timing.ttft <= timing.total for timing in result.timing.turns)


async def test_both_read_the_same_text(agent_url: str) -> None:
    """The reader and the hand-written loop agree on the text."""
    by_hand = await judged(HandWrittenAdapter(agent_url))
    by_reader = await judged(scenario.RemoteAgent(f"{agent_url}/chat/sse"))
    assert by_hand.messages[1] == by_reader.messages[1]
