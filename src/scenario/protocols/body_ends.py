"""What a body's bytes say beside its events: its beginning, its end, and whether they are text at all."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.exchange import Chunk
from scenario.protocols.protocol import Head
from scenario.types import Reply

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


def note_bytes_that_are_no_text(reply: Reply, head: Head, chunks: Sequence[Chunk]) -> None:
    """Say in the reading that bytes of the body, which declares no charset, are no UTF-8, and stand so in the text."""
    if "\ufffd" in reply.text and not head.charset and not _is_utf8(chunks):
        told = "bytes that are no UTF-8 stand as \ufffd in the text"
        reply.reading = msgspec.structs.replace(reply.reading, notes=(*reply.reading.notes, told))


def _is_utf8(chunks: Sequence[Chunk]) -> bool:
    """Whether the body's bytes are UTF-8; a character that its end cuts is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk.data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
