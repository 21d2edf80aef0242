"""The timing of a run, from the exchanges in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scenario.exchange import Exchange
from scenario.timing import RunTiming


def run_timing(exchanges: Iterable[Exchange]) -> RunTiming:
    """Sums and percentiles over the calls of a run; calls without any content have no time to first token."""
    timings = tuple(exchange.timing for exchange in exchanges)
    firsts = sorted(timing.first_content for timing in timings if timing.first_content is not None)
    return RunTiming(
        turns=timings,
        first_content_p50=percentile(firsts, 0.5),
        first_content_p95=percentile(firsts, 0.95),
        total=sum(timing.total for timing in timings),
        bytes=sum(timing.bytes for timing in timings),
        events=sum(timing.events for timing in timings),
    )


def percentile(ordered: Sequence[float], fraction: float) -> float | None:
    """The percentile of ascending values, interpolated linearly between neighbours; None where there are none.

    The same definition as `statistics.quantiles(..., method="inclusive")` and NumPy's default.
    """
    if not ordered:
        return None
    position = (len(ordered) - 1) * fraction
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
