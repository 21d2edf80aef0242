"""Rates with their 95 % intervals: how many of so many, and a pass rate freed of its judge's errors. Pure.

`python -m benchmarks coverage` prints how often the true rate lies within them, by simulation.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

# Of a normal distribution, two-sided, 95 %.
_Z: Final = 1.959963984540054
_Z2: Final = _Z * _Z


class Rate(msgspec.Struct, frozen=True):
    """A rate and its interval, each from 0 to 1.

    Attributes:
        value: what was estimated.
        low: the interval's lower end.
        high: its upper end.
    """

    value: float
    low: float
    high: float


def wilson(hits: int, count: int) -> Rate | None:
    """A proportion with Wilson's score interval; None of none.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Args:
        hits: how many.
        count: of how many.
    """
    if not count:
        return None
    share = hits / count
    middle = share + _Z2 / (2 * count)
    half = _Z * math.sqrt(share * (1 - share) / count + _Z2 / (4 * count * count))
    scale = 1 + _Z2 / count
    # Rounding errors aside, none and all reach the ends.
    low = 0.0 if hits == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if hits == count else min(1.0, (middle + half) / scale)
    return Rate(share, low, high)


def corrected_rate(
    passed: int, count: int, *, false_passes: int, not_met: int, true_passes: int, met: int
) -> Rate | None:
    """The share that truly meets its criteria, where a judge of known errors passed so many of them.

    Sources: W. J. Rogan and B. Gladen, "Estimating prevalence from the results of a screening test", 1978; Z. Lang and
    J. Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated sensitivity and specificity",
    2014, for the interval, which counts in that the judge's errors are estimates, too.

    Args:
        passed: how many the judge passed.
        count: of how many.
        false_passes: of the labelled ones that are not met, how many it passed.
        not_met: how many labels say "not met".
        true_passes: of the labelled ones that are met, how many it passed.
        met: how many labels say "met".

    Returns:
        None where nothing can be said: nothing was judged, labels of one kind are missing, or the judge passes what is
        not met at least as often as what is.
    """
    if not (count and not_met and met) or true_passes / met <= false_passes / not_met:
        return None
    sensitivity, specificity = (true_passes + 1) / (met + 2), (not_met - false_passes + 1) / (not_met + 2)
    informed = sensitivity + specificity - 1
    if informed <= 0:
        return None
    seen = (passed + _Z2 / 2) / (count + _Z2)
    rate = (seen + specificity - 1) / informed
    of_met = sensitivity * (1 - sensitivity) / (met + 2)
    of_not_met = specificity * (1 - specificity) / (not_met + 2)
    variance = seen * (1 - seen) / (count + _Z2) + rate**2 * of_met + (1 - rate) ** 2 * of_not_met
    middle = rate + 2 * _Z2 * (rate * of_met - (1 - rate) * of_not_met)
    half = _Z * math.sqrt(variance) / informed
    plain = (passed / count - false_passes / not_met) / (true_passes / met - false_passes / not_met)
    low, high = _within(middle - half), _within(middle + half)
    return Rate(min(max(_within(plain), low), high), low, high)


def labels_needed(hits: int, count: int, most: float) -> int:
    """How many more must be counted, none of them a hit, until the interval's upper end is `most` or less.

    Args:
        hits: how many there are.
        count: of how many.
        most: above 0.
    """
    needed = max(count, hits, 1)
    while _upper(hits, needed) > most:
        needed *= 2
    low, high = count, needed
    while low < high:
        between = (low + high) // 2
        if between >= max(hits, 1) and _upper(hits, between) <= most:
            high = between
        else:
            low = between + 1
    return low - count


def _upper(hits: int, count: int) -> float:
    rate = wilson(hits, count)
    return 1.0 if rate is None else rate.high


def _within(rate: float) -> float:
    return min(1.0, max(0.0, rate))
