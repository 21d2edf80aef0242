"""Whether memory grows: a straight line through the samples, and how far it can be trusted. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

# Twice the error on both sides is what some 95 of 100 lines stay within.
_TWO_SIDED: Final = 1.96
# Samples in a row are alike: so many parts are made of them, and each counts as one.
_PARTS: Final = 12


class Slope(NamedTuple):
    """How fast something grows.

    Attributes:
        per_hour: units an hour.
        error: half the width of the 95 % interval around it; infinite where there are too few samples.
    """

    per_hour: float
    error: float

    def exceeds(self, bound: float) -> bool:
        """Whether it grows by more than the bound, beyond what chance explains."""
        return self.per_hour - self.error > bound


def slope_of(samples: Sequence[tuple[float, float]]) -> Slope:
    """The least-squares line through (seconds, value), after the means of parts of it."""
    points = _means(samples)
    count = len(points)
    if count < 3:
        return Slope(0.0, math.inf)
    middle_x = sum(x for x, _ in points) / count
    middle_y = sum(y for _, y in points) / count
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    if not spread:
        return Slope(0.0, math.inf)
    rise = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
    left = sum((y - middle_y - rise * (x - middle_x)) ** 2 for x, y in points)
    error = _TWO_SIDED * math.sqrt(left / (count - 2) / spread)
    return Slope(rise * 3600, error * 3600)


def _means(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = max(len(samples) // _PARTS, 1)
    parts = [samples[start : start + size] for start in range(0, len(samples) - size + 1, size)]
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts]
