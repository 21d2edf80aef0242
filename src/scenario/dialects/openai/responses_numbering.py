"""Whether the events of the Responses API came all, once and in order, by the numbers that they carry.

The API numbers its events from 0 on without a gap. A gap says that an event was lost on the way, a number that comes
after its successor that two were swapped. Servers that number otherwise (all events alike, each kind by itself, several
at a time) do so throughout, and are believed nothing.
"""

from __future__ import annotations

# A server that leaves out so large a share of its numbers does so by habit.
_HABIT = 0.2
_FEW = 3


class Numbering:
    """The numbers of one response's events, in the order in which they came; replays are not told."""

    __slots__ = ("_backward", "_count", "_first_break", "_forward", "_last", "_same")

    def __init__(self) -> None:
        self._last: int | None = None
        self._count = 0
        self._forward = 0
        self._backward = 0
        self._same = False
        self._first_break: tuple[int, int] | None = None

    def note(self, first: int | None, count: int = 1) -> None:
        """Take in so many events, numbered from `first` on; None where they have no number."""
        if first is None:
            return
        last = self._last
        if last is not None and first != last + 1:
            self._first_break = self._first_break or (last, first)
            self._same |= first == last
            self._forward += first > last
            self._backward += first < last
        self._last = first + count - 1
        self._count += count

    @property
    def contradiction(self) -> str | None:
        """What the numbers say that cannot be; None where they say nothing of the kind."""
        if self._first_break is None or self._same:
            return None
        if self._backward and self._forward < 2 * self._backward:
            # Each swap goes forward, back and forward again; a server that begins anew only goes back.
            return None
        breaks = self._forward + self._backward
        if breaks > _FEW and breaks > self._count * _HABIT:
            return None
        before, after = self._first_break
        return f"sequence_number goes from {before} to {after}: an event was lost, or came out of its turn"
