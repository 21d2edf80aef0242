"""Debug mode: a person at the terminal may speak for the user."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import asyncio, json, scenario

class Agent(scenario.AgentAdapter):
    async def call(self, input): return "heard " + input.last_new_user_message_str()

class Simulator(scenario.AgentAdapter):
    role = scenario.AgentRole.USER
    async def call(self, input): return "simulated"

async def main():
    try:
        result = await scenario.run("d", "d", [Simulator(), Agent()], max_turns=2, debug=True, verbose=False)
    except scenario.ConfigurationError as error:
        print("REFUSED", error)
    else:
        print("\\n" + json.dumps([message["content"] for message in result.messages]))

asyncio.run(main())
"""


def printed(typed: str) -> str:
    """The last line of a program in which this is typed."""
    run = subprocess.run([sys.executable, "-c", CODE], input=typed, check=True, capture_output=True, text=True)
    return run.stdout.splitlines()[-1]


def test_a_typed_line_is_the_users_and_enter_lets_the_simulator_speak() -> None:
    """What was typed reaches the conversation and the agent."""
    assert printed("typed\n\n") == '["typed", "heard typed", "simulated", "heard simulated"]'


def test_where_nothing_can_be_typed_it_says_so() -> None:
    """A ValueError with the remedy, where the input has ended or is captured."""
    assert "leave debug out" in printed("")
