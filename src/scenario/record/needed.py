"""What could decide what was left open. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def needed(needs: Iterable[str]) -> str:
    """What all criteria that did not pass need; "" where one needs nothing, or another thing.

    Args:
        needs: of each criterion that did not pass; of one that failed "".
    """
    different = set(needs)
    return different.pop() if len(different) == 1 else ""
