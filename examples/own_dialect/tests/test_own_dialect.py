"""The dialect keeps what Scenario's readers promise, and an agent that speaks it is tested in it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from own_dialect import Own

import scenario
from scenario.testing import Transcript, check_dialect


def events(*values: dict[str, Any]) -> bytes:
    """An event stream of these, in one talk."""
    return b"".join(b"data: " + json.dumps({"talk": "t1", **value}).encode() + b"\n\n" for value in values)


ANSWER = events(
    {"kind": "use", "id": "c1", "tool": "weather", "with": {"city": "Paris"}},
    {"kind": "got", "id": "c1", "result": 18},
    {"kind": "say", "words": "It is "},
    {"kind": "say", "words": "18 degrees."},
    {"kind": "over", "tokens": {"in": 12, "out": 5}},
)
FAILURE = events({"kind": "say", "words": "It is "}, {"kind": "oops", "why": "the model is busy"})


def test_it_keeps_the_promises_of_readers() -> None:
    """However an answer is cut, spoilt or made up: nothing is called whole that is not, and nothing raises."""
    answer = Transcript(ANSWER, "an answer", text="It is 18 degrees.")
    check_dialect(Own, [answer, Transcript(FAILURE, "a failure", outcome="error")])


@pytest_asyncio.fixture
async def agent() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """An agent's URL, and what it is asked."""
    asked: list[dict[str, Any]] = []

    async def talk(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.Response(body=ANSWER, content_type="text/event-stream")

    app = web.Application()
    app.router.add_post("/talk", talk)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/talk", asked
    await runner.cleanup()


@pytest.mark.parametrize("protocol", ["own", "auto"])
async def test_an_agent_is_asked_and_read_in_it(agent: tuple[str, list[dict[str, Any]]], protocol: str) -> None:
    """By its name, and by the URL alone; the talk that the agent began goes on."""
    url, asked = agent
    result = await scenario.run(
        name="weather",
        description="Somebody asks about the weather.",
        agents=[scenario.RemoteAgent(url, protocol=protocol)],
        script=[
            scenario.user("How warm is it in Paris?"),
            scenario.agent(),
            scenario.checks.tool_called("weather", arguments={"city": "Paris"}),
            scenario.user("And now?"),
            scenario.agent(),
            scenario.succeed(),
        ],
    )
    assert result.success
    assert result.last_exchange is not None
    assert result.last_exchange.protocol == "own"
    assert result.last_exchange.reply.text == "It is 18 degrees."
    assert asked == [
        {"said": ["How warm is it in Paris?"], "talk": None},
        {"said": ["And now?"], "talk": "t1"},
    ]
