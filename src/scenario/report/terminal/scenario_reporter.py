"""The scenarios of a test session: a subscriber that keeps how each run ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import Any, TypedDict

import msgspec

from scenario.dialogue.events import RunEvent, RunFinished, RunStarted
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.terminal.glyphs import glyphs_for
from scenario.report.terminal.lines import plain
from scenario.report.terminal.runner_commands import unobeyed_text
from scenario.report.terminal.summary import summary_lines
from scenario.types import ScenarioResult


class ReportedScenario(msgspec.Struct, frozen=True, kw_only=True):
    """Which scenario a result belongs to."""

    name: str
    description: str = ""
    set_id: str | None = None

    def __str__(self) -> str:
        return self.name


class ReportedResult(TypedDict):
    """A scenario and how it ended."""

    scenario: Any
    result: ScenarioResult


class ScenarioReporter:
    """What the fixture `scenario_reporter` gives; it hears every run of its test session.

    Attributes:
        results: each scenario with its result, in the order they ended in. A scenario that an exception stopped has a
            result without success, whose reasoning is the exception. The results hold no exchanges: their bytes would
            be kept until the end of the session. Of a test that is tried again, those of its last try are here.
    """

    def __init__(self) -> None:
        self.results: list[ReportedResult] = []
        self._records: list[RunRecord] = []
        self._of_run: dict[str, ReportedResult] = {}
        self._taken = 0
        self._recorder = RunRecorder(self._keep)

    def __call__(self, event: RunEvent) -> None:
        """Take in one event of a run."""
        self._recorder(event)

    def _keep(self, record: RunRecord, started: RunStarted, finished: RunFinished) -> None:
        self._records.append(record)
        if finished.result is None:
            result = ScenarioResult(success=False, messages=list(finished.messages), reasoning=record.error)
        else:
            result = msgspec.structs.replace(finished.result, exchanges=[])
        scenario = ReportedScenario(name=started.name, description=started.description, set_id=started.set_id)
        reported: ReportedResult = {"scenario": scenario, "result": result}
        self.results.append(reported)
        self._of_run[record.run_id] = reported

    def tried_again(self, run_ids: Collection[str]) -> None:
        """Take back the results of runs whose test has failed and is tried again."""
        gone = [result for run_id, result in self._of_run.items() if run_id in run_ids]
        self.results[:] = [one for one in self.results if not any(one is result for result in gone)]
        self._records = [
            msgspec.structs.replace(record, retried=True) if record.run_id in run_ids else record
            for record in self._records
        ]

    def add_result(self, scenario: object, result: ScenarioResult) -> None:
        """Add a result by hand: to `results` and the figures made of them, not to the report of the test session."""
        self.results.append({"scenario": scenario, "result": result})

    def take(self) -> list[RunRecord]:
        """The records of the runs that ended since they were last taken."""
        new = self._records[self._taken :]
        self._taken = len(self._records)
        return new

    def get_summary(self) -> dict[str, int | float]:
        """How many there were: `total`, `passed`, `failed` (also those stopped), and `success_rate` in per cent."""
        total = len(self.results)
        passed = sum(1 for one in self.results if one["result"].success)
        rate = round(100 * passed / total, 2) if total else 0.0
        return {"total": total, "passed": passed, "failed": total - passed, "success_rate": rate}

    def print_report(self) -> None:
        """Print the summary of the runs so far."""
        lines = summary_lines(self._records, glyphs=glyphs_for(getattr(sys.stdout, "encoding", None)), width=100)
        sys.stdout.write(unobeyed_text("".join(f"{plain(line)}\n" for line in lines), os.environ))
