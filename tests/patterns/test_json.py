"""The JSON pattern: an agent that answers a POST with one JSON document."""

from __future__ import annotations

from aiohttp import web

import scenario
from scenario.testing import ModelServer
from tests.patterns.conftest import Serve


async def json_handler(request: web.Request) -> web.Response:
    """The answer stands somewhere inside."""
    body = await request.json()
    question = body["messages"][-1]["content"]
    return web.json_response({"response": {"text": f"You asked: {question}"}, "took": 3})


async def test_the_text_of_a_json_document_is_found_by_its_path(model_server: ModelServer, serve: Serve) -> None:
    """`reply=` is a JMESPath into the document; the rest of it is left alone."""
    url = await serve("/chat", json_handler)
    result = await scenario.run(
        name="JSON",
        description="",
        agents=[
            scenario.RemoteAgent(f"{url}/chat", reply="response.text"),
            scenario.JudgeAgent(model="openai/gpt-4o-mini", criteria=["The agent repeats the question"]),
        ],
        script=[scenario.user("Is it raining?"), scenario.agent(), scenario.judge()],
    )
    assert result.success
    assert result.messages[-1]["content"] == "You asked: Is it raining?"
