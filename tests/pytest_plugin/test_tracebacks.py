"""What pytest shows of a failure: the lines of the test, of its steps and of its adapters, and none of Scenario's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

INI = """
    [pytest]
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
"""
SUITE = """
    import scenario
    from scenario.testing import ModelServer

    class Agent(scenario.AgentAdapter):
        def __init__(self, answer):
            self.answer = answer
        async def call(self, input):
            if isinstance(self.answer, Exception):
                raise self.answer  # MARK adapter
            return self.answer

    class Blocking(Agent):
        def call(self, input):
            raise self.answer  # MARK blocking adapter

    def check(state):
        assert state.has_tool_call("lookup")  # MARK check

    async def awaited(state):
        await scenario.agent()(state)  # MARK step

    def steps():
        yield scenario.user("hi")
        raise KeyError("script")  # MARK generator

    def play(*steps, agent=None, **settings):
        script = [scenario.user("hi"), *steps]
        return scenario.run("n", "d", [agent or Agent("x")], **{"script": script, **settings})

"""
TEST = """
    async def test_{number}():
        {call}  # MARK test
"""
PLAYED = "await play(scenario.agent(), agent={agent})"
JUDGED = (
    "async with ModelServer(statuses=[401]) as server: "
    'await play(scenario.judge(), agent=scenario.JudgeAgent(criteria=["c"], model=server.config()))'
)
NOBODY = 'await play(scenario.judge(), agent=scenario.JudgeAgent(criteria=["c"], model="openai/x", api_key="k", api_base="http://127.0.0.1:9/v1"))'
CASES = {
    "a check": ("await play(check)", ["test", "check"]),
    "a callback": ("await play(scenario.proceed(1, on_turn=check))", ["test", "check"]),
    "an adapter": (PLAYED.format(agent="Agent(KeyError())"), ["adapter", "test"]),
    "an adapter in a thread": (PLAYED.format(agent="Blocking(KeyError())"), ["blocking adapter", "test"]),
    "a step in a step": ("await play(awaited, agent=Agent(KeyError()))", ["adapter", "test", "step"]),
    "a script": ("await play(script=steps())", ["test", "generator"]),
    "an answer that is none": (PLAYED.format(agent="Agent(5)"), ["test"]),
    "a step that cannot be played": ("await play(scenario.user())", ["test"]),
    "a step that cannot be made": ("await play(scenario.proceed(-1))", ["test"]),
    "a setting": ("await play(max_turns=0)", ["test"]),
    "no participant": ("await play(agent=object())", ["test"]),
    "no address": ('scenario.RemoteAgent("nowhere")', ["test"]),
    "an agent that is not there": (PLAYED.format(agent='scenario.RemoteAgent("http://127.0.0.1:9")'), ["test"]),
    "the model of a judge": (JUDGED, ["test"]),
    "a judge's model that is not there": (NOBODY, ["test"]),
    "a name that is not there": ("scenario.nonsense", ["test"]),
    "a check of ours": ('await play(scenario.checks.text_contains("y"))', ["test"]),
}


CALLS = [call for call, _ in CASES.values()]
OURS = [PLAYED.format(agent='Agent(scenario.errors.InternalError("ours"))'), "scenario.types.Usage() + 1"]


def run_pytest(folder: Path, calls: list[str], *options: str) -> list[str]:
    """What a session shows of tests with these lines, one after the other."""
    (folder / "pytest.ini").write_text(dedent(INI))
    tests = (TEST.format(number=number, call=call) for number, call in enumerate(calls))
    (folder / "test_it.py").write_text(dedent(SUITE) + "".join(map(dedent, tests)))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    failures = done.stdout.partition("= FAILURES =")[2].partition("= scenarios =")[0]
    _, *shown = re.split(r"^_+ test_\d+ _+$", failures, flags=re.MULTILINE)
    assert len(shown) == len(calls), done.stdout
    return shown


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a session shows of each case."""
    return dict(zip(CASES, run_pytest(tmp_path_factory.mktemp("short"), CALLS, "--tb=short"), strict=True))


def places(shown: str) -> list[str]:
    """The files in whose lines the traceback stops, one for each frame."""
    return re.findall(r"^([^\s:][^:\n]*\.py):\d+: ", shown, re.MULTILINE)


@pytest.mark.parametrize("case", CASES)
def test_a_traceback_shows_the_lines_of_the_test(shown: dict[str, str], case: str) -> None:
    """Its own, in order, and no others: neither Scenario's nor those of what it is made of."""
    assert re.findall(r"# MARK (.*)", shown[case]) == CASES[case][1]
    assert set(places(shown[case])) == {"test_it.py"}


def test_the_long_form_ends_at_the_line_of_the_test(tmp_path: Path) -> None:
    """Which pytest marks with the error below it."""
    (shown,) = run_pytest(tmp_path, ["await play(scenario.user())"])
    assert re.search(r"^> .*# MARK test$(\n.*){0,3}^E .*MissingParticipantError: ", shown, re.MULTILINE | re.DOTALL)


def test_all_lines_are_shown_on_demand(tmp_path: Path) -> None:
    """By pytest's own option."""
    (shown,) = run_pytest(tmp_path, ["await play(check)"], "--tb=short", "--full-trace")
    assert "runner/running.py" in shown


def test_where_scenario_is_at_fault_its_lines_are_shown(tmp_path: Path) -> None:
    """They are what a report of the mistake needs."""
    told, unforeseen = run_pytest(tmp_path, OURS, "--tb=short")
    assert any(place.endswith("runner/running.py") for place in places(told))
    assert any(place.endswith("scenario/usage.py") for place in places(unforeseen))
