"""The beginning and the end of a body, as far as they are looked at beside its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.exchange import Chunk

# A little more than is ever shown or sniffed.
_FIRST_BYTES: Final = 128 * 1024
# No piece that comes over a network is as long.
_LONG_PIECE: Final = 1024 * 1024
# An error after the events is looked for in no more than this.
_LAST_BYTES: Final = 16 * 1024


def start_of(chunks: Sequence[Chunk]) -> bytes:
    """The body as far as it is looked at from its beginning; where a piece goes beyond, as far as that is short."""
    start: list[bytes] = []
    size = 0
    for chunk in chunks:
        if size > _FIRST_BYTES:
            break
        start.append(chunk.data[:_LONG_PIECE])
        size += len(start[-1])
    return b"".join(start)


def end_of(chunks: Sequence[Chunk]) -> bytes:
    """The last bytes of the body."""
    pieces: list[bytes] = []
    left = _LAST_BYTES
    for chunk in reversed(chunks):
        pieces.append(chunk.data[-left:])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return b"".join(reversed(pieces))


def block_at_the_end(chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """The lines of a stream's last block, where an empty line has closed it and it has no data; else none."""
    text = end_of(chunks).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not text.endswith(b"\n\n"):
        return ()
    block = text.rstrip(b"\n").rpartition(b"\n\n")[2]
    lines = tuple(line.decode("utf-8", "replace") for line in block.split(b"\n"))
    return () if any(line.startswith("data") for line in lines) else lines
