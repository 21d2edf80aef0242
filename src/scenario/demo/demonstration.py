"""The demonstration: who plays what, both scenarios on the terminal, and whether they ended as they should."""

from __future__ import annotations

import sys

from scenario.agents.remote.agent import RemoteAgent
from scenario.demo.cast import Cast
from scenario.demo.scenarios import failing, passing
from scenario.demo.weather_agent import by_rules, weather_agent
from scenario.types import ScenarioResult

FIGURES = """\
Below each answer stand the figures of its stream. TTFT (time to first token): from the request to the first words.
gaps: the pauses between the pieces that follow: their median, what 95 of 100 stay within (p95), and the longest.
"""


async def demonstrate(cast: Cast) -> int:
    """Play it; 0 where both scenarios show what they are to show, else 1."""
    _print("Who plays what:")
    for part, player in cast.parts:
        _print(f"  {part:<6} {player}")
    _print(f"\n{FIGURES}")
    async with weather_agent(cast.respond) as url:
        _print(f"The agent serves {url}\n")
        passed = await passing(RemoteAgent(url, name="weather agent"), cast.user, cast.judge)
    _print("\nNow one that is meant to fail, by rules: what a failure looks like.\n")
    async with weather_agent(by_rules) as url:
        failed = await failing(RemoteAgent(url, name="weather agent"))
    return ending(passed, failed)


def ending(passed: ScenarioResult, failed: ScenarioResult) -> int:
    """Say whether they showed what they are to show; the exit code of it."""
    _print("")
    if passed.success and failed.outcome == "failed":
        _print("Both ended as they should: one passed, one was meant to fail and did.")
        _print("Next: point scenario.RemoteAgent(url) at your own agent; the README's first screen shows how.")
        return 0
    if passed.inconclusive_criteria:
        undecided = ", ".join(repr(criterion) for criterion in passed.inconclusive_criteria)
        _print(f"The judge could not decide {undecided}; what is undecided is never counted as met.")
    if passed.outcome == "undecided" and failed.outcome == "failed":
        _print(
            "That is no failure of the agent: `scenario run` would end with exit code 5. A larger model decides more."
        )
        return 0
    if not passed.success:
        _print(f"The first scenario was meant to pass, and did not: {passed.reasoning}")
    if failed.outcome != "failed":
        _print(f"The second scenario was meant to fail, and {failed.outcome}.")
    return 1


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
