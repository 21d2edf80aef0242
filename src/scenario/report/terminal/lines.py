"""Lines of a report, before anything knows how they are printed: text in pieces, each with its tone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

from scenario.report.terminal.wrapping import cells

Tone: TypeAlias = Literal[
    "plain", "strong", "dim", "good", "bad", "unsure", "invalid", "user", "agent", "tool",
    "name 0", "name 1", "name 2", "name 3", "name 4", "name 5",
]  # fmt: skip
NAME_TONES: Final[tuple[Tone, ...]] = ("name 0", "name 1", "name 2", "name 3", "name 4", "name 5")


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    tone: Tone = "plain"


Line: TypeAlias = tuple[Span, ...]


def indented(lines: Iterable[Line], by: int) -> list[Line]:
    """The lines, moved to the right."""
    return [(Span(" " * by), *line) for line in lines]


def cut(line: Line, width: int, ellipsis: str) -> Line:
    """The line, cut where it is wider than so many columns."""
    if sum(cells(span.text) for span in line) <= width:
        return line
    left, kept = width - cells(ellipsis), []
    for span in line:
        text = span.text
        while cells(text) > left:
            text = text[:-1]
        kept.append(Span(text, span.tone))
        left -= cells(text)
        if text != span.text:
            break
    return (*kept, Span(ellipsis, "dim"))


def plain(line: Line) -> str:
    """A line's text alone."""
    return "".join(span.text for span in line).rstrip()


def seconds(value: float) -> str:
    """A duration as people read it: 7 ms, 340 ms, 2.4 s, 3 min 20 s."""
    if value < 0.00005:
        return "0 ms"
    if value < 0.0095:
        return f"{value * 1000:.1f} ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 99.95:
        return f"{value:.1f} s"
    return f"{int(value + 0.5) // 60} min {int(value + 0.5) % 60} s"


def dollars(value: float) -> str:
    """An amount with as many digits as it needs, at least cents."""
    if value == 0 or value >= 0.1:
        return f"${value:,.2f}"
    return f"${value:.4f}" if value >= 0.0001 else f"${value:.2g}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts: 1 turn, 2 turns."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
