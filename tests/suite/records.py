"""Records of runs, made by hand."""

from __future__ import annotations

from typing import Any

from scenario.record.run_record import CriterionRecord, RunRecord

PASSED = RunRecord(
    run_id="a1",
    name="weather in Paris",
    outcome="passed",
    criteria=(CriterionRecord(criterion="It names a temperature", status="passed"),),
    turns=3,
    ttfts=(0.2, 0.4),
    tokens=1200,
    cost=0.0123,
    seconds=4.5,
    file="scenarios/weather.yaml",
    tags=("smoke",),
    parameters={"city": "Paris"},
)
FAILED = RunRecord(
    run_id="a2",
    name="weather in Rome",
    outcome="failed",
    reasoning="One criterion is not met.",
    criteria=(
        CriterionRecord(
            criterion="It is polite",
            status="failed",
            reasoning="It swears.",
            quote="damn",
            speaker="assistant",
            message_index=1,
        ),
        CriterionRecord(criterion="It is brief", status="inconclusive"),
    ),
    turns=1,
    seconds=1.25,
    file="scenarios/weather.yaml",
)
INVALID = RunRecord(
    run_id="a3",
    name="judge down",
    outcome="invalid",
    error="JudgeError: [JudgeAgent] no answer",
    fault="judge",
    seconds=0.5,
    file="scenarios/other.yaml",
    repeat=1,
)
UNDECIDED = RunRecord(
    run_id="a4",
    name="storm in Oslo",
    outcome="undecided",
    reasoning="One criterion could not be decided.",
    criteria=(
        CriterionRecord(criterion="It names a temperature", status="passed"),
        CriterionRecord(criterion="It would warn of a storm", status="inconclusive", reasoning="There was none."),
    ),
    seconds=0.25,
    file="scenarios/other.yaml",
)


def record(**changes: Any) -> RunRecord:
    """A record with these fields."""
    return RunRecord(**{"run_id": "x", "name": "x", "outcome": "passed", **changes})
