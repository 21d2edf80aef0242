"""What a benchmark reports, one row of the table that `make bench` prints."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One figure beside its baseline, both measured in the same run."""

    benchmark: str
    ours: str
    baseline: str
    ratio: float
    """How many times better ours is: above 1 is better, whatever the figures' unit. Not a number without a baseline."""
    target: str
    reached: bool
