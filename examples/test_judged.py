"""A simulated user and a judge. Any model will do: set OPENAI_API_KEY, OPENAI_BASE_URL, or see `scenario doctor`.

pytest -o asyncio_mode=auto examples/test_judged.py
"""

import os

import scenario

URL = os.environ.get("AGENT_URL", "http://127.0.0.1:8000/chat")


async def test_a_traveller_gets_what_she_needs() -> None:
    result = await scenario.run(
        name="a day in Paris",
        description="A traveller plans a day in Paris. She wants to know how warm it will be, and thanks the agent.",
        agents=[
            scenario.RemoteAgent(URL),
            scenario.UserSimulatorAgent(),
            scenario.JudgeAgent(criteria=["The agent states the temperature in Paris."]),
        ],
        max_turns=4,
    )
    assert result.success, result.reasoning
