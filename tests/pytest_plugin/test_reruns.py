"""Tests that are tried again where they fail: the last try counts, on the terminal, in the store and in its reports."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Xml
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from scenario.cli.main import main
from scenario.report.compare import compared_invocations
from scenario.store.figures import FiguresReader
from scenario.store.reader import StoreReader
from scenario.viewer.desk import Desk
from tests.pytest_plugin.sessions import AGENTS, counts, section

pytest_plugins = ["pytester"]

TESTS = (
    AGENTS
    + """
    class Undecided(Exception):
        pass

    played = []

    async def tried(name, good_at=99, error=AssertionError):
        played.append(name)
        result = await play(name, scenario.judge() if played.count(name) < good_at else scenario.succeed())
        if not result.success:
            raise error("not good")

    @pytest.mark.flaky(reruns=3)
    async def test_comes_good():
        await tried("comes good", good_at=3)

    @pytest.mark.flaky(reruns=2)
    async def test_stays_bad():
        await tried("stays bad")

    async def test_by_the_command_line():
        await tried("by the command line", good_at=2)

    @pytest.mark.flaky(reruns=2, condition=False)
    async def test_on_no_condition():
        await tried("on no condition")

    @pytest.mark.flaky(reruns=2, rerun_except=["Undecided"])
    async def test_not_for_this_error():
        await tried("not for this error", error=Undecided)

    @pytest.mark.flaky(reruns=2, only_rerun=["AssertionError"])
    async def test_for_that_error():
        await tried("for that error", good_at=2)

    @pytest.mark.flaky(reruns=1)
    async def test_of_two():
        await play("first of two", scenario.succeed())
        await tried("second of two", good_at=2)

    @pytest.fixture
    async def breaks_once():
        yield
        played.append("teardown")
        assert played.count("teardown") > 1

    @pytest.mark.flaky(reruns=1)
    async def test_that_fails_afterwards(breaks_once):
        await play("fails afterwards", scenario.succeed())

    def test_the_fixture_s_results(scenario_reporter):
        names = [str(one["scenario"]) for one in scenario_reporter.results]
        assert len(names) == len(set(names))
"""
)
GOOD = {
    "comes good": 3,
    "by the command line": 2,
    "for that error": 2,
    "first of two": 2,
    "second of two": 2,
    "fails afterwards": 2,
}
BAD = {"stays bad": 3, "on no condition": 1, "not for this error": 1}
RETRIED = sum(GOOD.values()) + sum(BAD.values()) - len(GOOD) - len(BAD)


class Session(NamedTuple):
    """What a session printed, and the folder of its store."""

    result: pytest.RunResult
    store: Path

    def command(self, *arguments: str) -> str:
        """What a command says of the store."""
        done = CliRunner().invoke(main, [*arguments, "--store", str(self.store)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.stdout


@pytest.fixture(params=[[], ["-n2"]], ids=["alone", "over two workers"])
def session(request: pytest.FixtureRequest, project: pytest.Pytester) -> Session:
    """The tests above, played, stored."""
    project.makepyfile(test_it=TESTS)
    result = project.runpytest_subprocess("--reruns=1", "--scenario-store", "--junitxml=pytest.xml", *request.param)
    return Session(result, project.path / ".scenario")


def test_the_last_try_counts(session: Session) -> None:
    """Whatever asks for another try, and whatever forbids one; everywhere, and the same everywhere."""
    session.result.assert_outcomes(passed=7, failed=3, errors=0)
    _check_terminal(session)
    _check_store(session)
    _check_reports(session)
    _check_figures(session)


def _check_terminal(session: Session) -> None:
    assert counts(session.result) == "9 scenarios: 6 passed (6 tried again), 3 failed (1 tried again)"
    rows = [re.sub(" +", " ", line) for line in section(session.result) if line[:1] in {"✓", "✗", "!"}]
    assert len(rows) == len(GOOD) + len(BAD)
    for names, mark in ((GOOD, "✓"), (BAD, "✗")):
        for name, tries in names.items():
            (row,) = [row for row in rows if row.startswith(f"{mark} {name} ")]
            assert row.endswith(f"tried {tries} times") if tries > 1 else "tried" not in row


def _check_store(session: Session) -> None:
    with StoreReader(session.store) as reader:
        (invocation,) = reader.invocations()
        rows = reader.scenarios(limit=-1)
        failures = {row.name for row in reader.last_failures()}
    assert invocation.counts == {"passed": len(GOOD), "failed": len(BAD), "retried": RETRIED}
    assert invocation.total == len(GOOD) + len(BAD)
    assert failures == set(BAD)
    last = {row.name: row for row in rows if row.status != "retried"}
    assert {name: row.tries for name, row in last.items()} == GOOD | BAD
    assert {row.repeat for row in rows} == {0}
    assert sorted(row.tries for row in rows if row.name == "comes good") == [1, 2, 3]


def _check_reports(session: Session) -> None:
    cases = Xml.fromstring(session.command("report", "last", "--format", "junit"))  # noqa: S314 - our own
    assert (cases.get("tests"), cases.get("failures"), cases.get("errors")) == ("9", "3", "0")
    tries = {
        str(case.get("name")): int(found.get("value", "0"))
        if (found := case.find(".//*[@name='tries']")) is not None
        else 1
        for case in cases.iter("testcase")
    }
    assert tries == GOOD | BAD
    told = json.loads(session.command("report", "last", "--format", "json"))
    assert (told["totals"]["scenarios"], told["totals"]["passed"], told["totals"]["failed"]) == (9, 6, 3)
    assert {one["name"]: one["tries"] for one in told["scenarios"]} == GOOD | BAD
    markdown = session.command("report", "last")
    assert f"6 of 9 scenarios passed, {RETRIED} earlier tries" in markdown
    assert "`stays bad` (tried 3 times)" in markdown
    pytests = Xml.parse(session.store.parent / "pytest.xml").getroot()  # noqa: S314 - our own
    assert {suite.get("failures") for suite in pytests.iter("testsuite")} == {"3"}


def _check_figures(session: Session) -> None:
    with StoreReader(session.store) as reader, FiguresReader(session.store) as figures:
        uid = reader.invocations()[0].uid
        (criteria,) = [one for one in reader.criteria(uid) if one.criterion == "It helps"]
        assert criteria.counts == {"failed": len(BAD)}
        assert compared_invocations((reader, figures, uid), (reader, figures, uid)).after_rate == 6 / 9
    with closing(Desk(session.store)) as desk:
        overview = desk.figures(uid)
    assert (overview.runs, overview.passed, overview.failed, overview.retried) == (9, 6, 3, RETRIED)
    assert {one.criterion: one.failed for one in overview.criteria}["It helps"] == len(BAD)
    assert overview.turns == 9


def test_one_of_one(project: pytest.Pytester) -> None:
    """A single scenario says it of itself; with -v its earlier tries are listed, too."""
    project.makepyfile(
        test_it=AGENTS
        + """
    tries = []

    @pytest.mark.flaky(reruns=1)
    async def test_it():
        tries.append(1)
        assert (await play("greeting", scenario.judge() if len(tries) == 1 else scenario.succeed())).success
