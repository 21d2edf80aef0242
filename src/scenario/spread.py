"""Secrets that stand in pieces: in the values of one key, or of one field, that follow each other in lines. Pure.

An agent that repeats a secret token by token sends it in the values of one key, an event after the other. So what
stands under each key is joined, and looked through as one text.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Final, TypeAlias

from scenario.disguises import Sought, Span
from scenario.redaction import Secrets

# What stands before the value in a line of a stream: a field's name, or the number of a part.
_FIELD: Final = re.compile(rb"[A-Za-z0-9_-]{0,24}:[ \t]?")
# A text of JSON, with what tells whether it is a key. One that does not end is one to the line's end.
_LITERAL: Final = re.compile(rb'"((?:[^"\\]|\\.)*+)(?:"([ \t]*+:)?|\\?\Z)', re.DOTALL)
_INDEX: Final = re.compile(rb'"[a-z_]{0,24}index"[ \t]{0,8}:[ \t]{0,8}[0-9]{1,9}')
_LINE: Final = re.compile(rb"[^\r\n]+")
_FEWEST_PIECES: Final = 2

# What kind of group, the name of the field, a key, and what else its values have in common.
Group: TypeAlias = tuple[bytes, bytes] | tuple[bytes, bytes, bytes] | tuple[bytes, bytes, bytes, bytes | int]


def lines_of(body: bytes) -> list[Span]:
    """Where the lines of a body stand that are not empty."""
    return [match.span() for match in _LINE.finditer(body)]


def spread(body: bytes, lines: Sequence[Span], secrets: Secrets) -> list[Span]:
    """Where a secret stands in pieces."""
    spans: list[Span] = []
    groups: defaultdict[Group, list[Span]] = defaultdict(list)
    for begin, end in lines:
        for group, place in _values_of(body, begin, end):
            groups[group].append(place)
    for places in groups.values():
        if len(places) < _FEWEST_PIECES:
            continue
        joined = b"".join([body[begin:end] for begin, end in places])
        if found := secrets.spans(joined):
            spans += _places_of(found, places)
    return spans


def _places_of(found: Iterable[Span], places: Sequence[Span]) -> Iterator[Span]:
    """Where in a body the stretches of some joined places of it stand."""
    wanted = iter(found)
    begin, end = next(wanted)
    position = 0
    for first, last in places:
        length = last - first
        while begin < position + length:
            yield first + max(begin - position, 0), first + min(end - position, length)
            if end > position + length:
                break
            if (following := next(wanted, None)) is None:
                return
            begin, end = following
        position += length


def _values_of(body: bytes, begin: int, end: int) -> Iterator[tuple[Group, Span]]:
    """The values in a line that may be pieces of one text: by key, by its number in a line, by the line's own index."""
    field = _FIELD.match(body, begin, end)
    start = field.end() if field else begin
    name = field[0] if field else b""
    if body[start : start + 1] not in (b"{", b"[", b'"'):
        yield (b"line", name), (start, end)
        return
    index = b"".join(_INDEX.findall(body, start, end))
    key, seen = b"", dict[bytes, int]()
    for literal in _LITERAL.finditer(body, start, end):
        if literal[2] is not None:
            key = literal[1]
            continue
        place = literal.span(1)
        seen[key] = number = seen.get(key, 0) + 1
        yield (b"key", name, key), place
        yield (b"place", name, key, number), place
        if index:
            yield (b"index", name, key, index), place


# So many kinds of lines are kept in mind; a stream has a few.
_MOST_SHAPES: Final = 8
_MOST_COLUMNS: Final = 6
_MOST_QUOTES: Final = 400
# A line as long as this is looked through as it is read; what is only in it together with another is not known then.
_LONG: Final = 1024 * 1024
_MANY: Final = 16 * 1024
# Of what a group ends with, no more than this is kept: what is in it is not known then.
_MOST_KEPT: Final = 1024 * 1024
# Less than this is kept as it is.
_LITTLE: Final = 8192
_NUMBER: Final = b"0123456789.-"
_NUMBERED: Final = re.compile(rb"([ \t]*:[ \t]*)[0-9.-]+(.*)", re.DOTALL)
_SIGN: Final = re.compile(rb"[\\%&+]")
# In an escape no such byte stands.
_BARRIER: Final = re.compile(rb"[^0-9A-Za-z\\%&;#+\"'/]")


