"""What pytest shows of a failure: the lines of the test, of its steps and of its adapters, and none of Scenario's."""

from __future__ import annotations

import re

import pytest

pytest_plugins = ["pytester"]

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

    async def test_it():
        CALL  # MARK test
"""
PLAYED = "await play(scenario.agent(), agent={agent})"
JUDGED = (
    "async with ModelServer(statuses=[401]) as server: "
    'await play(scenario.judge(), agent=scenario.JudgeAgent(criteria=["c"], model=server.config()))'
)
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
    "a name that is not there": ("scenario.nonsense", ["test"]),
    "a check of ours": ('await play(scenario.checks.text_contains("y"))', ["test"]),
}


def run_pytest(pytester: pytest.Pytester, call: str, *options: str) -> str:
    """What a session shows of a test with this line."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(test_it=SUITE.replace("CALL", call))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(failed=1)
    return result.stdout.str()


def places(shown: str) -> list[str]:
    """The files in whose lines the traceback stops, one for each frame."""
    return re.findall(r"^(\S+\.py):\d+: ", shown, re.MULTILINE)


@pytest.mark.parametrize("case", CASES)
def test_a_traceback_shows_the_lines_of_the_test(pytester: pytest.Pytester, case: str) -> None:
    """Its own, in order, and no others: neither Scenario's nor those of what it is made of."""
    call, marks = CASES[case]
    shown = run_pytest(pytester, call, "--tb=short")
    assert re.findall(r"# MARK (.*)", shown) == marks
    assert set(places(shown)) == {"test_it.py"}


def test_the_long_form_ends_at_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    """Which pytest marks with the error below it."""
    shown = run_pytest(pytester, "await play(scenario.user())")
    assert re.search(r"^> .*# MARK test$(\n.*){0,3}^E .*ScriptError: ", shown, re.MULTILINE | re.DOTALL)


def test_all_lines_are_shown_on_demand(pytester: pytest.Pytester) -> None:
    """By pytest's own option."""
    assert "runner/running.py" in run_pytest(pytester, "await play(check)", "--tb=short", "--full-trace")


@pytest.mark.parametrize("error", ['InternalError("ours")', "scenario.types.Usage() + 1"])
def test_where_scenario_is_at_fault_its_lines_are_shown(pytester: pytest.Pytester, error: str) -> None:
    """They are what a report of the mistake needs."""
    if error.startswith("Internal"):
        call = PLAYED.format(agent=f"Agent(scenario.errors.{error})")
        assert any(place.endswith("runner/running.py") for place in places(run_pytest(pytester, call, "--tb=short")))
    else:
        shown = run_pytest(pytester, error, "--tb=short")
        assert any(place.endswith("scenario/types.py") for place in places(shown))
