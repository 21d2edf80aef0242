"""What compresses a body on its way (RFC 9110, section 8.4), undone piece by piece.

The client's own decoding would not do: it takes a gzip that was cut for a whole one, and with it an answer whose tail
is missing. It also knows no name but the plain ones, and refuses a response for its coding before its status is known.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

# What is asked for, of what can be undone without a further package.
ACCEPTED: Final = "gzip, deflate"

_GZIP: Final = frozenset({"gzip", "x-gzip"})
_DEFLATE: Final = "deflate"
# Codings in use that are not undone. Any other name changes nothing about the bytes: "none" turns compression off in
# some servers, "utf-8" is a misunderstanding.
_UNREAD: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
# What is decoded at once gives no more than this, however well it is compressed, …
_LARGEST_PIECE: Final = 16 * 1024
# … and is no more than this: what follows the end of a stream is copied for each stream that follows.
_WINDOW: Final = 4096


class CodingError(Exception):
    """A body is not what its Content-Encoding says; the message says what it is, as a part of a sentence."""


class Inflater:
    """Undoes gzip or deflate, for bodies of any size, in memory that does not grow with them.

    Args:
        coding: "gzip" or "deflate".
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream: zlib._Decompress | None = None
        self._began = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes give, in pieces of a limited size.

        Raises:
            CodingError: they are not of this coding.
        """
        for start in range(0, len(data), _WINDOW):
            rest = data[start : start + _WINDOW]
            while rest:
                stream = self._stream or self._new(rest)
                try:
                    piece = stream.decompress(rest, _LARGEST_PIECE)
                    while piece:
                        yield piece
                        piece = b"" if stream.eof else stream.decompress(stream.unconsumed_tail, _LARGEST_PIECE)
                except zlib.error as error:
                    raise CodingError(f"what came is no {self._coding}, as its Content-Encoding says") from error
                rest = stream.unused_data
                if stream.eof:
                    # More of them may follow, each a whole one (RFC 1952, section 2.2).
                    self._stream = None

    def end(self) -> None:
        """The body has ended.

        Raises:
            CodingError: what it was compressed as has not.
        """
        if self._stream is not None:
            raise CodingError(f"the body ended before the end of the {self._coding} in it")

    def _new(self, start: bytes) -> zlib._Decompress:
        if self._coding != _DEFLATE:
            window = zlib.MAX_WBITS | 16
        elif self._began and start[0] & 0x0F != 8:
            raise CodingError(f"more came after the end of the {self._coding} in it")
        else:
            # Some servers leave the wrapper off, as browsers have long taken it.
            window = zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS
        self._began = True
        self._stream = zlib.decompressobj(window)
        return self._stream


def check_transfer(codings: str) -> None:
    """Refuse what a body is transferred in, beside chunks: the parser undoes those, and hands out the rest as it is.

    Args:
        codings: the Transfer-Encoding.

    Raises:
        CodingError: there is one that is not undone.
    """
    names = {name.partition(";")[0].strip().lower() for name in codings.split(",")}
    if names - {"", "chunked", "identity"}:
        raise CodingError(
            f"the body is transferred as {codings.strip()}, of which only chunks are read: the agent, or a proxy "
            "before it, codes what nobody asked for"
        )


def inflater_of(encoding: str) -> Inflater | None:
    """What undoes a Content-Encoding; None where there is nothing to undo.

    Raises:
        CodingError: it cannot be undone.
    """
    codings = [coding for name in encoding.split(",") if (coding := name.strip().lower()) not in ("", "identity")]
    known = [coding for coding in codings if coding in _GZIP or coding == _DEFLATE]
    if len(known) > 1 or not _UNREAD.isdisjoint(codings):
        raise CodingError(f"the body is compressed as {encoding.strip()}, which is not read: {ACCEPTED} are asked for")
    return Inflater("gzip" if known[0] in _GZIP else _DEFLATE) if known else None
