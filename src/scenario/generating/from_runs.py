"""Goals from stored runs: what their users said, those that failed first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scenario.generating.goal import Goal
from scenario.generating.hearsay import LONGEST_TITLE, said
from scenario.store.records import ScenarioRecord

_MOST_LINES: Final = 6
_MOST_CRITERIA: Final = 4
_ORDER: Final = ("failed", "undecided", "invalid", "passed")


def goals_of_runs(records: Sequence[ScenarioRecord]) -> Iterator[Goal]:
    """One for each run whose user said anything."""
    places = {status: index for index, status in enumerate(_ORDER)}
    for record in sorted(records, key=lambda one: places.get(one.scenario.status, len(_ORDER))):
        row = record.scenario
        lines = tuple(text for one in record.messages if one.message.get("role") == "user" and (text := said(one.text)))
        if not lines:
            continue
        failed = [one.result.criterion for one in record.verdicts if one.result.status == "failed"]
        others = [one.result.criterion for one in record.verdicts if one.result.status != "failed"]
        yield Goal(
            title=said(row.name, LONGEST_TITLE) or row.run_id[:8],
            wish=said(record.description) or lines[0],
            lines=lines[:_MOST_LINES],
            criteria=tuple(dict.fromkeys(text for one in (*failed, *others) if (text := said(one))))[:_MOST_CRITERIA],
            source=f"the run {row.run_id[:8]}, which is {row.status}",
        )
