"""Whether memory grows: a straight line through the samples, and how far it can be trusted. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

# What a process holds goes up and down in steps of a minute, so that neighbouring samples tell the same: each of so
# many parts of the time counts as one.
_PARTS: Final = 8
# Student's t: the 95 % interval, by how many points there are more than a line needs.
_STUDENT: Final = (math.inf, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45)


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
    error = _STUDENT[count - 2] * math.sqrt(left / (count - 2) / spread)
    return Slope(rise * 3600, error * 3600)


def _means(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = max(len(samples) // _PARTS, 1)
    parts = [samples[start : start + size] for start in range(len(samples) % size, len(samples), size)][-_PARTS:]
    return [(sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)) for part in parts]
