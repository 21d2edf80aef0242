"""An event stream's bytes as its server wrote them: every line and how it ended, which a parser throws away.

A parser tells what a stream means; this tells how it is written. Blocks are what stands between two empty lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from scenario.late_pattern import late_pattern

_LINE: Final = late_pattern(rb"([^\r\n]*)(\r\n|\n|\r)")
_BOM: Final = b"\xef\xbb\xbf"
# One line of data to an event, LF at each line's end: most streams are this, and nothing in their lines is noteworthy.
_PLAIN: Final = late_pattern(rb"(?:(?:event: [^\r\n]++\n)?+data: [^\r\n]++\n\n)*+")


class Line(NamedTuple):
    """A line of a block.

    Attributes:
        field: what stands before the first colon; empty for a comment.
        value: what stands behind it, without one leading space; None where there is no colon.
        size: the bytes of the whole line.
    """

    field: bytes
    value: bytes | None
    size: int

    @property
    def whole(self) -> bytes:
        """The line, but for one blank after its colon."""
        return self.field if self.value is None else self.field + b":" + self.value


class Block(NamedTuple):
    """The lines between two empty ones.

    Attributes:
        start: where the first of them begins, in bytes of the body.
        lines: in order.
        event: the index of the event that the block dispatched; None where it has no data.
    """

    start: int
    lines: tuple[Line, ...]
    event: int | None

    def values(self, field: bytes) -> list[bytes]:
        """The values of the lines of that field."""
        return [line.value or b"" for line in self.lines if line.field == field]


class Scan(NamedTuple):
    """A body, line by line.

    Attributes:
        blocks: those that an empty line has ended.
        tail: the lines of the block that nothing has ended; the last one may be half.
        tail_start: where the tail begins, in bytes of the body.
        line_ends: how many lines each kind of line end has.
        plain: whether every event is an optional name and one line of data: `blocks` are then left out.
    """

    blocks: tuple[Block, ...]
    tail: tuple[Line, ...]
    tail_start: int
    line_ends: dict[bytes, int]
    plain: bool = False


def scan(body: bytes) -> Scan:
    """Take a body apart."""
    if _PLAIN.fullmatch(body):
        return Scan((), (), len(body), {b"\n": body.count(b"\n")}, plain=True)
    blocks: list[Block] = []
    lines: list[Line] = []
    line_ends = dict.fromkeys((b"\n", b"\r\n", b"\r"), 0)
    position = start = len(_BOM) if body.startswith(_BOM) else 0
    events = 0
    for match in _lines(body, position):
        content, line_end = match.groups()
        line_ends[line_end] += 1
        position = match.end()
        if content:
            lines.append(_line(content))
            continue
        if lines:
            has_data = any(line.field == b"data" for line in lines)
            blocks.append(Block(start, tuple(lines), events if has_data else None))
            events += has_data
            lines = []
        start = position
    if rest := body[position:]:
        lines.append(_line(rest))
    return Scan(tuple(blocks), tuple(lines), start, line_ends)


def _lines(body: bytes, start: int) -> Iterator[re.Match[bytes]]:
    position = start
    while (match := _LINE.match(body, position)) is not None:
        yield match
        position = match.end()


def _line(content: bytes) -> Line:
    field, colon, value = content.partition(b":")
    return Line(field, value.removeprefix(b" ") if colon else None, len(content))
