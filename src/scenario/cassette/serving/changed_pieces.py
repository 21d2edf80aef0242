"""The pieces of an answer in the words of who asks: names are put in the places of others, and the cuts stay. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scenario.exchange import Chunk


def changed(pieces: Sequence[Chunk], names: Mapping[str, str]) -> list[Chunk]:
    """Pieces with what `names` says in the places of its keys; one that is cut in two is put into the first half.

    Args:
        pieces: of a body.
        names: what stands for what.
    """
    told = {before.encode(): after.encode() for before, after in names.items() if before and before != after}
    body = b"".join([piece.data for piece in pieces])
    if not any(before in body for before in told):
        return list(pieces)
    pattern = re.compile(b"|".join(re.escape(before) for before in sorted(told, key=len, reverse=True)))
    found = list(pattern.finditer(body))
    made: list[Chunk] = []
    start = number = 0
    for piece in pieces:
        end = start + len(piece.data)
        at, data = start, bytearray()
        if number and found[number - 1].end() > at:
            at = min(end, found[number - 1].end())
        while number < len(found) and found[number].start() < end:
            one = found[number]
            data += body[at : one.start()] + told[one[0]]
            at = min(end, one.end())
            number += 1
        made.append(Chunk(piece.at, bytes(data + body[at:end])))
        start = end
    return made


def changed_text(text: str, names: Mapping[str, str]) -> str:
    """A text with what `names` says in the places of its keys."""
    for before, after in names.items():
        text = text.replace(before, after) if before else text
    return text
