"""`scenario report` and `scenario compare` on stores that runs were recorded into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as Xml

import msgspec
import pytest
from click.testing import CliRunner, Result

from scenario.cli.main import main
from scenario.store.writer import StoreWriter
from tests.report.run_events import Run, exchange, met, not_met


def recorded(folder: Path, passed: Mapping[str, bool], *, ttft: float = 0.2) -> str:
    """Record an invocation with a run of each name, which passes or not; its id."""
    with StoreWriter(folder) as writer:
        for name, passes in passed.items():
            run = Run(name)
            criterion = met("It is polite") if passes else not_met("It is polite", "It is rude.", "Go away", 1)
            events = [
                *run.start(),
                *run.turn(),
                *run.says("Hello?"),
                *run.answers("Good day" if passes else "Go away", over=exchange(ttft=ttft)),
                *run.judged(criterion),
            ]
            for event in events:
                writer(msgspec.structs.replace(event, run_id=f"{name}-{writer.invocation.uid}"))
        return writer.invocation.uid


def scenario(*arguments: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(main, arguments)


def test_each_format_has_every_run(tmp_path: Path) -> None:
    """Markdown, HTML, JUnit and JSON are written of the same runs."""
    recorded(tmp_path, {"a": True, "b": False})
    store = ("--store", str(tmp_path))
    assert "1 of 2 scenarios passed" in scenario("report", "last", *store).output
    suite = Xml.fromstring(scenario("report", "last", *store, "--format", "junit").output)  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    told = json.loads(scenario("report", "last", *store, "--format", "json").output)
    assert [(one["name"], one["outcome"]) for one in told["scenarios"]] == [("a", "passed"), ("b", "failed")]
    assert told["scenarios"][0]["ttfts"] == [0.2]
    page = scenario("report", "last", *store, "--format", "html").output
    assert '"rows":2,"blocks":[2]' in page


def test_the_format_goes_by_the_name_of_the_file(tmp_path: Path) -> None:
    """A file that ends in .html gets HTML, .xml JUnit, .json JSON, any other Markdown."""
    recorded(tmp_path / "store", {"a": True})
    for name, beginning in (("r.html", "<!doctype html>"), ("r.xml", "<?xml"), ("r.json", "{"), ("r.md", "## ✅")):
        result = scenario("report", "last", "--store", str(tmp_path / "store"), "-o", str(tmp_path / name))
        assert result.exit_code == 0
        assert (tmp_path / name).read_text("utf-8").startswith(beginning)


def test_one_scenario_can_be_reported(tmp_path: Path) -> None:
    """The id of a scenario in the place of an invocation's gives a report of it alone."""
    uid = recorded(tmp_path, {"a": True, "b": False})
    result = scenario("report", f"a-{uid}", "--store", str(tmp_path))
    assert "1 of 1 scenario passed" in result.output


def test_a_regression_is_told_and_ends_with_1(tmp_path: Path) -> None:
    """What passed before and does not now is named with its reason; the criterion that flipped and latency, too."""
    before = recorded(tmp_path, {"a": True, "b": True, "gone": True})
    after = recorded(tmp_path, {"a": True, "b": False, "new": True}, ttft=0.3)
    result = scenario("compare", before, after, "--store", str(tmp_path))
    assert result.exit_code == 1
    assert "b  1/1 -> 0/1 passed" in result.output
    assert "passed -> failed  It is polite  (b)" in result.output
    assert "Only before: gone" in result.output
    assert "Only after: new" in result.output
    assert "1 regression, 0 improvements, 1 unchanged" in result.output
    assert "first token, median: 200 ms -> 300 ms" in result.output


def test_an_improvement_is_told_and_ends_with_0(tmp_path: Path) -> None:
    """What passes now and did not before is no reason to fail."""
    before = recorded(tmp_path, {"a": False})
    recorded(tmp_path, {"a": True})
    result = scenario("compare", before, "last", "--store", str(tmp_path), "--json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert [one["name"] for one in told["improvements"]] == ["a"]
    assert told["flips"] == [{"scenario": "a", "criterion": "It is polite", "before": "failed", "after": "passed"}]


def test_a_baseline_may_be_in_another_store(tmp_path: Path) -> None:
    """In CI, what the main branch did comes as a store of its own."""
    recorded(tmp_path / "main", {"a": True})
    recorded(tmp_path / "here", {"a": False})
    stores = ("--baseline", str(tmp_path / "main"), "--store", str(tmp_path / "here"))
    result = scenario("compare", "last", "last", *stores, "--markdown")
    assert result.exit_code == 1
    assert "| `a` | 1/1 | 0/1 | `It is polite` |" in result.output


@pytest.mark.parametrize("options", [(), ("--json",), ("--markdown",)])
def test_what_has_nothing_in_common_is_not_compared(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Exit code 2: that nothing got worse of what was never looked at would be no finding."""
    before = recorded(tmp_path, {"a": True})
    recorded(tmp_path, {"b": False})
    result = scenario("compare", before, "last", "--store", str(tmp_path), *options)
    assert result.exit_code == 2
    assert "no scenario in common" in result.output


def test_the_pass_rate_is_that_of_the_scenarios_in_both(tmp_path: Path) -> None:
    """What only one of them has makes it neither better nor worse."""
    before = recorded(tmp_path, {"a": True, "b": False, "gone": False})
    recorded(tmp_path, {"a": True, "b": False, "new": True, "newer": True})
    result = scenario("compare", before, "last", "--store", str(tmp_path))
    assert result.exit_code == 0
    assert "pass rate of what both have: 50% -> 50%" in result.output


@pytest.mark.parametrize("arguments", [("compare", "nothing", "last"), ("report", "nothing")])
def test_a_run_that_is_not_there_is_a_matter_of_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 2, and the id that was not found."""
    recorded(tmp_path, {"a": True})
    result = scenario(*arguments, "--store", str(tmp_path))
    assert result.exit_code == 2
    assert "'nothing'" in result.output


def test_a_scenario_cannot_be_compared_as_an_invocation(tmp_path: Path) -> None:
    """The error says what to give instead."""
    uid = recorded(tmp_path, {"a": True})
    result = scenario("compare", f"a-{uid}", "last", "--store", str(tmp_path))
    assert result.exit_code == 2
    assert "compare invocations" in result.output
