"""When enough runs of a shorter conversation have been seen to say whether it still fails as often. Pure.

An agent that failed in every run is taken to be steady: one run that fails the same way is a witness, and two that do
not are needed to give a candidate up. One that fails now and then is decided by Wald's sequential probability ratio
test: as often as measured, against a fifth of that.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["fails", "passes", "invalid"]
"""Of one run: `fails` the same criterion or check, `passes` it, or `invalid`: it says neither."""
Decision: TypeAlias = Literal["fails", "passes", "unclear"]

DROPPED_WRONGLY: Final = 0.01
KEPT_WRONGLY: Final = 0.05
"""The error that is stated: how often a decision of a flaky agent takes out what is needed, and keeps what is not."""

_STEADY_PASSES: Final = 2
_A_FIFTH: Final = 0.2
_MOST_RUNS: Final = 40
_MOST_INVALID: Final = 3
_LOWEST, _HIGHEST = 0.05, 0.9


class Counts(NamedTuple):
    """How the runs of one sequence of turns ended."""

    fails: int = 0
    passes: int = 0
    invalid: int = 0

    @property
    def valid(self) -> int:
        """How many said something."""
        return self.fails + self.passes

    def plus(self, outcome: Outcome) -> Counts:
        """With one run more."""
        return self._replace(**{outcome: getattr(self, outcome) + 1})

    def joined(self, other: Counts) -> Counts:
        """With those of others."""
        return Counts(*(one + more for one, more in zip(self, other, strict=True)))


def rate_of(counts: Counts) -> float | None:
    """How often it fails; None where it is taken to be steady."""
    if not counts.passes:
        return None
    return min(max((counts.fails + 0.5) / (counts.valid + 1), _LOWEST), _HIGHEST)


def decided(counts: Counts, rate: float | None) -> Decision | None:
    """What the runs of a candidate say; None where another is needed.

    Args:
        counts: its runs.
        rate: how often the sequence fails that it is to replace; None for a steady agent.
    """
    if rate is None and not (counts.fails and counts.passes):
        if counts.fails:
            return "fails"
        if counts.passes >= _STEADY_PASSES:
            return "passes"
    else:
        likely = _HIGHEST if rate is None else rate
        rare = likely * _A_FIFTH
        ratio = counts.fails * math.log(likely / rare) + counts.passes * math.log((1 - likely) / (1 - rare))
        if ratio >= math.log((1 - KEPT_WRONGLY) / DROPPED_WRONGLY):
            return "fails"
        if ratio <= math.log(KEPT_WRONGLY / (1 - DROPPED_WRONGLY)):
            return "passes"
    return "unclear" if counts.invalid >= _MOST_INVALID or counts.valid >= _MOST_RUNS else None
