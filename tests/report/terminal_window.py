"""What a person would see of bytes that were sent to a terminal: enough of one to read the reporter's output back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from scenario.report.terminal.wrapping import cells


class TerminalStream(io.StringIO):
    """A text stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


_TOKEN = re.compile(
    r"\x1b\[(?P<number>\d*)(?P<move>[DK])|\x1b\[[\d;]*m|(?P<control>[\r\n])|(?P<character>.)", re.DOTALL
)


def seen(text: str) -> list[str]:
    """The lines of the window; anything that no known sequence explains makes it fail."""
    lines: list[list[str]] = [[]]
    column = 0
    for token in _TOKEN.finditer(text):
        line = lines[-1]
        if token["control"] == "\r":
            column = 0
        elif token["control"] == "\n":
            lines.append([])
            column = 0
        elif token["move"] == "D":
            column -= int(token["number"] or 1)
            assert column >= 0, "the cursor was moved beyond the line's begin"
        elif token["move"] == "K":
            del line[column:]
        elif token["character"]:
            assert token["character"] != "\x1b", (
                f"an unknown control sequence: {text[token.start() : token.start() + 8]!r}"
            )
            width = cells(token["character"])
            if width == 0 and column:
                line[column - 1] += token["character"]
                continue
            line[column : column + width] = [token["character"], *[""] * (width - 1)]
            column += width
    return ["".join(line).rstrip() for line in lines]


def colours(text: str) -> Iterable[str]:
    """The colour and style sequences of a text."""
    return re.findall(r"\x1b\[([\d;]*)m", text)
