"""A test that fails because nobody could decide: its line in the short summary says so, and not only that it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

# So begins what an assertion about a result shows of it.
_SHOWN: Final = "ScenarioResult(success=False"


def tell_undecided(report: pytest.TestReport, records: Sequence[dict[str, Any]]) -> None:
    """Begin the failure's message with what was left open, where that is why an assertion about a result fails.

    Args:
        report: of a test that failed.
        records: of the runs that ended in it, as JSON.
    """
    crash = getattr(report.longrepr, "reprcrash", None)
    left = [record for record in records if record["outcome"] != "passed"]
    if crash is None or not left or any(record["outcome"] != "undecided" for record in left):
        return
    from scenario.record.run_record import RunRecord
    from scenario.report.reasons import undecided_words
    from scenario.report.terminal.glyphs import visible

    record = RunRecord.from_json(left[-1])
    message = str(crash.message)
    first = record.reasoning.partition("\n")[0]
    if _SHOWN in message or (first and first in message):
        crash.message = f"{visible(undecided_words(record))}\n{message}"
