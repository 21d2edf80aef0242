"""`scenario compare` where a run says nothing about the agent: that is neither worse nor better, and no success."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from scenario.cli.main import main
from scenario.store.writer import StoreWriter
from scenario.types import CriterionResult
from tests.report.run_events import Run, met, not_met

ENDS = {
    "passed": lambda run: run.judged(met("It is polite")),
    "failed": lambda run: run.judged(not_met("It is polite", "It is rude.")),
    "undecided": lambda run: run.judged(CriterionResult(criterion="It is polite", status="inconclusive")),
    "judge": lambda run: run.stopped("JudgeError: down", "judge"),
    "test": lambda run: run.stopped("KeyError: 'x'", None),
}


def recorded(folder: Path, ends: Mapping[str, list[str]]) -> str:
    """Record an invocation in which each scenario ends so, once for each of its ends; its id."""
    with StoreWriter(folder) as writer:
        for name, all_of in ends.items():
            for index, end in enumerate(all_of):
                run = Run(name)
                for event in [*run.start(), *run.turn(), *ENDS[end](run)]:
                    writer(msgspec.structs.replace(event, run_id=f"{name}-{index}-{writer.invocation.uid}"))
        return writer.invocation.uid


def compared(folder: Path, before: str, after: str, *options: str) -> Result:
    """Hold a scenario that ended so against itself before; several ends are repetitions."""
    first = recorded(folder, {"a": before.split()})
    second = recorded(folder, {"a": after.split()})
    return CliRunner().invoke(main, ["compare", first, second, "--store", str(folder), *options])


@pytest.mark.parametrize(
    ("before", "after", "code", "told"),
    [
        ("passed", "failed", 1, "1/1 -> 0/1 passed"),
        ("passed", "judge", 3, "passed -> invalid (judge)"),
        ("passed", "test", 2, "passed -> invalid (test)"),
        ("passed", "undecided", 5, "passed -> undecided"),
        ("failed", "undecided", 5, "failed -> undecided"),
        ("judge", "passed", 0, "invalid -> passed"),
        ("undecided", "failed", 0, "undecided -> failed"),
        ("judge", "judge", 3, "invalid -> invalid (judge)"),
    ],
)
def test_the_exit_code_says_what_can_be_said(tmp_path: Path, before: str, after: str, code: int, told: str) -> None:
    """1 only where the agent got worse; where nothing can be said of it now, 2, 3 or 5, as of a run that ends so."""
    done = compared(tmp_path, before, after)
    assert (done.exit_code, told in done.output) == (code, True), done.output
    if code != 1:
        assert "0 regressions, 0 improvements, 0 unchanged, 1 not comparable" in done.output


def test_a_regression_counts_first(tmp_path: Path) -> None:
    """Of several, the first of 1, 2, 3, 5."""
    first = recorded(tmp_path, {"a": ["passed"], "b": ["passed"], "c": ["passed"]})
    second = recorded(tmp_path, {"a": ["judge"], "b": ["failed"], "c": ["undecided"]})
    done = CliRunner().invoke(main, ["compare", first, second, "--store", str(tmp_path), "--json"])
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert [row["name"] for row in told["regressions"]] == ["b"]
    assert [(row["name"], row["after_status"], row["after_fault"]) for row in told["not_comparable"]] == [
        ("a", "invalid", "judge"),
        ("c", "undecided", ""),
    ]
    assert (told["before_rate"], told["after_rate"]) == (1.0, 0.0)
    assert (told["undecided"]["after"], told["invalid"]["after"]) == (1, 1)


def test_of_repetitions_those_that_were_decided_count(tmp_path: Path) -> None:
    """And how many were not is told, so that nothing goes missing in silence."""
    done = compared(tmp_path, "passed passed passed", "passed judge undecided")
    assert done.exit_code == 0
    assert "1 unchanged" in done.output
    assert "undecided: 0 -> 1" in done.output
    assert "invalid: 0 -> 1" in done.output
    assert compared(tmp_path / "other", "passed passed", "judge failed").exit_code == 1


def test_markdown_has_a_table_of_its_own(tmp_path: Path) -> None:
    """For a pull request's comment."""
    done = compared(tmp_path, "passed", "judge", "--markdown")
    assert "1 not comparable" in done.output
    assert "#### Not comparable" in done.output
    assert "| `a` | passed | invalid (judge) | `JudgeError: down` |" in done.output


def test_a_comparison_with_what_never_ended_is_refused(tmp_path: Path) -> None:
    """There is nothing to be held against."""
    first = recorded(tmp_path, {"a": ["passed"]})
    with StoreWriter(tmp_path) as writer:
        writer.announce()
    done = CliRunner().invoke(main, ["compare", first, "last", "--store", str(tmp_path)])
    assert done.exit_code == 2
    assert "has ended" in done.output


def test_what_is_undecided_counts_in_the_pass_rate_as_on_every_page(tmp_path: Path) -> None:
    """One definition: of what passed, failed or is undecided; not of what is invalid."""
    done = compared(tmp_path, "passed passed", "passed undecided judge")
    assert "pass rate of what both have: 100% -> 50%" in done.output
