"""How many controls a judge missed, over many runs, with the interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenario.report.terminal.control_lines import control_lines, summed
from scenario.report.terminal.glyphs import UNICODE
from scenario.testing import AgentServer, DecisionServer, ModelServer
from tests.cli_run.command import Ended, typed
from tests.pytest_plugin.sessions import INI

pytest_plugins = ["pytester"]

_FILE = """\
agent: $env.AGENT_URL
name: greeting
judge: {criteria: [It greets, It helps]}
script: [{user: Hello there}, agent, judge]
"""
_TEST = """
import pytest
import scenario
from scenario.testing import AgentServer, DecisionServer

@pytest.mark.asyncio
async def test_it():
    async with DecisionServer() as server, AgentServer("Hello!") as agent:
        result = await scenario.run(
            name="greeting",
            description="A user says hello.",
            agents=[
                scenario.RemoteAgent(agent.url),
                scenario.JudgeAgent(criteria=["It greets"], model="systemone/test", api_base=server.base_url),
            ],
            script=[scenario.user("Hello there"), scenario.agent(), scenario.judge()],
        )
    assert result.success
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's store and scenario are in its own folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greeting.yaml").write_text(_FILE)


def _is_stored() -> bool:
    return Path(".scenario").exists()


def _misses_once() -> Any:
    asked: list[Any] = []

    def replies(body: dict[str, Any]) -> dict[str, Any] | None:
        asked.append(body)
        answers = {name: {"type": "noul", "noul": 0.99} for name in body["questions"]}
        return {"model": "test", "answers": answers} if len(asked) == 1 else None

    return replies


async def _run(server: DecisionServer, *arguments: str, model: str = "systemone/test") -> Ended:
    async with AgentServer("Hello!") as agent:
        asked = {"AGENT_URL": agent.url, "TYPESAFE_BASE_URL": server.base_url}
        return await typed("run", "greeting.yaml", "--model", model, *arguments, **asked)


async def test_the_estimate_runs_over_all_that_is_stored() -> None:
    """The missed ones of all runs with their interval, and those of this one; and that they tell of reading alone."""
    async with DecisionServer(replies=_misses_once()) as server:
        first = await _run(server)
        await _run(server)
        third = await _run(server, "--repeat", "2")
    assert "systemone/test missed 1 of 3 controls (33.3%, 95 % interval 6.1% to 79.2%)." in first.out
    assert (
        "missed 1 of 12 controls (8.3%, 95 % interval 1.5% to 35.4%) in all stored runs, 0 of 6 in these." in third.out
    )
    assert "how often it misreads, and not how well it judges" in third.out


async def test_without_a_store_these_runs_count() -> None:
    """Nothing is read, and nothing is made, where nothing is to be stored."""
    async with DecisionServer() as server:
        ended = await _run(server, "--no-store")
    assert "missed 0 of 3 controls (0.0%, 95 % interval 0.0% to 56.1%)." in ended.out
    assert not _is_stored()


async def test_nothing_is_said_where_there_were_none() -> None:
    """A judge that writes has no controls where nobody asks for them."""
    async with ModelServer() as models, AgentServer("Hello!") as agent:
        told = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("run", "greeting.yaml", "--model", "openai/test", **told)
    assert ended.code == 0
    assert "ontrols" not in ended.out


async def test_judging_again_says_what_was_missed_and_what_each_model_took() -> None:
    """The controls of the judge that is asked now, and apart from it the requests of the one above."""
    async with DecisionServer({"helps": 0.6}) as server, ModelServer() as models:
        ended = await _run(server)
        asked = ("--model", "systemone/test", "--escalate-to", "openai/b", "--controls", "4")
        told = {"TYPESAFE_BASE_URL": server.base_url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        ended = await typed("judge", "last", *asked, **told)
    assert "systemone/test missed 0 of 4 controls" in ended.out
    assert "openai/b missed 0 of 4 controls" in ended.out
    assert "systemone/test: " in ended.out
    assert "openai/b: 1 request now" in ended.out


def test_pytest_prints_it_too(pytester: pytest.Pytester) -> None:
    """Below its summary, as the command line does."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(test_it=_TEST)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*Controls: systemone/test missed 0 of 3 controls (0.0%*"])


def test_servers_are_told_apart() -> None:
    """One model at two addresses may be two: each has a line of its own, with its address."""
    told = [("m", "http://a/v1", 3, 0), ("m", "http://b/v1", 3, 2), ("m", "http://a/v1", 3, 1)]
    lines = ["".join(span.text for span in line) for line in control_lines(summed(told), {}, UNICODE)]
    assert lines[0].startswith("Controls: m at http://a/v1 missed 1 of 6 controls")
    assert lines[1].startswith("Controls: m at http://b/v1 missed 2 of 3 controls")
    assert len(lines) == 3
