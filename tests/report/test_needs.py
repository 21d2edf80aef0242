"""A criterion that a judge is too weak to decide says so wherever it is shown; what is open otherwise does not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from scenario.cli.main import main
from scenario.dialogue.events import RunEvent, RunFinished
from scenario.record.account_recorder import AccountRecorder
from scenario.record.run_record import CriterionRecord, RunRecord
from scenario.report.files.json_report import json_report
from scenario.report.files.junit import junit_xml
from scenario.report.reasons import undecided_words
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.progress import end_line
from scenario.report.terminal.summary import summary_lines
from scenario.store.accounts import stored_account
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.types import CriterionResult, ScenarioResult
from tests.store.stored_runs import a_run
from tests.suite.records import record

WORD = "undecided: needs a stronger judge"
WEAK = CriterionRecord(criterion="It warns", status="inconclusive", reasoning="Score +0.2.", needs="a stronger judge")
OTHER = CriterionRecord(criterion="It sings", status="inconclusive", reasoning="Nobody can tell.")
UNDECIDED = record(outcome="undecided", criteria=(WEAK,))


def page(*records: RunRecord) -> str:
    """What is printed in the end."""
    return "\n".join(plain(line) for line in summary_lines(records, glyphs=UNICODE, width=100))


def test_the_page_the_line_and_the_files_have_the_word() -> None:
    """On a terminal, in JUnit's message and details, and in JSON as a field."""
    assert WORD in page(UNDECIDED)
    assert WORD in plain(end_line(UNDECIDED, UNICODE, width=200))
    xml = junit_xml([UNDECIDED]).decode()
    assert f'message="{WORD}: 1 of 1' in xml
    assert f'name="criterion: It warns" value="{WORD}"' in xml
    assert b'"needs": "a stronger judge"' in json_report([UNDECIDED])


def test_what_is_open_for_another_reason_keeps_its_word() -> None:
    """Undecided, without what it would need; and a run with both is undecided alone."""
    other, both = record(outcome="undecided", criteria=(OTHER,)), record(outcome="undecided", criteria=(OTHER, WEAK))
    assert "needs" not in page(other)
    assert "needs" not in junit_xml([other]).decode()
    assert undecided_words(both).startswith("undecided: 2 of 2 criteria")
    assert plain(end_line(both, UNICODE, width=200)).count("needs") == 0


@pytest.mark.parametrize("needs", ["a stronger judge", ""])
def test_a_stored_run_has_it_as_a_recorded_one_has(tmp_path: Path, needs: str) -> None:
    """The account of a run that has just ended, that of the store, `scenario show`, and a pull request's comment."""
    recorder = AccountRecorder()
    with StoreWriter(tmp_path) as writer:
        for event in undecided(needs):
            writer(event)
            recorder(event)
    with StoreReader(tmp_path) as reader:
        accounts = [*recorder.accounts, stored_account(reader.scenario("aa"))]
    assert [(one.row.needs, [each.needs for each in one.criteria]) for one in accounts] == [(needs, [needs])] * 2
    shown = CliRunner().invoke(main, ["show", "aa", "--store", str(tmp_path)]).output
    assert (WORD in shown) is bool(needs)
    told = CliRunner().invoke(main, ["report", "last", "--format", "markdown", "--store", str(tmp_path)]).output
    assert (WORD in told) is bool(needs)


def undecided(needs: str) -> list[RunEvent]:
    """A run whose only criterion was left open."""
    criterion = CriterionResult(criterion="It warns", status="inconclusive", needs=needs)
    events = []
    for event in a_run("aa", success=False):
        if isinstance(event, RunFinished):
            result = ScenarioResult(
                success=False,
                messages=[],
                failed_criteria=["It warns"],
                inconclusive_criteria=["It warns"],
                criteria=[criterion],
            )
            event = msgspec.structs.replace(event, result=result)
        events.append(event)
    return events
