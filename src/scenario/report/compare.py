"""Two invocations held against each other: what got worse, what got better, which criteria flipped, how latency moved.

Scenarios are the same where their keys are; repetitions of one are told together, by the share that passed of those
that were decided. What is undecided or invalid on one side says nothing about the agent there: it is neither a
regression nor an improvement, but not comparable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from scenario.errors import ConfigurationError
from scenario.record.account import ENDED
from scenario.record.overview import percentiles
from scenario.store.figures import FiguresReader
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRow, ScenarioStatus
from scenario.types import CriterionStatus

Criteria: TypeAlias = Mapping[int, Mapping[str, CriterionStatus]]


class ChangedScenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in both invocations: how many of its runs were decided, and passed; the newest run of each.

    Attributes:
        before_status: how the newest run of the first ended; `after_status`, of the second one that did not pass.
        after_fault: whose fault it was that that run is invalid.
        reason: why the newest run did not pass; empty where it did.
    """

    key: str
    name: str
    before_runs: int
    before_passed: int
    after_runs: int
    after_passed: int
    before_id: str
    after_id: str
    before_status: ScenarioStatus
    after_status: ScenarioStatus
    after_fault: str = ""
    reason: str = ""

    @property
    def sides(self) -> tuple[str, str]:
        """How it went before and after: how many of the decided runs passed; where none was decided, how it ended."""
        if self.before_runs and self.after_runs:
            return f"{self.before_passed}/{self.before_runs}", f"{self.after_passed}/{self.after_runs}"
        after = f"{self.after_status} ({self.after_fault})" if self.after_fault else self.after_status
        return self.before_status, after


