"""Checkpoints and the verdict at the end may judge the same criterion: wherever it is counted, it counts once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scenario.cli.stored_run import run_lines
from scenario.dialogue.events import CheckpointPassed, RunEvent, RunFinished
from scenario.record.account_recorder import AccountRecorder
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.store.accounts import stored_account
from scenario.store.figures import FiguresReader
from scenario.store.invocation import Invocation
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.types import CriterionResult
from scenario.viewer.desk import Desk, Query
from tests.store.stored_runs import a_run

JUDGED = "The agent tells the weather"
EARLIER = "The agent is polite"


def checked_twice(run_id: str, *, success: bool = True) -> Iterator[RunEvent]:
    """A run with two checkpoints that were met: both on one criterion, which the verdict at the end judges, too."""
    for event in a_run(run_id, success=success):
        if isinstance(event, RunFinished):
            for turn in (0, 1):
                met = tuple(CriterionResult(criterion=text, status="passed") for text in (JUDGED, EARLIER))
                yield CheckpointPassed(run_id=run_id, at=event.at, turn=turn, criteria=met)
        yield event


def stored(folder: Path) -> None:
    """Two such runs: in one the verdict at the end is not the checkpoints'."""
    with StoreWriter(folder, invocation=Invocation(uid="a" * 32, started=1.0, source="run")) as writer:
        for event in (*checked_twice("good"), *checked_twice("bad", success=False)):
            writer(event)


def test_a_criterion_that_a_checkpoint_and_the_verdict_judge_counts_once_in_lists_and_figures(tmp_path: Path) -> None:
    """The page's overview, its rows and the reader's counts have each criterion of a run once, by its last verdict."""
    stored(tmp_path)
    desk = Desk(tmp_path)
    counted = {one.criterion: (one.passed, one.failed, one.inconclusive) for one in desk.figures().criteria}
    rows = {row["id"]: (row["met"], row.get("unmet", [])) for row in desk.scenarios(Query()).rows}
    unmet = [row["id"] for row in desk.scenarios(Query(criterion=JUDGED)).rows]
    desk.close()
    with StoreReader(tmp_path) as reader:
        told = {one.criterion: one.counts for one in reader.criteria("a" * 32)}
    assert counted == {JUDGED: (1, 1, 0), EARLIER: (2, 0, 0)}
    assert rows == {"good": (2, []), "bad": (1, [JUDGED])}
    assert unmet == ["bad"]
    assert told == {JUDGED: {"passed": 1, "failed": 1}, EARLIER: {"passed": 2}}


def test_a_criterion_that_was_met_at_last_is_met(tmp_path: Path) -> None:
    """Who asks for runs that do not meet a criterion gets none in which an earlier verdict alone was otherwise."""
    events = list(a_run("late"))
    early = CriterionResult(criterion=JUDGED, status="inconclusive")
    checkpoint = CheckpointPassed(run_id="late", at=events[-1].at, turn=0, criteria=(early,))
    with StoreWriter(tmp_path, invocation=Invocation(uid="a" * 32, started=1.0, source="run")) as writer:
        for event in (*events[:-1], checkpoint, events[-1]):
            writer(event)
    with FiguresReader(tmp_path) as figures:
        assert figures.not_meeting(JUDGED) == set()
        assert figures.criteria() == [(JUDGED, "passed", 1)]


def test_one_run_has_each_criterion_once_wherever_it_is_told(tmp_path: Path) -> None:
    """The account of a stored run, that of a run in memory, the record for reports and `scenario show` agree."""
    stored(tmp_path)
    records: list[RunRecord] = []
    recorder, kept = AccountRecorder(), RunRecorder(lambda record, *_: records.append(record))
    for event in checked_twice("bad", success=False):
        recorder(event)
        kept(event)
    with StoreReader(tmp_path) as reader:
        record = reader.scenario("bad")
    shown = [line for line in run_lines(record, width=100) if JUDGED in line or EARLIER in line]
    expected = [(EARLIER, "passed"), (JUDGED, "failed")]
    assert [(one.criterion, one.status) for one in stored_account(record).criteria] == expected
    assert [(one.criterion, one.status) for one in recorder.accounts[0].criteria] == expected
    assert [(one.criterion, one.status) for one in records[0].criteria] == expected
    assert len(shown) == len(expected)