class Spreading:
    """Whether a secret stands in pieces anywhere in some lines: whether `spread` would find any, without saying where.

    What it joins is what `spread` joins, and so nothing is missed. It is only quicker about it: most lines of a stream
    differ from one before in a few values, so that these alone are cut out (`_Shape`); of a value that is the same in
    many lines, no more is joined than could hold a secret; and what was looked through is let go of (`_Joined`).

    Args:
        secrets: what is looked for; there must be some.

    Attributes:
        found: whether one does; also where that is not known, of lines and values that are very long.
    """

    def __init__(self, secrets: Secrets) -> None:
        self.found = False
        self._sought = secrets.sought
        self._joined: defaultdict[Group, _Joined] = defaultdict(_Joined)
        self._shapes: list[_Shape] = []
        self._last: _Shape | None = None
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
            if shape is not self._last and shape.cells(line) is not None:
                self._make_way(shape.groups, shape)
                shape.takes(line)
                self._last = shape
                return
        if len(line) > _LONG:
            self._add_long(line)
            return
        values = list(_values_of(line, 0, len(line)))
        self._make_way({group for group, _ in values})
        for group, (begin, end) in values:
            self._joined[group].add(line[begin:end])
        if values and values[0][0][0] != b"line":
            self.found = self.found or values[0][0][1] in self._long
            self._learn(line)

    def _learn(self, line: bytes) -> None:
        """Keep in mind in what this line differs from the last one that was unlike all before."""
        shape, self._unlike = _shape_of(self._unlike, line), line
        if shape is None:
            return
        for forgotten in self._shapes[_MOST_SHAPES - 1 :]:
            self._close(forgotten)
        self._shapes = [shape, *self._shapes[: _MOST_SHAPES - 1]]
        self._last = shape

    def _add_long(self, line: bytes) -> None:
        for shape in self._shapes:
            self._close(shape)
        for count, (group, (begin, end)) in enumerate(_values_of(line, 0, len(line)), 1):
            if group[0] == b"place":
                # By their number, values meet those of other lines alone.
                self._long.add(group[1])
                continue
            self._joined[group].add(line[begin:end])
            if count % _MANY == 0:
                self._settle()
        self.found = self.found or any(group[0] == b"place" and group[1] in self._long for group in self._joined)

    def _make_way(self, groups: Iterable[Group], but: _Shape | None = None) -> None:
        """Join what lines of a shape have brought to a group, before something else comes to it."""
        for shape in self._shapes:
            if shape is not but and shape.count and not shape.groups.isdisjoint(groups):
                self._close(shape)

    def _close(self, shape: _Shape) -> None:
        for group, count, text in shape.joined(self._sought.reach):
            self._joined[group].add(text, count)

    def _settle(self) -> None:
        """Look through what has come, and let go of it but for what may be the beginning of more."""
        for shape in self._shapes:
            self._close(shape)
        joined = [one for one in self._joined.values() if one.is_new and one.count >= _FEWEST_PIECES]
        texts = {one.joined() for one in joined}
        self.found = self.found or self._sought.stands_in(b"\n".join(texts))
        for one in joined:
            self.found = one.shortened(self._sought) > _MOST_KEPT or self.found


