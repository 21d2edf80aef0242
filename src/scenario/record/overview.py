"""Many runs in figures: how many passed, each criterion, latencies, cost. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scenario.metrics.run_timing import percentile
from scenario.record.account import CriterionCount, Overview, Percentiles, RowAccount, RunAccount
from scenario.types import CriterionStatus


def overview(rows: Sequence[RowAccount], *, criteria: list[CriterionCount], ttfts: Iterable[float]) -> Overview:
    """The figures of these runs.

    Args:
        rows: the runs.
        criteria: how often each criterion passed in those that count.
        ttfts: the times to first token of all their answers, in seconds.
    """
    counting = [row for row in rows if row.status != "retried"]
    statuses = [row.status for row in counting]
    costs = [row.cost for row in rows if row.cost is not None]
    over = [row.seconds for row in counting if row.seconds is not None]
    return Overview(
        runs=len(counting),
        passed=statuses.count("passed"),
        failed=statuses.count("failed"),
        undecided=statuses.count("undecided"),
        invalid=statuses.count("invalid"),
        cancelled=statuses.count("cancelled"),
        running=statuses.count("running"),
        interrupted=statuses.count("interrupted"),
        retried=len(rows) - len(counting),
        turns=sum(row.turns for row in counting),
        tokens=sum(row.tokens for row in rows),
        cost=sum(costs) if costs else None,
        seconds=sum(over),
        ttft=percentiles(ttfts),
        duration=percentiles(over),
        criteria=criteria,
        faults=dict(Counter(row.fault for row in counting if row.status == "invalid")),
    )


def overview_of(accounts: Sequence[RunAccount]) -> Overview:
    """The figures of whole runs."""
    counting = [account for account in accounts if account.row.status != "retried"]
    return overview(
        [account.row for account in accounts],
        criteria=criterion_counts((one.criterion, one.status) for account in counting for one in account.criteria),
        ttfts=(
            stream.first_content
            for account in counting
            for stream in account.streams
            if stream.first_content is not None
        ),
    )


def criterion_counts(verdicts: Iterable[tuple[str, CriterionStatus]]) -> list[CriterionCount]:
    """How often each criterion passed: those that fail most come first."""
    counts: dict[str, CriterionCount] = {}
    for criterion, status in verdicts:
        count = counts.setdefault(criterion, CriterionCount(criterion=criterion))
        match status:
            case "passed":
                count.passed += 1
            case "failed":
                count.failed += 1
            case _:
                count.inconclusive += 1
    return sorted(counts.values(), key=lambda count: (-(count.failed + count.inconclusive), -count.passed))


def percentiles(values: Iterable[float]) -> Percentiles:
    """The percentiles that people ask for."""
    ordered = sorted(values)
    return Percentiles(
        count=len(ordered),
        p50=percentile(ordered, 0.50),
        p90=percentile(ordered, 0.90),
        p95=percentile(ordered, 0.95),
        p99=percentile(ordered, 0.99),
        maximum=ordered[-1] if ordered else None,
    )
