"""Lines of a stream that differ in a few values, and the texts that stand in a line. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Final, TypeAlias

from scenario.late_pattern import late_pattern
from scenario.spread import field_of, texts_of

_MOST_COLUMNS: Final = 6
_MOST_QUOTES: Final = 400
_NUMBER: Final = b"0123456789.-"
_NUMBERED: Final = late_pattern(rb"([ \t]*:[ \t]*)[0-9.-]+(.*)", re.DOTALL)
_SIGN: Final = late_pattern(rb"[\\%&+]")
# In an escape no such byte stands.
_BARRIER: Final = late_pattern(rb"[^0-9A-Za-z\\%&;#+\"'/]")

# The name of a line's field and a key in it; None where the whole line is the value.
Family: TypeAlias = tuple[bytes, bytes | None]


class Shape:
    """Lines that differ in a few values: texts without a quote in them, or numbers, at places that are the same in all.

    What stands around these is byte by byte the same, quotes included, so that each line has texts of JSON in the same
    order and under the same keys as the line that it was made of, and these values in the places of that one's.

    Args:
        fixed: what stands before, between and after the values.
        is_text: of each value, whether it is a text, and no number.
        items: what a line has under each key: the number of a value, or bytes that are the same in all lines.
        index: the index that each line says it has.
    """

    def __init__(
        self,
        fixed: Sequence[bytes],
        is_text: Sequence[bool],
        items: dict[Family, list[int | bytes]],
        index: bytes,
    ) -> None:
        self.families = items.keys()
        self.index = index
        self.count = 0
        self._items = {family: tuple(of) for family, of in items.items()}
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

    def takes(self, line: bytes, make_way: Callable[[Iterable[Family], Shape], None] | None = None) -> bool:
        """Whether the line is one of these; if so, what is its own is kept, after `make_way` was called."""
        if (cells := self._cells(line)) is None:
            return False
        if make_way is not None:
            make_way(self.families, self)
        for column, cell in zip(self._columns, cells, strict=True):
            column.append(cell)
        self.count += 1
        return True

    def _cells(self, line: bytes) -> list[bytes] | None:
        """The values in which a line of this shape differs from others; None where it is no such line."""
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

    def joined(self, reach: int) -> Iterator[tuple[Family, int, list[bytes]]]:
        """Under each key, the number of lines, and their values as `_Values.add_lines` takes them."""
        made: dict[bytes, bytes] = {}
        for family, items in self._items.items():
            if len(items) > 1:
                yield family, self.count, [self._total(items, reach), *[self._repeated(one, reach) for one in items]]
                continue
            (item,) = items
            if isinstance(item, int):
                yield family, self.count, [b"".join(self._columns[item])]
            else:
                if item not in made:
                    made[item] = self._repeated(item, reach)
                yield family, self.count, [made[item]]

    def clear(self) -> None:
        """There are no lines any more."""
        self.count = 0
        for column in self._columns:
            column.clear()

    def _repeated(self, item: int | bytes, reach: int) -> bytes:
        if isinstance(item, int):
            return b"".join(self._columns[item])
        return item * min(self.count, _enough(item, reach))

    def _total(self, items: Sequence[int | bytes], reach: int) -> bytes:
        same = [item for item in items if isinstance(item, bytes)]
        if len(same) == len(items):
            return self._repeated(b"".join(same), reach)
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


def texts_by_key(line: bytes, name: bytes, start: int) -> dict[Family, list[bytes]]:
    """The texts in a line of JSON that are no keys, by the key before them."""
    found: dict[Family, list[bytes]] = {}
    parts = line.split(b'"')
    if b"\\" in line or len(parts) % 2 == 0:
        for key, (begin, end) in texts_of(line, start, len(line)):
            found.setdefault((name, key), []).append(line[begin:end])
        return found
    # Without an escape, each quote begins or ends a text.
    family = (name, b"")
    for at in range(1, len(parts), 2):
        if _is_colon(parts[at + 1]):
            family = (name, parts[at])
        elif family in found:
            found[family].append(parts[at])
        else:
            found[family] = [parts[at]]
    return found


def _is_colon(between: bytes) -> bool:
    """Whether what stands behind a text makes it a key."""
    return between.startswith(b":") or (between[:1] in (b" ", b"\t") and between.lstrip(b" \t").startswith(b":"))


def shape_of(line: bytes, other: bytes) -> Shape | None:
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
    name, start, own = field_of(line, 0, len(line))
    items: dict[Family, list[int | bytes]] = {}
    for key, (begin, end) in texts_of(line, start, len(line)):
        items.setdefault((name, key), []).append(starts[begin] if begin in starts else line[begin:end])
    return Shape(fixed, is_text, items, own or b"")


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
        return None if _is_colon(parts[index + 1]) else (b"", b"")
    one, two = _NUMBERED.fullmatch(part), _NUMBERED.fullmatch(other)
    return (one[1], one[2]) if one and two and one.groups() == two.groups() else None