"""
    )
    result = project.runpytest_subprocess("-v")
    assert counts(result) == "1 scenario: 1 passed (tried again)"
    rows = [re.sub(" +", " ", line) for line in section(result) if line[:1] in {"✓", "✗"}]
    assert [row.split(" T")[0] for row in rows] == ["✓ greeting 1 turn", "✗ greeting 1 turn"]
    assert [row.endswith(end) for row, end in zip(rows, ["tried 2 times", "try 1, tried again"], strict=True)] == [
        True
    ] * 2


MARKED = """
    import pytest

    @pytest.mark.flaky(reruns=2)
    def test_once():
        assert True

    @pytest.mark.flaky
    def test_bare():
        assert True

    @pytest.mark.flaky(max_runs=3)
    def test_of_another_plugin():
        assert True
"""


def test_without_the_plug_in_the_mark_is_told_of(project: pytest.Pytester) -> None:
    """It has no effect, which nobody would notice; the package is named, once for all tests."""
    project.makefile(".ini", pytest="[pytest]")
    project.makepyfile(test_it=MARKED)
    result = project.runpytest_inprocess(
        "-p", "no:rerunfailures", "-p", "no:asyncio", "-rw", "-Wdefault", "-Wignore::pytest.PytestUnknownMarkWarning"
    )
    result.assert_outcomes(passed=3, warnings=1)
    result.stdout.fnmatch_lines(["*test_it.py:3: PytestWarning: *has no effect*pip install pytest-rerunfailures"])


def test_a_bare_mark_asks_for_another_try_too(project: pytest.Pytester) -> None:
    """Where nobody else knows it; as an error, the warning fails the test."""
    project.makefile(".ini", pytest="[pytest]")
    project.makepyfile(test_it=MARKED.replace("(reruns=2)", ""))
    result = project.runpytest_inprocess(
        "-p", "no:rerunfailures", "-p", "no:asyncio", "-Wdefault", "-Werror::pytest.PytestWarning",
        "-Wignore::pytest.PytestUnknownMarkWarning",
    )  # fmt: skip
    result.assert_outcomes(passed=2, errors=1)


def test_with_the_plug_in_nothing_is_told(project: pytest.Pytester) -> None:
    """Nor where another one knows the mark."""
    project.makefile(".ini", pytest="[pytest]\nmarkers = flaky: tried again by something else")
    project.makepyfile(test_it=MARKED.replace("(reruns=2)", ""))
    project.runpytest_inprocess("-p", "no:rerunfailures", "-p", "no:asyncio").assert_outcomes(passed=3, warnings=0)
