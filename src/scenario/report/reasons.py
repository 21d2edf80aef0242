"""What is shown of the error that ended a run: pure, and the same on a terminal, in JUnit and beside a test."""

from __future__ import annotations

from typing import Final

# Of what follows a failure's first line.
_MOST_LINES: Final = 3
_MOST_CHARACTERS: Final = 300
# What pytest appends to an assertion's message; it stands in the test's own report.
_PYTESTS: Final = ("assert ", "+  where", "+  and")


def failure_lines(error: str) -> list[str]:
    """The first line of a check's message, and some of those that follow it."""
    first, *rest = error.split("\n")
    lines, left, told = [first], _MOST_CHARACTERS, [line for line in rest if line.strip()]
    for index, line in enumerate(told):
        if line.lstrip().startswith(_PYTESTS):
            break
        if index == _MOST_LINES or left <= 0:
            lines.append(f"… {len(told) - index:,} more")
            break
        lines.append(line if len(line) <= left else f"{line[:left].rstrip()}…")
        left -= len(line)
    return lines


def with_its_end(text: str, limit: int) -> str:
    """At most so many characters of a text, the middle left out: the end of an error says what to do."""
    if len(text) <= limit:
        return text
    head = limit // 2
    return f"{text[:head].rstrip()} … {text[head + 3 - limit :].lstrip()}"
