"""A test whose run nobody could decide fails, and says in every line that it was not the agent that failed."""

from __future__ import annotations

import re

import pytest

from tests.pytest_plugin.sessions import AGENTS, counts

UNSURE = (
    AGENTS
    + """
    class Unsure(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE
        async def call(self, input):
            return scenario.ScenarioResult(
                success=False, messages=[], reasoning="Nobody contradicted it.", passed_criteria=["It answers"],
                failed_criteria=["It stays polite"], inconclusive_criteria=["It stays polite"],
                criteria=[scenario.CriterionResult(criterion="It answers", status="passed"),
                          scenario.CriterionResult(criterion="It stays polite", status="inconclusive")])

    def judged():
        return scenario.run(name="asks", description="", agents=[Echo(), Unsure()],
                            script=[scenario.user("hello"), scenario.agent(), scenario.judge()])
"""
)
pytest_plugins = ["pytester"]
SAID = "undecided: 1 of 2 criteria could not be decided: It stays polite"


def summary(result: pytest.RunResult) -> list[str]:
    """The lines of pytest's short summary."""
    return [line for line in result.stdout.lines if line.startswith("FAILED")]


@pytest.fixture(autouse=True)
def wide(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on which pytest cuts no line of its short summary."""
    del project  # which takes the width away
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("workers", [[], ["-n1"]])
@pytest.mark.parametrize("message", ["", ", result.reasoning"])
def test_the_short_summary_says_so(project: pytest.Pytester, message: str, workers: list[str]) -> None:
    """With the reason as the assertion's message, and without one; on a worker of pytest-xdist as well."""
    project.makepyfile(
        test_it=UNSURE
        + f"\n    async def test_it():\n        result = await judged()\n        assert result.success{message}\n"
    )
    result = project.runpytest_subprocess(*workers)
    result.assert_outcomes(failed=1)
    assert summary(result) == [f"FAILED test_it.py::test_it - {SAID}"]
    assert "outcome='undecided'" in result.stdout.str()
    assert counts(result) == "1 scenario: 1 undecided"


def test_any_other_failure_says_what_it_did(project: pytest.Pytester) -> None:
    """An assertion about something else, a failure of the agent's, and both in one test."""
    project.makepyfile(
        test_it=UNSURE
        + """
    async def test_else():
        await judged()
        assert 1 == 2, "arithmetic"

    async def test_failed():
        result = await play("judged", scenario.judge())
        assert result.success, result.reasoning

    async def test_both():
        first, second = await judged(), await play("judged", scenario.judge())
        assert first.success and second.success, second.reasoning
"""
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=3)
    told = [re.sub(r" {2,}", " ", line) for line in summary(result)]
    assert [line.partition(" - ")[2].split(": ")[-1] for line in told] == [
        "arithmetic", "It only repeats.", "It only repeats.",
    ]  # fmt: skip
    assert not any("undecided" in line for line in told)


def test_a_run_without_a_verdict_says_why(project: pytest.Pytester) -> None:
    """Nobody judged it: there are no criteria to name."""
    project.makepyfile(
        test_it=UNSURE
        + """
    async def test_it():
        result = await scenario.run(name="x", description="", agents=[Echo()],
                                    script=[scenario.user("hello"), scenario.agent()])
        assert result.success, result.reasoning
"""
    )
    result = project.runpytest_inprocess()
    (line,) = summary(result)
    assert "- undecided: " in line
    assert "without conclusion" in line


def test_success_is_false_for_all_but_passed(project: pytest.Pytester) -> None:
    """And the outcome says which it is; what is invalid raises, and says whose fault it was."""
    project.makepyfile(
        test_it=UNSURE
        + """
    class Down(scenario.AgentAdapter):
        role = scenario.AgentRole.JUDGE
        async def call(self, input):
            raise ConnectionError("the model is down")

    async def test_it():
        undecided = await judged()
        failed = await play("judged", scenario.judge())
        passed = await play("greets", scenario.succeed())
        assert [(one.success, one.outcome) for one in (passed, failed, undecided)] == [
            (True, "passed"), (False, "failed"), (False, "undecided")]
        with pytest.raises(scenario.JudgeError) as caught:
            await scenario.run(name="down", description="", agents=[Echo(), Down()],
                               script=[scenario.user("hello"), scenario.agent(), scenario.judge()])
        assert caught.value.fault == "judge"
"""
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert counts(result) == "4 scenarios: 1 passed, 1 failed, 1 undecided, 1 invalid (judge)"
