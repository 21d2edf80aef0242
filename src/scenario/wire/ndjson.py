"""NDJSON: one JSON value to a line. This reads the lines and leaves what they mean to their dialect.

The format is that of https://github.com/ndjson/ndjson-spec: UTF-8, lines that end with LF, a CR before it allowed. As
in JSON Lines, the last line needs no end, and blank lines mean nothing.
"""

from __future__ import annotations

import msgspec

from scenario.errors import WireError, WireLimitError
from scenario.wire.lines import MIB, checked_limit, limit_error, without_bom


class NdjsonParser:
    """Reads one NDJSON body, in pieces of any size.

    How the body is cut makes no difference to the lines, and the time is linear in the bytes. A limit that is passed
    ends the parsing, and no line is lost by it: lines that were complete before are returned by the `feed` that met
    the limit, and the next `feed` or `close` raises; without such lines it raises at once. Every later call raises
    again.

    Args:
        max_line_bytes: the most that one line may have, without its line end. No more than that is held.

    Raises:
        ConfigurationError: the limit is below one byte.
    """

    def __init__(self, *, max_line_bytes: int = 8 * MIB) -> None:
        self._max_line = checked_limit("max_line_bytes", max_line_bytes)
        self._at_start = True
        self._closed = False
        self._failed = False
        self._tail = bytearray()

    @property
    def pending(self) -> int:
        """Bytes held: those of the unfinished line."""
        return len(self._tail)

    def feed(self, data: bytes | bytearray | memoryview) -> list[str]:
        """Read the next piece of the body.

        Returns:
            The lines that this piece completes, without their ends and without blank ones. Invalid UTF-8 is replaced
            by U+FFFD.

        Raises:
            WireLimitError: a line is larger than its limit; see the class about lines before it.
            WireError: the stream was closed.
        """
        self._refuse_if_over()
        if self._closed:
            raise WireError("Bytes came after the end of the stream: the parser was closed. One parser reads one body.")
        piece = data if type(data) is bytes else bytes(data)
        if self._at_start:
            piece = self._start(piece)
        found: list[str] = []
        try:
            end = piece.rfind(b"\n") + 1
            if end:
                lines = bytes(self._tail) + piece[:end]
                self._tail = bytearray(piece[end:])
                self._lines(lines, found)
            else:
                self._tail += piece
            # What may still become a byte-order mark is no part of a line.
            if not self._at_start:
                self._check(self._tail)
        except WireLimitError:
            self._failed = True
            self._tail = bytearray()
            if not found:
                raise
        return found

    def close(self) -> list[str]:
        """End the stream.

        Returns:
            The last line, if it is not blank and no line end came after it.

        Raises:
            WireLimitError: the limit had been passed.
        """
        self._refuse_if_over()
        self._closed = True
        found: list[str] = []
        self._lines(bytes(self._tail) + b"\n", found)
        self._tail = bytearray()
        return found

    def _refuse_if_over(self) -> None:
        if self._failed:
            raise self._limit_error()

    def _limit_error(self) -> WireLimitError:
        return limit_error("A line", "max_line_bytes", self._max_line, parser="NdjsonParser")

    def _start(self, piece: bytes) -> bytes:
        start = without_bom(bytes(self._tail) + piece)
        if start is None:
            return piece
        self._at_start = False
        self._tail.clear()
        return start

    def _lines(self, lines: bytes, found: list[str]) -> None:
        """Read whole lines, the last one's LF included."""
        if len(lines) > self._max_line:
            for line in lines[:-1].split(b"\n"):
                self._check(line)
                found += _not_blank(line + b"\n")
        else:
            found += _not_blank(lines)

    def _check(self, line: bytes | bytearray) -> None:
        # A CR at the end may be the half of a line end.
        if len(line) > self._max_line and len(line) - line.endswith(b"\r") > self._max_line:
            raise self._limit_error()


def _not_blank(lines: bytes) -> list[str]:
    """Lines, each with its LF, without it and without those that are blank."""
    if b"\r" not in lines and b" \n" not in lines and b"\t\n" not in lines:
        # None has the half of a line end, and those that are blank are empty.
        found = list(filter(None, lines.split(b"\n")))
        try:
            return list(map(bytes.decode, found))
        except UnicodeDecodeError:
            return [line.decode("utf-8", "replace") for line in found]
    text = lines.decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip(" \t\r")]


def encode(value: object) -> bytes:
    """Write one value as a line of JSON.

    Raises:
        WireError: JSON has no such value.
    """
    try:
        return msgspec.json.encode(value) + b"\n"
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise WireError(f"The value cannot be written as JSON: {error}.") from error
