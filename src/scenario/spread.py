"""Secrets that stand in pieces: in the values of one key, or of one field, that follow each other in lines. Pure.

An agent that repeats a secret token by token sends it in the values of one key, an event after the other. So what
stands under each key is joined, and looked through as one text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from scenario.disguises import Span
from scenario.late_pattern import late_pattern
from scenario.redaction import Secrets

# What stands before the value in a line of a stream: a field's name, or the number of a part.
_FIELD: Final = late_pattern(rb"[A-Za-z0-9_-]{0,24}:[ \t]?")
# A text of JSON, with what tells whether it is a key. One that does not end is one to the line's end.
_LITERAL: Final = late_pattern(rb'"((?:[^"\\]|\\.)*+)(?:"([ \t]*+:)?|\\?\Z)', re.DOTALL)
_INDEX: Final = late_pattern(rb'"[a-z_]{0,24}index"[ \t]{0,8}:[ \t]{0,8}[0-9]{1,9}')
_LINE: Final = late_pattern(rb"[^\r\n]+")
FEWEST_PIECES: Final = 2

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
        if len(places) < FEWEST_PIECES:
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


def field_of(body: bytes, begin: int, end: int) -> tuple[bytes, int, bytes | None]:
    """What a line begins with, where its value does, and which index it says it has; None where it is no JSON."""
    field = _FIELD.match(body, begin, end)
    start = field.end() if field else begin
    name = field[0] if field else b""
    if body[start : start + 1] not in (b"{", b"[", b'"'):
        return name, start, None
    return name, start, b"".join(_INDEX.findall(body, start, end))


def texts_of(body: bytes, start: int, end: int) -> Iterator[tuple[bytes, Span]]:
    """The texts in JSON that are no keys, each with the key before it."""
    key = b""
    for literal in _LITERAL.finditer(body, start, end):
        if literal[2] is not None:
            key = literal[1]
        else:
            yield key, literal.span(1)


def _values_of(body: bytes, begin: int, end: int) -> Iterator[tuple[Group, Span]]:
    """The values in a line that may be pieces of one text: by key, by its number in a line, by the line's own index."""
    name, start, index = field_of(body, begin, end)
    if index is None:
        yield (b"line", name), (start, end)
        return
    seen = defaultdict[bytes, int](int)
    for key, place in texts_of(body, start, end):
        seen[key] += 1
        yield (b"key", name, key), place
        yield (b"place", name, key, seen[key]), place
        if index:
            yield (b"index", name, key, index), place
