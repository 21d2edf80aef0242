"""Which verdict on a criterion counts: the last one of its run, once, whatever checkpoints had said before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def last_of_each(verdicts: Iterable[T], criterion: Callable[[T], str]) -> list[T]:
    """Of each criterion the verdict that counts, in the order in which these were given.

    Args:
        verdicts: those of one run, in the order in which they were given.
        criterion: the text of the criterion that a verdict is about.
    """
    last: dict[str, T] = {}
    for verdict in verdicts:
        last.pop(text := criterion(verdict), None)
        last[text] = verdict
    return list(last.values())
