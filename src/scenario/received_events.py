"""The events of one body as a list of them that is made when somebody looks at one.

An agent may send a million tiny events, and hardly anybody reads them: the bytes that they came in are kept anyway,
and an event takes ten times as much memory as its bytes do.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Protocol, SupportsIndex, overload

from scenario.errors import InternalError
from scenario.types import ReceivedEvent

# asyncio.run has the repr of what its coroutine returns made, be it of a million events: so many characters of it.
_SHOWN: Final = 100_000


class EventSource(Protocol):
    """What makes the events, each time anew and alike."""

    def __iter__(self) -> Iterator[ReceivedEvent]:
        """The events, in order."""
        ...

    def content_times(self) -> Iterable[tuple[float, int]]:
        """When parts of the answer arrived, in seconds since the call began, and how many at that moment."""
        ...

    @property
    def is_of_lines(self) -> bool:
        """Whether they are a body's server-sent events: what each says stands in lines of it that begin with "data"."""
        ...


class ReceivedEvents(Sequence[ReceivedEvent]):
    """Events as a list of them: it compares, shows, copies and slices as one, and cannot be changed.

    Args:
        source: makes them.
        count: how many it makes.
        last: the last of them, where it is at hand.
    """

    __slots__ = ("_count", "_last", "_made", "source")

    def __init__(self, source: EventSource, count: int, last: ReceivedEvent | None = None) -> None:
        self.source = source
        self._count = count
        self._last = last
        self._made: list[ReceivedEvent] | None = None

    def content_times(self) -> Iterable[tuple[float, int]]:
        """When parts of the answer arrived, in seconds since the call began, and how many; no event is made for it."""
        return self.source.content_times()

    def model_dump(self) -> list[ReceivedEvent]:
        """The list itself, for encoders that know lists only."""
        return list(self._all())

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: SupportsIndex) -> ReceivedEvent: ...

    @overload
    def __getitem__(self, index: slice) -> list[ReceivedEvent]: ...

    def __getitem__(self, index: SupportsIndex | slice) -> ReceivedEvent | list[ReceivedEvent]:
        if isinstance(index, slice):
            return self._part(index)
        if self._made is None and self._last is not None and operator.index(index) in (-1, self._count - 1):
            return self._last
        return self._all()[index]

    def __iter__(self) -> Iterator[ReceivedEvent]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ReceivedEvents | list):
            return NotImplemented
        return self._count == len(other) and self._all() == list(other)

    __hash__ = None  # type: ignore[assignment]  # a list has none

    def __add__(self, other: object) -> list[Any]:
        return [*self._all(), *other] if isinstance(other, ReceivedEvents | list) else NotImplemented

    def __radd__(self, other: object) -> list[Any]:
        return [*other, *self._all()] if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        shown: list[str] = []
        room = _SHOWN
        for event in self.source if self._made is None else self._made:
            if room < 0:
                shown.append(f"… {self._count - len(shown):,} more")
                break
            shown.append(repr(event))
            room -= len(shown[-1])
        return f"[{', '.join(shown)}]"

    def __reduce__(self) -> tuple[object, ...]:
        return ReceivedEvents, (self.source, self._count, self._last)

    def _part(self, part: slice) -> list[ReceivedEvent]:
        start, stop, step = part.indices(self._count)
        if self._made is None and step > 0 and stop < self._count:
            # The first of a million are looked at without making the others.
            return list(islice(iter(self.source), start, max(start, stop), step))
        return self._all()[part]

    def _all(self) -> list[ReceivedEvent]:
        made = self._made
        if made is None:
            # Two threads may both make them: they make the same.
            made = list(self.source)
            if len(made) != self._count:
                raise InternalError(
                    f"{self._count} events were read from a body, and now {len(made)} stand in it: its chunks were "
                    "changed. Events are made from them when they are looked at."
                )
            self._made = made
        return made


def as_list(value: object) -> list[ReceivedEvent]:
    """The events as a list, for encoders that ask what to do with what they do not know (`enc_hook=`).

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, ReceivedEvents):
        return value.model_dump()
    raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")
