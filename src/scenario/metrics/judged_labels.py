"""A judge beside labels: what it passed and failed of what is met and not met, and how far they agree. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from scenario.metrics.proportions import Rate

_DRAWS: Final = 2000
_SEED: Final = 20_261_130
# What each cell of the table is taken to hold beforehand, in conversations. Without it, a table with an empty cell
# would be certain that the cell is empty for ever: `benchmarks.coverage` shows what that costs.
_BEFOREHAND: Final = 0.1

# True passes, false passes, false fails, true fails.
_Cells = tuple[float, float, float, float]


class JudgedLabels(msgspec.Struct, frozen=True, kw_only=True):
    """How many labelled criteria were judged in which way.

    Attributes:
        true_passes: met, and passed.
        false_passes: not met, and passed.
        false_fails: met, and failed.
        true_fails: not met, and failed.
        undecided_met: met, and not decided.
        undecided_not_met: not met, and not decided.
    """

    true_passes: int = 0
    false_passes: int = 0
    false_fails: int = 0
    true_fails: int = 0
    undecided_met: int = 0
    undecided_not_met: int = 0

    def __add__(self, other: JudgedLabels) -> JudgedLabels:
        return JudgedLabels(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    @property
    def met(self) -> int:
        """How many are met by their labels."""
        return self.true_passes + self.false_fails + self.undecided_met

    @property
    def not_met(self) -> int:
        """How many are not."""
        return self.false_passes + self.true_fails + self.undecided_not_met

    @property
    def decided(self) -> int:
        """How many the judge decided."""
        return self.true_passes + self.false_passes + self.false_fails + self.true_fails

    @property
    def right(self) -> int:
        """How many of these it decided as the label says."""
        return self.true_passes + self.true_fails

    @property
    def count(self) -> int:
        """All of them."""
        return self.met + self.not_met


def total(parts: Iterable[JudgedLabels]) -> JudgedLabels:
    """All of them together."""
    return sum(parts, JudgedLabels())


def kappa(conversations: Sequence[JudgedLabels]) -> Rate | None:
    """Cohen's kappa of judge and labels over what was decided, with an interval from a bootstrap over conversations.

    Criteria of one conversation are not independent: conversations are drawn, and not criteria.

    Sources: J. Cohen, "A coefficient of agreement for nominal scales", 1960; D. B. Rubin, "The Bayesian bootstrap",
    1981, whose weights keep a rare cell from vanishing.

    Args:
        conversations: the counts of each.

    Returns:
        From -1 to 1; None where judge and labels know one category only.
    """
    return _with_interval(conversations, _kappa)


def alpha(conversations: Sequence[JudgedLabels]) -> Rate | None:
    """Krippendorff's alpha of the same, with an interval made in the same way.

    Source: see `scenario.metrics.agreement.krippendorff_alpha`.

    Args:
        conversations: the counts of each.
    """
    return _with_interval(conversations, _alpha)


def _cells(one: JudgedLabels) -> _Cells:
    return one.true_passes, one.false_passes, one.false_fails, one.true_fails


def _with_interval(conversations: Sequence[JudgedLabels], coefficient: Callable[[_Cells], float | None]) -> Rate | None:
    decided = [one for one in conversations if one.decided]
    value = coefficient(_cells(total(decided)))
    if value is None:
        return None
    drawn = sorted(found for cells in _draws(decided) if (found := coefficient(cells)) is not None)
    return Rate(value, min(value, _quantile(drawn, 0.025)), max(value, _quantile(drawn, 0.975)))


def _draws(decided: Sequence[JudgedLabels]) -> Iterable[_Cells]:
    """Tables as they might have been, had other conversations been labelled."""
    chance = random.Random(_SEED)  # noqa: S311 - the same figures at each asking
    columns = list(zip(*(_cells(one) for one in decided), strict=True))
    size = total(decided).decided / len(decided)
    for _ in range(_DRAWS):
        weights = [chance.expovariate(1.0) for _ in decided]
        cells = [
            sum(map(float.__mul__, weights, map(float, column))) + size * chance.gammavariate(_BEFOREHAND, 1.0)
            for column in columns
        ]
        yield cells[0], cells[1], cells[2], cells[3]


def _kappa(cells: _Cells) -> float | None:
    true_passes, false_passes, false_fails, true_fails = cells
    count = sum(cells)
    observed = (true_passes + true_fails) / count if count else 0.0
    passes, met = true_passes + false_passes, true_passes + false_fails
    by_chance = (passes * met + (count - passes) * (count - met)) / count**2 if count else 1.0
    return None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)


def _alpha(cells: _Cells) -> float | None:
    true_passes, false_passes, false_fails, _ = cells
    pairable = 2 * sum(cells)
    positive = 2 * true_passes + false_passes + false_fails
    by_chance = 2 * positive * (pairable - positive)
    if by_chance <= 0 or pairable <= 1:
        return None
    # Each disagreement makes two ordered pairs of values.
    return 1 - (pairable - 1) * 2 * (false_passes + false_fails) / by_chance


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
