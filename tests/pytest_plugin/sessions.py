"""Pytest sessions inside of tests: what they run, and what they print."""

from __future__ import annotations

import re

import pytest

AGENTS = """
    import asyncio, os, threading
    import pytest, pytest_asyncio, scenario

    class Echo(scenario.AgentAdapter):
        async def call(self, input):
            yield "You said: "
            yield input.last_new_user_message_str()

    class Broken(scenario.AgentAdapter):
        async def call(self, input):
            raise ConnectionError("no route to \\x1b[31mhost")

    class Judge(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE
        async def call(self, input):
            return scenario.ScenarioResult(success=False, messages=[], reasoning="It only repeats.", criteria=[
                scenario.CriterionResult(criterion="It answers", status="passed"),
                scenario.CriterionResult(criterion="It helps", status="failed", reasoning="It is an echo.",
                                         quote="You said: hello", message_index=1),
            ])

    def play(name, *steps, agent=Echo):
        return scenario.run(name=name, description="A greeting.", agents=[agent(), Judge()],
                            script=[scenario.user("hello"), scenario.agent(), *steps])
"""

SUITE = (
    AGENTS
    + """
    @pytest.mark.agent_test
    async def test_passes():
        assert (await play("greeting", scenario.succeed())).success

    async def test_fails():
        assert (await play("judged", scenario.judge())).success

    async def test_breaks():
        await play("unreachable", agent=Broken)

    def has_lookup(state):
        assert state.has_tool_call("lookup"), "no lookup"

    async def test_checks():
        await play("checked", has_lookup)
"""
)

INI = """
    [pytest]
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
    addopts = --strict-markers
"""


def section(result: pytest.RunResult) -> list[str]:
    """The lines of the scenarios' section, without durations."""
    text = result.stdout.str()
    found = re.search(r"=+ scenarios =+\n(.*?)\n\n?(?:=+ |\S+ (?:passed|failed)|$)", text, re.DOTALL)
    assert found is not None, text
    return [re.sub(r"[\d.]+ m?s\b|p50 |, p95 T", "T", line).rstrip() for line in found[1].splitlines()]


def counts(result: pytest.RunResult) -> str:
    """The first part of the totals line."""
    (line,) = re.findall(r"^\d+ scenarios?: [^·]*", result.stdout.str(), re.MULTILINE)
    return line.strip()
