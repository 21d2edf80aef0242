"""Events of the Responses API that come twice, as they do where a client goes on from an event that it had read.

Each event has a number, and one that is sent again has the number that it had. Servers whose numbers mean something
else, or nothing, send other events under them, and are then not looked at any more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from scenario.protocols.json_text import read_json

# So many events must have had numbers of their own before an equal one of the same number is taken for a replay: some
# servers number all deltas alike.
_ENOUGH: Final = 5
# Random characters that hide how long a delta is: others each time.
_PADDING: Final = "obfuscation"


class Replays:
    """Knows the events of one response by their numbers."""

    __slots__ = ("_count", "_last", "_runs", "_trusted")

    def __init__(self) -> None:
        # The data of events whose numbers follow upon each other, after the first one's number.
        self._runs: list[tuple[int, list[str]]] = []
        self._last = -1
        self._count = 0
        self._trusted = True

    def has(self, value: dict[str, Any], data: str) -> bool:
        """Whether this event, whose data is `value`, has come before; it is noted where it has not."""
        number = value.get("sequence_number")
        if not self._trusted or type(number) is not int:
            return False
        if number > self._last:
            self.note(number, [data])
            return False
        if (earlier := self._find(number)) is None:
            return False
        if earlier == data or _without_padding(read_json(earlier)) == _without_padding(value):
            return self._count >= _ENOUGH
        self._trusted = False
        self._runs.clear()
        return False

    def are_new(self, first: int | None, last: int | None, count: int) -> bool:
        """Whether so many events, from the first of these numbers to the last, can not have come before."""
        if not self._trusted or first is None or last is None:
            return first is last or not self._trusted
        return first > self._last and last - first == count - 1

    def note(self, first: int | None, data: Sequence[str]) -> None:
        """Note events of which it is known that they are new."""
        if not self._trusted or first is None:
            return
        if first == self._last + 1 and self._runs:
            self._runs[-1][1].extend(data)
        else:
            self._runs.append((first, list(data)))
        self._last = first + len(data) - 1
        self._count += len(data)

    def _find(self, number: int) -> str | None:
        place = bisect_right(self._runs, number, key=itemgetter(0)) - 1
        if place < 0:
            return None
        first, data = self._runs[place]
        return data[number - first] if number - first < len(data) else None


def _without_padding(value: Any) -> Any:
    return {key: one for key, one in value.items() if key != _PADDING} if isinstance(value, dict) else value