class _Joined:
    """What has come of one group: `count` values, and of those that were looked through before only the end."""

    __slots__ = ("_pieces", "count", "is_new")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.count = 0
        self.is_new = False

    def add(self, text: bytes, count: int = 1) -> None:
        self._pieces.append(text)
        self.count += count
        self.is_new = True

    def joined(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    def shortened(self, sought: Sought) -> int:
        """Let go of what nothing that follows can change; how much is left."""
        text = self.joined()
        self.is_new = False
        if len(text) > _LITTLE and (at := sought.cut_near_end(text)) is not None:
            self._pieces = [text[at:]]
        return len(self._pieces[0])


class _Shape:
    """Lines that differ in a few values: texts without a quote in them, or numbers, at places that are the same in all.

    What stands around these is byte by byte the same, quotes included, so that each line has texts of JSON in the same
    order and under the same keys as the line that it was made of, and these values in the places of that one's.

    Args:
        fixed: what stands before, between and after the values.
        is_text: of each value, whether it is a text, and no number.
        groups: what a line brings to each group: the index of a value, or bytes that are the same in all lines.
    """

    def __init__(self, fixed: Sequence[bytes], is_text: Sequence[bool], groups: dict[Group, list[int | bytes]]) -> None:
        self.groups = groups.keys()
        self.count = 0
        self._items = {group: tuple(items) for group, items in groups.items()}
        self._begin, *self._between, self._end = fixed
        self._is_text = is_text
        self._columns: list[list[bytes]] = [[] for _ in is_text]
        self._is_of_one_text = list(is_text) == [True]

    def taken_of(self, lines: Sequence[bytes], start: int) -> int:
        """How many of the lines from there on are of this shape; what is their own is kept."""
        if self._is_of_one_text and (taken := self._taken_at_once(lines, start)):
            return taken
        end = start
        while end < len(lines) and self.takes(lines[end]):
            end += 1
        return end - start

    def _taken_at_once(self, lines: Sequence[bytes], start: int) -> int:
        """The same where one text differs, and each of the lines has something there that is looked at together."""
        begin, end = self._begin, self._end
        first, last = len(begin), -len(end)
        cells = []
        for line in islice(lines, start, None):
            if not (line.startswith(begin) and line.endswith(end)):
                break
            cells.append(line[first:last])
        if b"" in cells:  # which may be a line in which beginning and end overlap
            return 0
        together = b'"'.join(cells)
        if together.count(b'"') >= max(len(cells), 1) or b'\\"' in together or together.endswith(b"\\"):
            return 0
        self._columns[0] += cells
        self.count += len(cells)
        return len(cells)

    def takes(self, line: bytes) -> bool:
        """Whether the line is one of these; if so, what is its own is kept."""
        if (cells := self.cells(line)) is None:
            return False
        for column, cell in zip(self._columns, cells, strict=True):
            column.append(cell)
        self.count += 1
        return True

    def cells(self, line: bytes) -> list[bytes] | None:
        """The values in which a line of this shape differs from others; None where it is none."""
        rest = len(line) - len(self._begin) - len(self._end)
        if rest < 0 or not (line.startswith(self._begin) and line.endswith(self._end)):
            return None
        left = line[len(self._begin) : len(self._begin) + rest]
        cells = []
        for text in self._between:
            cell, found, left = left.partition(text)
            if not found:
                return None
            cells.append(cell)
        cells.append(left)
        return cells if all(map(_is_cell, cells, self._is_text)) else None

    def joined(self, reach: int) -> Iterator[tuple[Group, int, bytes]]:
        """Of each group, how many values these lines have brought, and the values, joined; then there are no lines."""
        if not self.count:
            return
        made: dict[tuple[int | bytes, ...], bytes] = {}
        for group, items in self._items.items():
            if items not in made:
                made[items] = self._joined(items, reach)
            yield group, self.count * len(items), made[items]
        self.count = 0
        for column in self._columns:
            column.clear()

    def _joined(self, items: Sequence[int | bytes], reach: int) -> bytes:
        same = b"".join([item for item in items if isinstance(item, bytes)])
        if all(isinstance(item, bytes) for item in items):
            return same * min(self.count, _enough(same, reach))
        if len(items) == 1:
            return b"".join(self._columns[next(item for item in items if isinstance(item, int))])
        rows = [repeat(item, self.count) if isinstance(item, bytes) else self._columns[item] for item in items]
        return b"".join(chain.from_iterable(zip(*rows, strict=True)))


def _enough(text: bytes, reach: int) -> int:
    """How often a text needs to be repeated, so that whatever as long as `reach` is in any number of it is in that.

    Without a sign no escape begins in it, and one that begins before it goes no further than its first barrier. Behind
    that each byte stands for itself, and the next repetition is like the first one.
    """
    if text and not _SIGN.search(text) and _BARRIER.search(text):
        return reach // len(text) + 2
    return sys.maxsize


def _is_cell(cell: bytes, is_text: bool) -> bool:
    """Whether a value leaves the line around it as it is."""
    return b'"' not in cell and not cell.endswith(b"\\") if is_text else not cell.strip(_NUMBER)


def _shape_of(line: bytes, other: bytes) -> _Shape | None:
    """The shape of two lines that differ in a few values; None where they differ in more than that."""
    if b"\\" in line or b"\\" in other or line.count(b'"') != other.count(b'"'):
        return None
    parts, others = line.split(b'"'), other.split(b'"')
    if len(parts) % 2 == 0 or len(parts) > _MOST_QUOTES:
        return None
    differing = [index for index, (one, two) in enumerate(zip(parts, others, strict=True)) if one != two]
    if not 0 < len(differing) <= _MOST_COLUMNS or differing[0] == 0:
        return None
    fixed: list[bytes] = [b""]
    is_text: list[bool] = []
    starts: dict[int, int] = {}
    position = 0
    for index, part in enumerate(parts):
        if index:
            fixed[-1] += b'"'
        if index not in differing:
            fixed[-1] += part
        elif (around := _around(parts, others, index)) is None:
            return None
        else:
            before, after = around
            fixed[-1] += before
            fixed.append(after)
            starts[position] = len(is_text)
            is_text.append(index % 2 == 1)
        position += len(part) + 1
    groups: defaultdict[Group, list[int | bytes]] = defaultdict(list)
    for group, (begin, end) in _values_of(line, 0, len(line)):
        groups[group].append(starts[begin] if begin in starts else line[begin:end])
    return _Shape(fixed, is_text, groups)


def _around(parts: Sequence[bytes], others: Sequence[bytes], index: int) -> tuple[bytes, bytes] | None:
    """What is the same in two parts of lines, before and after what differs; None where more than a value does.

    Parts with an odd index are texts. Their values may be anything, unless they are keys. The others are what stands
    between texts, and there nothing may differ but a number, behind the colon that makes a key of the text before it.
    The number of an index would put the line's values into other groups.
    """
    part, other = parts[index], others[index]
    if parts[index - 1].endswith(b"index"):
        return None
    if index % 2:
        return None if parts[index + 1].lstrip(b" \t").startswith(b":") else (b"", b"")
    one, two = _NUMBERED.fullmatch(part), _NUMBERED.fullmatch(other)
    return (one[1], one[2]) if one and two and one.groups() == two.groups() else None
