"""What has arrived, in pieces that are each read in a moment, and as it was before it was compressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scenario.exchange import Chunk
from scenario.transport.content_coding import Inflater

# The most that is handed out at once: it may hold thousands of tiny events, and is to be read within a turn.
_LARGE: Final = 16 * 1024


def small_pieces(chunks: Iterable[Chunk], inflater: Inflater | None) -> Iterator[Chunk]:
    """The chunks as they were before they were compressed, in pieces that are each read in a moment.

    Raises:
        CodingError: they are not of the coding that the inflater undoes.
    """
    for chunk in chunks:
        if inflater is not None:
            for data in inflater.pieces(chunk.data):
                yield Chunk(chunk.at, data)
        elif len(chunk.data) <= _LARGE:
            yield chunk
        else:
            for start in range(0, len(chunk.data), _LARGE):
                yield Chunk(chunk.at, chunk.data[start : start + _LARGE])
