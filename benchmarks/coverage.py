"""How often the truth lies within the 95 % intervals that are printed of judges, over many true rates and sizes.

Shares are computed exactly, over true rates from 2 to 98 % and 20 to 500 things counted. Shares of labels whose judge
errs alike within a conversation (of one to five labels) are simulated, and so are the corrected pass rate, kappa and
alpha: judges that are wrong in one of twenty to one of three, conversations of three criteria.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from statistics import mean
from typing import Final

from benchmarks.row import Row
from scenario.metrics.judged_labels import JudgedLabels, alpha, kappa
from scenario.metrics.proportions import Effects, Rate, clustered, corrected_rate, design_effect, wilson

LOWEST: Final = 0.94
HIGHEST: Final = 0.97
SIZES: Final = (20, 50, 100, 200, 500)
RATES: Final = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
# Within a conversation: none, little, much.
CORRELATIONS: Final = (0.0, 0.1, 0.3)
# How often it passes what is met, and what is not.
JUDGES: Final = ((0.95, 0.05), (0.9, 0.2), (0.67, 0.05))
ROUNDS: Final = 100
HALF_OF_THEM: Final = 50
# A coefficient's interval takes 2,000 tables: fewer rounds, sizes and rates, or it takes many minutes.
FEW_ROUNDS: Final = 40
FEW_SIZES: Final = (20, 100)
FEW_RATES: Final = (0.02, 0.3, 0.7, 0.98)
CRITERIA: Final = 3
MANY: Final = 4_000_000


def shares() -> Iterator[float]:
    """Of a share: the probability of all outcomes whose interval holds the rate."""
    for count, percent in product(SIZES, range(2, 99)):
        rate = percent / 100
        found = 0.0
        for hits in range(count + 1):
            interval = wilson(hits, count)
            if interval is not None and interval.low <= rate <= interval.high:
                ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
                found += math.exp(ways + hits * math.log(rate) + (count - hits) * math.log(1 - rate))
        yield found


def alike(chance: random.Random) -> Iterator[float]:
    """Of a share of things that are alike within their cluster, as errors are within a conversation, or are not."""
    for count, rate, correlation in product(SIZES, RATES, CORRELATIONS):
        held = []
        for _ in range(ROUNDS):
            found = clustered(list(_clusters(chance, count, rate, correlation)))
            assert found is not None
            held.append(found.low <= rate <= found.high)
        yield mean(held)


def _clusters(chance: random.Random, count: int, rate: float, correlation: float) -> Iterator[tuple[int, int]]:
    """So many things in clusters of one to five, whose own rates differ around the true one."""
    left = count
    while left:
        size = min(left, chance.randint(1, 5))
        left -= size
        spread = (1 - correlation) / correlation if correlation else 0.0
        own = chance.betavariate(rate * spread, (1 - rate) * spread) if correlation else rate
        yield sum(chance.random() < own for _ in range(size)), size


def corrected(chance: random.Random) -> Iterator[float]:
    """Of the corrected pass rate, where criteria and labels of a conversation are alike, or are not."""
    sizes = product(SIZES, RATES, JUDGES, (40, 150), CORRELATIONS)
    for count, rate, (right, wrong), labels, correlation in sizes:
        held = []
        for _ in range(HALF_OF_THEM):
            seen = list(_clusters(chance, count, rate * right + (1 - rate) * wrong, correlation))
            false = list(_clusters(chance, labels, wrong, correlation))
            true = list(_clusters(chance, labels, right, correlation))
            found = corrected_rate(
                _hits(seen),
                count,
                false_passes=_hits(false),
                not_met=labels,
                true_passes=_hits(true),
                met=labels,
                effects=Effects(*map(design_effect, (seen, false, true))),
            )
            if found is not None:
                held.append(found.low <= rate <= found.high)
        yield mean(held)


def _hits(parts: Sequence[tuple[int, int]]) -> int:
    return sum(hits for hits, _ in parts)


def coefficients(
    chance: random.Random, coefficient: Callable[[Sequence[JudgedLabels]], Rate | None]
) -> Iterator[float]:
    """Of kappa and alpha, where there is one."""
    for count, rate, (right, wrong) in product(FEW_SIZES, FEW_RATES, JUDGES):
        whole = JudgedLabels(
            true_passes=round(MANY * rate * right),
            false_passes=round(MANY * (1 - rate) * wrong),
            false_fails=round(MANY * rate * (1 - right)),
            true_fails=round(MANY * (1 - rate) * (1 - wrong)),
        )
        truth = coefficient([whole])
        assert truth is not None
        held = []
        for _ in range(FEW_ROUNDS):
            found = coefficient([_conversation(chance, rate, right, wrong) for _ in range(count)])
            if found is not None:
                held.append(found.low <= truth.value <= found.high)
        yield mean(held)


def _conversation(chance: random.Random, rate: float, right: float, wrong: float) -> JudgedLabels:
    cells = [0, 0, 0, 0]
    for _ in range(CRITERIA):
        met = chance.random() < rate
        passed = chance.random() < (right if met else wrong)
        cells[2 * (not passed) + (not met)] += 1
    return JudgedLabels(true_passes=cells[0], false_passes=cells[1], false_fails=cells[2], true_fails=cells[3])


def rows() -> list[Row]:
    """Each interval: how often it holds the truth on average, and where it does least often."""
    chance = random.Random(20_261_130)  # noqa: S311 - the same draws each time
    measured = {
        "a share": list(shares()),
        "a share of what is alike within a conversation": list(alike(chance)),
        "the corrected pass rate": list(corrected(chance)),
        "kappa": list(coefficients(chance, kappa)),
        "alpha": list(coefficients(chance, alpha)),
    }
    return [
        Row(
            benchmark=f"95 % interval of {name} holds the truth",
            ours=f"{mean(held):.1%} on average, {min(held):.1%} at least",
            baseline="95 %",
            ratio=mean(held) / 0.95,
            target=f"{LOWEST:.0%} to {HIGHEST:.0%} on average",
            reached=LOWEST <= mean(held) <= HIGHEST,
        )
        for name, held in measured.items()
    ]
