"""Rates with their 95 % intervals: how many of so many, and a pass rate freed of its judge's errors. Pure.

`python -m benchmarks coverage` prints how often the true rate lies within them, by simulation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

# Of a normal distribution, two-sided, 95 %.
_Z: Final = 1.959963984540054
_Z2: Final = _Z * _Z
# Of Student's distribution with so many degrees of freedom; none at all is as bad as one.
_FEW_DEGREES: Final = (12.7062, 12.7062, 4.3027, 3.1824)
_LEAST_CLUSTERS: Final = 2


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
    return _score_interval(hits, count, _Z) if count else None


def clustered(parts: Sequence[tuple[int, int]]) -> Rate | None:
    """A proportion of things that come in clusters, which are alike within themselves; None of none.

    Wilson's interval for as many things as these are worth, were they independent: their number by the design effect,
    which is at least 1 and estimated from how far clusters differ; with Student's quantile, as it is an estimate. Where
    each cluster has one thing, it is Wilson's interval. None and all of them tell nothing of a likeness.

    Sources: J. N. K. Rao and A. J. Scott, "A simple method for the analysis of clustered binary data", 1992; C. Franco,
    R. J. A. Little, T. A. Louis and E. V. Slud, "Comparative study of confidence intervals for proportions in complex
    sample surveys", 2019.

    Args:
        parts: of each cluster how many, of how many.
    """
    filled = [(hits, count) for hits, count in parts if count]
    hits, count = (sum(column) for column in zip(*filled, strict=True)) if filled else (0, 0)
    if not count:
        return None
    if len(filled) == count:
        return _score_interval(hits, count, _Z)
    worth = count / design_effect(parts)
    return msgspec.structs.replace(
        _score_interval(hits / count * worth, worth, _quantile_of_t(len(filled) - 1)), value=hits / count
    )


def design_effect(parts: Sequence[tuple[int, int]]) -> float:
    """By how much the variance of a proportion is greater than of independent things; at least 1.

    Args:
        parts: of each cluster how many, of how many.
    """
    filled = [(hits, count) for hits, count in parts if count]
    count = sum(each for _, each in filled)
    if len(filled) < _LEAST_CLUSTERS:
        return float(count or 1)  # one cluster may be worth one thing
    share = sum(hits for hits, _ in filled) / count
    if share in (0, 1):
        return 1.0
    differing = sum((hits - share * each) ** 2 for hits, each in filled) * len(filled) / (len(filled) - 1)
    return max(1.0, differing / (count * share * (1 - share)))


def _score_interval(hits: float, count: float, quantile: float) -> Rate:
    share, squared = hits / count, quantile * quantile
    middle = share + squared / (2 * count)
    half = quantile * math.sqrt(share * (1 - share) / count + squared / (4 * count * count))
    scale = 1 + squared / count
    # Rounding errors aside, none and all reach the ends.
    low = 0.0 if hits == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if hits == count else min(1.0, (middle + half) / scale)
    return Rate(share, low, high)


def _quantile_of_t(degrees: int) -> float:
    """Of Student's distribution, two-sided, 95 %.

    Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 26.7.5, from four degrees on.
    """
    if degrees < len(_FEW_DEGREES):
        return _FEW_DEGREES[degrees]
    terms = (
        (_Z**3 + _Z) / 4,
        (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
        (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
        (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
    )
    return _Z + math.fsum(term / math.pow(degrees, power) for power, term in enumerate(terms, start=1))


class Effects(NamedTuple):
    """The design effects of what a corrected rate is made of: where things stand alone, 1.

    Attributes:
        judged: of what the judge passed, run by run.
        not_met: of what it passed of the labels that say "not met", conversation by conversation.
        met: of those that say "met".
    """

    judged: float = 1.0
    not_met: float = 1.0
    met: float = 1.0


def corrected_rate(
    passed: float,
    count: float,
    *,
    false_passes: float,
    not_met: float,
    true_passes: float,
    met: float,
    effects: Effects = Effects(),  # noqa: B008 - it is frozen
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
        effects: how far these are worth fewer, as several of one conversation are alike.

    Returns:
        None where nothing can be said: nothing was judged, labels of one kind are missing, or the judge passes what is
        not met at least as often as what is.
    """
    if not (count and not_met and met) or true_passes / met <= false_passes / not_met:
        return None
    plain = (passed / count - false_passes / not_met) / (true_passes / met - false_passes / not_met)
    passed, count = passed / effects.judged, count / effects.judged
    false_passes, not_met = false_passes / effects.not_met, not_met / effects.not_met
    true_passes, met = true_passes / effects.met, met / effects.met
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
    low, high = _within(middle - half), _within(middle + half)
    return Rate(min(max(_within(plain), low), high), low, high)


def labels_needed(hits: int, count: int, most: float, *, effect: float = 1.0) -> int:
    """How many more must be counted, none of them a hit, until the interval's upper end is `most` or less.

    Args:
        hits: how many there are.
        count: of how many.
        most: above 0.
        effect: the design effect of those that there are, and of those to come.
    """
    needed = max(count, hits, 1)
    while _upper(hits, needed, effect) > most:
        needed *= 2
    low, high = count, needed
    while low < high:
        between = (low + high) // 2
        if between >= max(hits, 1) and _upper(hits, between, effect) <= most:
            high = between
        else:
            low = between + 1
    return low - count


def _upper(hits: int, count: int, effect: float) -> float:
    return _score_interval(hits / effect, count / effect, _Z).high


def _within(rate: float) -> float:
    return min(1.0, max(0.0, rate))
