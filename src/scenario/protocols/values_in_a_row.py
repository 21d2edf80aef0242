"""JSON values that follow one another without lines of their own: in a row, or after record separators (RFC 7464)."""

from __future__ import annotations

import json
from typing import Final

SEPARATOR: Final = "\x1e"
_decode = json.JSONDecoder().raw_decode


def split(lines: list[str]) -> list[str]:
    """Each line that holds several values as so many lines; all others as they are."""
    if not any("}{" in line or "} {" in line or SEPARATOR in line for line in lines):
        return lines
    return [value for line in lines for value in _values(line)]


def begins_in_a_row(start: str) -> bool:
    """Whether a body begins with an object after which another one follows at once."""
    if not start.startswith("{"):
        return False
    try:
        _, end = _decode(start)
    except (ValueError, RecursionError):
        return False
    return start[end:].lstrip(" ").startswith("{")


def _values(line: str) -> list[str]:
    line = line.replace(SEPARATOR, " ").strip()
    found: list[str] = []
    at = 0
    while at < len(line):
        try:
            _, end = _decode(line, at)
        except (ValueError, RecursionError):
            # What cannot be read stays in one piece: it is told as that.
            return [line] if not found else [*found, line[at:]]
        found.append(line[at:end])
        at = end
        while at < len(line) and line[at] in " \t":
            at += 1
    return found
