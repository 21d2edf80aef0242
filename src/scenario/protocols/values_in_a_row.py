"""JSON values that follow one another without lines of their own.

In a row, with commas or record separators (RFC 7464) between them, or each over several lines.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import Final

from scenario.late_pattern import late_pattern

SEPARATOR: Final = "\x1e"
_BETWEEN: Final = " \t\r\n,\x1e"
# The end of an object after which another one begins in the same line.
_ANOTHER: Final = late_pattern(r"\},? ?\{")
_decode = json.JSONDecoder().raw_decode


class Rows:
    """Cuts the lines of one body into values, one a line.

    Args:
        maximum: no more characters are held of a value that goes over several lines.
        most: where one line holds more values than this, the others are not made.
    """

    def __init__(self, maximum: int, most: int) -> None:
        self._maximum = maximum
        self._most = most
        self._held: StringIO | None = None
        self._size = 0

    def feed(self, lines: list[str]) -> list[str]:
        """Each line that holds several values as so many lines, those of one value as one; all others as they are."""
        if self._held is None and (_are_plain(lines) or not any(map(_is_odd, lines))):
            return lines
        found: list[str] = []
        for line in lines:
            found += self._take(line)
        return found

    def close(self) -> list[str]:
        """What was held of a value that has not ended."""
        held = self._let_go()
        return [held] if held.strip(_BETWEEN) else []

    def _take(self, line: str) -> list[str]:
        if self._held is not None:
            self._held.write(f"\n{line}")
            self._size += len(line)
            # An indented value ends where nothing is indented.
            if line[:1] != "}" and SEPARATOR not in line and self._size <= self._maximum:
                return []
            line = self._let_go()
        values = _values(line, self._most)
        if values and values[-1].strip() == "{":
            self._held, self._size = StringIO(), 0
            self._held.write(values.pop())
        return values

    def _let_go(self) -> str:
        held, self._held = "" if self._held is None else self._held.getvalue(), None
        return held


def begins_in_a_row(start: str) -> bool:
    """Whether a body begins with an object after which another one, or a record separator, follows."""
    if not start.startswith("{"):
        return False
    try:
        _, end = _decode(start)
    except (ValueError, RecursionError):
        return False
    rest = start[end:].lstrip(" \t\r\n,")
    return rest.startswith(("{", SEPARATOR))


def bare(line: bytes) -> bytes:
    """A line without what stands between values."""
    return line.strip(_BETWEEN.encode())


def _are_plain(lines: list[str]) -> bool:
    """Whether none of them can be odd, as is told of all at once: each ends its value, and none begins another one."""
    joined = "\n".join(lines)
    if joined.count("}\n") != len(lines) - 1 or not joined.endswith("}"):
        return False
    return SEPARATOR not in joined and _ANOTHER.search(joined) is None


def _is_odd(line: str) -> bool:
    stripped = line.strip()
    if "}{" in line or "} {" in line or "},{" in line or "}, {" in line or SEPARATOR in line or stripped == "{":
        return True
    return (stripped.startswith((",", "{")) and stripped.endswith((",", "{"))) or stripped == ","


def _values(line: str, most: int) -> list[str]:
    text = line.strip(_BETWEEN)
    if not text.startswith("{"):
        return [line.replace(SEPARATOR, " ").strip()] if line.strip(_BETWEEN + SEPARATOR) else []
    found: list[str] = []
    at = 0
    while at < len(text) and len(found) <= most:
        try:
            _, end = _decode(text, at)
        except (ValueError, RecursionError):
            # What cannot be read stays in one piece: it is told as that.
            return [*found, text[at:]] if found else [text]
        found.append(text[at:end])
        at = end
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
    return found
