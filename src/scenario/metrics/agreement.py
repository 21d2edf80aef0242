"""How far several judges agree beyond chance. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for categories: 1 where all agree, 0 where they agree as often as by chance.

    Source: K. Krippendorff, "Content Analysis", the coefficient for nominal data with missing values, by way of the
    matrix of coincidences.

    Args:
        units: the categories that each unit was given, one for each judge that judged it. Units with fewer than two
            say nothing of agreement, and do not count.

    Returns:
        At most 1; None where fewer than two categories were given at all, so that there is nothing to agree on beyond
        chance.
    """
    paired = [Counter(unit) for unit in units if len(unit) > 1]
    totals: Counter[Hashable] = sum(paired, Counter())
    pairable = totals.total()
    if len(totals) < 2:
        return None
    observed = sum(
        (unit.total() ** 2 - sum(count * count for count in unit.values())) / (unit.total() - 1) for unit in paired
    )
    expected = (pairable**2 - sum(count * count for count in totals.values())) / (pairable - 1)
    return 1.0 - observed / expected