class FlippedCriterion(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion of a scenario whose status is another one than before; of repetitions, the worst counts."""

    scenario: str
    criterion: str
    before: CriterionStatus
    after: CriterionStatus


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A figure before and after; None where it was not measured."""

    before: float | None
    after: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed. Times are in seconds, costs in US dollars.

    Attributes:
        not_comparable: scenarios without a run that was decided, before or after.
        after_ended: how many runs of the second have ended.
        before_rate: the pass rate of the scenarios that both have; so is `after_rate`.
        undecided: how many runs were undecided; `invalid`, how many were invalid.
        added: names of scenarios that only the second has; `removed` those that only the first has.
        ttft: the median time to first token; `ttft_p95` its 95th percentile.
        duration: the median duration of a run.
    """

    regressions: list[ChangedScenario]
    improvements: list[ChangedScenario]
    not_comparable: list[ChangedScenario]
    unchanged: int
    added: list[str]
    removed: list[str]
    flips: list[FlippedCriterion]
    after_ended: int
    before_rate: float | None
    after_rate: float | None
    undecided: Moved
    invalid: Moved
    ttft: Moved
    ttft_p95: Moved
    duration: Moved
    cost: Moved

    @property
    def common(self) -> int:
        """How many scenarios both have."""
        return len(self.regressions) + len(self.improvements) + len(self.not_comparable) + self.unchanged


class Side(msgspec.Struct, kw_only=True):
    """One of the two: its runs, their criteria by the number of the run, its times to first token."""

    rows: Sequence[ScenarioRow]
    criteria: Criteria
    ttfts: Sequence[float]


Place: TypeAlias = tuple[StoreReader, FiguresReader, str]


def compared_invocations(before: Place, after: Place) -> Comparison:
    """What changed between two invocations, each in its store.

    Args:
        before: a store, twice open, and what begins the invocation's id there.
        after: the other.

    Raises:
        ConfigurationError: there is no such invocation.
    """
    return comparison(_side(*before), _side(*after))


def _side(reader: StoreReader, figures: FiguresReader, reference: str) -> Side:
    found = reader.find(reference)
    if not isinstance(found, InvocationRow):
        raise ConfigurationError(f"{reference!r} is one scenario: compare invocations, as `scenario list` shows them.")
    rows = [row for row in reader.scenarios(invocation=found.uid, limit=-1) if row.status != "retried"]
    criteria: dict[int, dict[str, CriterionStatus]] = {}
    for number, criterion, status in figures.verdicts_of([row.number for row in rows]):
        criteria.setdefault(number, {})[criterion] = status
    return Side(rows=rows, criteria=criteria, ttfts=figures.first_tokens(found.uid))


def comparison(before: Side, after: Side) -> Comparison:
    """What changed between two sides. Pure."""
    first, second = _by_key(before.rows), _by_key(after.rows)
    both = [key for key in second if key in first]
    regressions, improvements, not_comparable, unchanged = [], [], [], 0
    for key in both:
        changed = _changed(key, first[key], second[key], after.criteria)
        then, now = _decided_rate(first[key]), _decided_rate(second[key])
        if then is None or now is None:
            if _has_ended(first[key]) and _has_ended(second[key]):
                not_comparable.append(changed)
            else:
                unchanged += 1
        elif then == now:
            unchanged += 1
        elif now < then:
            regressions.append(changed)
        else:
            improvements.append(changed)
    then_ttft, now_ttft = percentiles(before.ttfts), percentiles(after.ttfts)
    return Comparison(
        regressions=regressions,
        improvements=improvements,
        not_comparable=not_comparable,
        unchanged=unchanged,
        added=[rows[-1].name for key, rows in second.items() if key not in first],
        removed=[rows[-1].name for key, rows in first.items() if key not in second],
        flips=[flip for key in both for flip in _flips(first[key], second[key], before.criteria, after.criteria)],
        after_ended=sum(row.status in ENDED for row in after.rows),
        before_rate=_pass_rate([row for key in both for row in first[key]]),
        after_rate=_pass_rate([row for key in both for row in second[key]]),
        undecided=Moved(before=_count(before.rows, "undecided"), after=_count(after.rows, "undecided")),
        invalid=Moved(before=_count(before.rows, "invalid"), after=_count(after.rows, "invalid")),
        ttft=Moved(before=then_ttft.p50, after=now_ttft.p50),
        ttft_p95=Moved(before=then_ttft.p95, after=now_ttft.p95),
        duration=Moved(before=_median_duration(before.rows), after=_median_duration(after.rows)),
        cost=Moved(before=_cost(before.rows), after=_cost(after.rows)),
    )


def _by_key(rows: Sequence[ScenarioRow]) -> dict[str, list[ScenarioRow]]:
    grouped: dict[str, list[ScenarioRow]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        grouped.setdefault(row.key, []).append(row)
    return grouped


def _changed(
    key: str, before: Sequence[ScenarioRow], after: Sequence[ScenarioRow], criteria: Criteria
) -> ChangedScenario:
    # Where some failed and others were invalid, it is those that failed that got worse.
    for statuses in (("failed",), ("undecided", "invalid"), ("cancelled", "interrupted", "running")):
        if found := [row for row in after if row.status in statuses]:
            last = found[-1]
            break
    else:
        last = after[-1]
    unmet = [name for name, status in criteria.get(last.number, {}).items() if status != "passed"]
    return ChangedScenario(
        key=key,
        name=last.name,
        before_runs=_decided(before),
        before_passed=_count(before, "passed"),
        after_runs=_decided(after),
        after_passed=_count(after, "passed"),
        before_id=before[-1].run_id,
        after_id=last.run_id,
        before_status=before[-1].status,
        after_status=last.status,
        after_fault=last.fault if last.status == "invalid" else "",
        reason="" if last.status == "passed" else last.error or "; ".join(unmet),
    )


def _flips(
    before: Sequence[ScenarioRow], after: Sequence[ScenarioRow], then: Criteria, now: Criteria
) -> list[FlippedCriterion]:
    first, second = _worst(before, then), _worst(after, now)
    return [
        FlippedCriterion(scenario=after[-1].name, criterion=name, before=first[name], after=second[name])
        for name in second
        if name in first and first[name] != second[name]
    ]


def _worst(rows: Sequence[ScenarioRow], criteria: Criteria) -> dict[str, CriterionStatus]:
    order: Sequence[CriterionStatus] = ("passed", "inconclusive", "failed")
    worst: dict[str, CriterionStatus] = {}
    for row in rows:
        for name, status in criteria.get(row.number, {}).items():
            worst[name] = max(worst.get(name, "passed"), status, key=order.index)
    return worst


def _has_ended(rows: Sequence[ScenarioRow]) -> bool:
    return any(row.status in ENDED for row in rows)


def _count(rows: Sequence[ScenarioRow], status: ScenarioStatus) -> int:
    return sum(row.status == status for row in rows)


def _decided(rows: Sequence[ScenarioRow]) -> int:
    return _count(rows, "passed") + _count(rows, "failed")


def _decided_rate(rows: Sequence[ScenarioRow]) -> float | None:
    """The share of one scenario's runs that passed, of those that were decided; None where none was."""
    decided = _decided(rows)
    return _count(rows, "passed") / decided if decided else None


def _pass_rate(rows: Sequence[ScenarioRow]) -> float | None:
    """As every page has it: of what passed, failed or is undecided; None where there is none of these."""
    counting = _decided(rows) + _count(rows, "undecided")
    return _count(rows, "passed") / counting if counting else None


def _median_duration(rows: Sequence[ScenarioRow]) -> float | None:
    return percentiles(row.seconds for row in rows if row.seconds is not None).p50


def _cost(rows: Sequence[ScenarioRow]) -> float | None:
    costs = [row.cost for row in rows if row.cost is not None]
    return sum(costs) if costs else None
