"""The demonstration: who plays what, both scenarios on the terminal, and whether they ended as they should."""

from __future__ import annotations

import sys

from scenario.agents.remote.agent import RemoteAgent
from scenario.demo.cast import Cast
from scenario.demo.scenarios import failing, passing
from scenario.demo.weather_agent import by_rules, weather_agent
from scenario.types import ScenarioResult

CHOICES = """\
No model was found, so rules play every part. With a model, the user improvises and the judge reads. Any of these:
  OPENAI_API_KEY=… or ANTHROPIC_API_KEY=… scenario demo
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 scenario demo    any OpenAI-compatible server
  ollama serve                                              an Ollama server on this machine
  pip install 'scenario-testing[local]' && scenario demo --pull qwen2.5-coder-1.5b-instruct
"""


async def demonstrate(cast: Cast, *, said: bool) -> int:
    """Play it; 0 where both scenarios end as they should, else 1.

    Args:
        cast: who plays.
        said: whether the choices of a model were told already, or none is wanted.
    """
    if cast.model is None and not said:
        _print(CHOICES)
    _print("Who plays what:")
    for part, player in cast.parts:
        _print(f"  {part:<6} {player}")
    _print("")
    async with weather_agent(cast.respond) as url:
        _print(f"The agent serves {url}\n")
        passed = await passing(RemoteAgent(url, name="weather agent"), cast.user, cast.judge)
    _print("\nNow one that is meant to fail, by rules: what a failure looks like.\n")
    async with weather_agent(by_rules) as url:
        failed = await failing(RemoteAgent(url, name="weather agent"))
    return _ending(passed, failed)


def _ending(passed: ScenarioResult, failed: ScenarioResult) -> int:
    _print("")
    if passed.success and not failed.success:
        _print("Both ended as they should: one passed, one was meant to fail and did.")
        _print("Next: point scenario.RemoteAgent(url) at your own agent; the README's first screen shows how.")
        return 0
    if passed.inconclusive_criteria:
        undecided = ", ".join(repr(criterion) for criterion in passed.inconclusive_criteria)
        _print(f"The judge could not decide {undecided}; what is undecided is never counted as met.")
    if not passed.success:
        _print(f"The first scenario was meant to pass, and did not: {passed.reasoning}")
    if failed.success:
        _print("The second scenario was meant to fail, and passed.")
    return 1


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
