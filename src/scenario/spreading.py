"""Whether a secret stands in pieces anywhere in a body: a quick answer to what `spread` finds out exactly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from scenario.line_shape import Family, Shape, shape_of, texts_by_key
from scenario.redaction import Secrets
from scenario.sought import Sought
from scenario.spread import FEWEST_PIECES, field_of, texts_of

# So many kinds of lines are kept in mind; a stream has a few.
_MOST_SHAPES: Final = 8
# A line as long as this is looked through as it is read; what is only in it together with another is not known then.
_LONG: Final = 1024 * 1024
_MANY: Final = 16 * 1024
# Of what a group ends with, no more than this is kept: what is in it is not known then.
_MOST_KEPT: Final = 1024 * 1024
# Less than this is kept as it is.
_LITTLE: Final = 8192


class Spreading:
    """Whether a secret stands in pieces anywhere in some lines: whether `spread` would find any, without saying where.

    What it joins is what `spread` joins, and so nothing is missed. It is only quicker about it: most lines of a stream
    differ from one before in a few values, so that these alone are cut out (`Shape`); of a value that is the same in
    many lines, no more is joined than could hold a secret (`Shape.joined`); values are not joined in several ways as
    long as these come to the same (`_Values`); and what was looked through is let go of (`_Joined`).

    Args:
        secrets: what is looked for; there must be some.

    Attributes:
        found: whether one does; also where that is not known, of lines and values that are very long.
    """

    def __init__(self, secrets: Secrets) -> None:
        self.found = False
        self._sought = secrets.sought
        self._values: dict[Family, _Values] = {}
        self._shapes: list[Shape] = []
        self._last: Shape | None = None
        self._unlike = b""
        self._long: set[bytes] = set()

    def add(self, lines: Iterable[bytes]) -> None:
        """Some lines, in order; empty ones are none. What they have in them is held until they are all read."""
        left = list(filter(None, lines))
        at = 0
        while at < len(left):
            if self._last is not None:
                at += self._last.taken_of(left, at)
            if at < len(left):
                self._add_other(left[at])
                at += 1
        self._settle()

    def _add_other(self, line: bytes) -> None:
        """A line of another shape than the one before."""
        for shape in self._shapes:
            if shape is not self._last and shape.takes(line, self._make_way):
                self._last = shape
                return
        name, start, index = field_of(line, 0, len(line))
        if index is None:
            self._make_way(((name, None),))
            self._of((name, None)).add([line[start:]], b"")
        elif len(line) > _LONG:
            self._add_long(line, name, start, index)
        else:
            values = texts_by_key(line, name, start)
            self._make_way(values)
            for family, texts in values.items():
                self._of(family).add(texts, index)
            self.found = self.found or name in self._long
            self._learn(line)

    def _of(self, family: Family) -> _Values:
        values = self._values.get(family)
        if values is None:
            values = self._values[family] = _Values()
        return values

    def _learn(self, line: bytes) -> None:
        """Keep in mind in what this line differs from the last one that was unlike all before."""
        shape, self._unlike = shape_of(self._unlike, line), line
        if shape is None:
            return
        for forgotten in self._shapes[_MOST_SHAPES - 1 :]:
            self._close(forgotten)
        self._shapes = [shape, *self._shapes[: _MOST_SHAPES - 1]]
        self._last = shape

    def _add_long(self, line: bytes, name: bytes, start: int, index: bytes) -> None:
        for shape in self._shapes:
            self._close(shape)
        # By their number in a line, values meet those of other lines alone: with another line, that is not known.
        self.found = self.found or any(other == name and key is not None for other, key in self._values)
        self._long.add(name)
        for count, (key, (begin, end)) in enumerate(texts_of(line, start, len(line)), 1):
            self._of((name, key)).add([line[begin:end]], index)
            if count % _MANY == 0:
                self._settle()

    def _make_way(self, families: Iterable[Family], but: Shape | None = None) -> None:
        """Join what lines of a shape have brought, before something else comes under the same key."""
        for shape in self._shapes:
            if shape is not but and shape.count and not shape.families.isdisjoint(families):
                self._close(shape)

    def _close(self, shape: Shape) -> None:
        if shape.count:
            for family, count, texts in shape.joined(self._sought.reach):
                self._of(family).add_lines(count, texts, shape.index)
            shape.clear()

    def _settle(self) -> None:
        """Look through what has come, and let go of it but for what may be the beginning of more."""
        for shape in self._shapes:
            self._close(shape)
        joined = [one for values in self._values.values() for one in values.ways() if one.is_to_be_seen]
        texts = {one.joined() for one in joined}
        self.found = self.found or self._sought.stands_in(b"\n".join(texts))
        for one in joined:
            self.found = one.shortened(self._sought) > _MOST_KEPT or self.found


class _Values:
    """The values under one key in all the ways in which they may be pieces of a text.

    These are all of them; those that come first in a line, those that come second, …; and those of lines with the same
    index. As long as no line has had two, and all have had the same index, all of these ways are one.
    """

    __slots__ = ("_all", "_by_index", "_by_place", "_index")

    def __init__(self) -> None:
        self._all = _Joined()
        self._by_place: list[_Joined] | None = None
        self._by_index: dict[bytes, _Joined] | None = None
        self._index: bytes | None = None

    def ways(self) -> Iterable[_Joined]:
        """The values, joined in each way that is another one."""
        by_index = () if self._by_index is None else self._by_index.values()
        return (self._all, *(self._by_place or ()), *by_index)

    def add(self, texts: Sequence[bytes], index: bytes) -> None:
        """The values of one line."""
        self.add_lines(1, texts, index) if len(texts) == 1 else self.add_lines(1, [b"".join(texts), *texts], index)

    def add_lines(self, count: int, texts: Sequence[bytes], index: bytes) -> None:
        """The values of so many lines, joined; where each line has several, also those that come first, second, …."""
        total, *by_place = texts
        values = count * max(len(by_place), 1)
        if by_place and self._by_place is None:
            self._by_place = [self._all.copy()]
        if index != self._index:
            self._part_by(index)
        self._all.add(total, values)
        if self._by_place is not None:
            by_place = by_place or [total]
            self._by_place += [_Joined() for _ in range(len(by_place) - len(self._by_place))]
            for joined, text in zip(self._by_place, by_place, strict=False):
                joined.add(text, count)
        if self._by_index is not None and index:
            self._by_index.setdefault(index, _Joined()).add(total, values)

    def _part_by(self, index: bytes) -> None:
        if self._index is None:
            self._index = index
        elif self._by_index is None:
            self._by_index = {self._index: self._all.copy()} if self._index else {}


class _Joined:
    """What has come of some values: `count` of them, and of those that were looked through before only the end."""

    __slots__ = ("_count", "_is_new", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._count = 0
        self._is_new = False

    @property
    def is_to_be_seen(self) -> bool:
        """Whether it may hold what it did not hold when it was looked through."""
        return self._is_new and self._count >= FEWEST_PIECES

    def copy(self) -> _Joined:
        other = _Joined()
        other._pieces, other._count, other._is_new = list(self._pieces), self._count, self._is_new
        return other

    def add(self, text: bytes, count: int) -> None:
        self._pieces.append(text)
        self._count += count
        self._is_new = True

    def joined(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    def shortened(self, sought: Sought) -> int:
        """Let go of what nothing that follows can change; how much is left."""
        text = self.joined()
        self._is_new = False
        if len(text) > _LITTLE and (at := sought.cut_near_end(text)) is not None:
            self._pieces = [text[at:]]
        return len(self._pieces[0])
