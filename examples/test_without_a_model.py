"""A whole conversation without a model: the user follows a plan, checks decide.

pytest examples/test_without_a_model.py
"""

import os

import scenario
from scenario import checks

AGENT = scenario.RemoteAgent(os.environ.get("AGENT_URL", "http://127.0.0.1:8000/chat"))


async def test_the_agent_asks_for_the_city() -> None:
    result = await scenario.run(
        name="a city is missing",
        description="A traveller forgets to say which city is meant.",
        agents=[
            AGENT,
            scenario.PlannedUserAgent(["How warm is it?"], slots={"city": "Paris"}, done_when="°C", persistence=0),
            scenario.JudgeAgent(criteria=[checks.matches(r"\d+ ?°C"), checks.stream_conforms(level="warning")]),
        ],
        max_turns=4,
    )
    assert result.success, result.reasoning
    assert len(result.messages) == 4
