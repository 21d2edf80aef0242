"""A search in a JSON value that ends: each value in it is looked into once, and no more than a number of them."""

from __future__ import annotations

from collections.abc import Sized
from typing import Final, Generic, TypeVar

# A tenth of a second's work at the most.
MOST_VALUES: Final = 10_000

# The code of the error that says so.
TOO_MUCH_CODE: Final = "too_much"

_Finding = TypeVar("_Finding")


class TooMuchJsonError(Exception):
    """A value holds more values than are looked into, and the text may be any of them; the message says so."""

    def __init__(self) -> None:
        super().__init__(
            f"the answer's JSON holds more values than are looked into ({MOST_VALUES}), and its text may be any of "
            "them: say reply='path.to.text', where it stands at one place"
        )


def check_number(values: Sized) -> None:
    """Refuse to look into so many.

    Raises:
        TooMuchJsonError: they are too many.
    """
    if len(values) > MOST_VALUES:
        raise TooMuchJsonError


class Looks(Generic[_Finding]):
    """What was looked into in one search."""

    def __init__(self) -> None:
        self._left = MOST_VALUES
        # With the values, so that no other takes the place of one in memory.
        self._known: dict[tuple[int, int], tuple[object, _Finding]] = {}

    def known(self, value: object, depth: int) -> _Finding | None:
        """What was found in a value before, so many levels down."""
        known = self._known.get((id(value), depth))
        return None if known is None else known[1]

    def note(self, value: object, depth: int, found: _Finding) -> _Finding:
        """Keep what was found in a value."""
        self._known[id(value), depth] = (value, found)
        return found

    def spend(self, values: int) -> None:
        """Look into so many more.

        Raises:
            TooMuchJsonError: those are too many.
        """
        self._left -= values
        if self._left < 0:
            raise TooMuchJsonError
