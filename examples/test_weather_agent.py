"""The agent of weather_agent.py, tested. Start it, then:

pytest -o asyncio_mode=auto examples/test_weather_agent.py
"""

import os

import scenario

URL = os.environ.get("AGENT_URL", "http://127.0.0.1:8000/chat")


def streams_properly(state: scenario.ScenarioState) -> None:
    exchange = state.last_exchange
    assert exchange.outcome == "complete"
    assert exchange.timing.ttft < 2.0, "the first word took two seconds or more"
    assert len(exchange.events) > 3, "the answer came in one piece"


async def test_knows_the_weather_in_paris() -> None:
    """Scripted, checked by functions: no model is needed."""
    result = await scenario.run(
        name="weather in Paris",
        description="A traveller asks about the weather in Paris.",
        agents=[scenario.RemoteAgent(URL)],
        script=[
            scenario.user("What's the weather in Paris?"),
            scenario.agent(),
            streams_properly,
            lambda state: scenario.succeed() if "18°C" in state.last_agent_message() else scenario.fail("no 18°C"),
        ],
    )
    assert result.success, result.reasoning


async def test_asks_back_where_the_city_is_missing() -> None:
    """What the agent says decides what the user says next."""

    async def names_a_city(state: scenario.ScenarioState) -> None:
        if "Which city" in state.last_agent_message():
            await scenario.user("Tokyo, please.")(state)
            await scenario.agent()(state)

    result = await scenario.run(
        name="a missing city",
        description="A traveller forgets to name the city.",
        agents=[scenario.RemoteAgent(URL)],
        script=[scenario.user("How warm is it?"), scenario.agent(), names_a_city, scenario.succeed()],
    )
    assert "24°C" in result.messages[-1]["content"]
