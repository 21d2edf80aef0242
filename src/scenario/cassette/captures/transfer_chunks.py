"""The chunks of HTTP/1.1's transfer coding, taken out of pieces that arrived; see RFC 9112, section 7.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.exchange import Chunk

# What tells a chunk's size has no more bytes, extensions included.
_LONGEST_SIZE: Final = 4096
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")


class NotChunkedError(Exception):
    """The bytes are no chunks: a tool has taken them out already."""


def unchunked(pieces: Sequence[Chunk]) -> tuple[list[Chunk], bool]:
    """The content of chunks, each part at its piece's time, and whether the last chunk came.

    Raises:
        NotChunkedError: there is something else.
    """
    content: list[Chunk] = []
    size, line, is_over = 0, bytearray(), False
    for piece in pieces:
        data, at, kept = piece.data, 0, bytearray()
        while at < len(data) and not is_over:
            if size > 2:  # of the chunk, and the line end behind it
                taken = min(size - 2, len(data) - at)
                kept += data[at : at + taken]
                at, size = at + taken, size - taken
            elif size:
                if data[at] != b"\r\n"[2 - size]:
                    raise NotChunkedError
                at, size = at + 1, size - 1
            else:
                line.append(data[at])
                at += 1
                if line.endswith(b"\n"):
                    size, line = _size(bytes(line)), bytearray()
                    is_over, size = size == 0, size + 2 if size else 0
                elif len(line) > _LONGEST_SIZE or line[0] not in _HEX:
                    raise NotChunkedError
        if kept:
            content.append(Chunk(piece.at, bytes(kept)))
    if line and not content:
        raise NotChunkedError  # "dead" is a word, too
    return content, is_over


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > 15 or not _HEX.issuperset(digits):
        raise NotChunkedError
    return int(digits, 16)
