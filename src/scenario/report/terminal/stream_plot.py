"""A stream over time on one line: how much came when, and when the first content did. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.exchange import Exchange
from scenario.report.terminal.glyphs import Glyphs
from scenario.report.terminal.lines import Line, Span, seconds

_BARS: Final = "▁▂▃▄▅▆▇█"
_PLAIN_BARS: Final = ".:-=+*#@"
_NARROWEST: Final = 20


def plot_lines(exchange: Exchange, *, glyphs: Glyphs, width: int) -> list[Line]:
    """The plot and its figures; nothing where no byte came.

    The columns are of equal time from the request to the last byte. A column's height is how many bytes came in it,
    on a scale of its own; the mark below stands where the first content came.

    Args:
        exchange: the call.
        glyphs: the marks to draw with.
        width: columns that may be taken.
    """
    timing = exchange.timing
    if not exchange.chunks or timing.last_byte is None:
        return []
    columns = max(min(width, 100), _NARROWEST)
    span = max(timing.last_byte, 1e-6)
    sizes = [0] * columns
    for chunk in exchange.chunks:
        sizes[min(int(chunk.at / span * columns), columns - 1)] += len(chunk.data)
    lines: list[Line] = [(Span(_bars(sizes, glyphs), "agent"),)]
    if timing.first_content is not None:
        place = min(int(timing.first_content / span * columns), columns - 1)
        lines.append((Span(_below(place, seconds(timing.first_content), columns, glyphs), "dim"),))
    ends = seconds(timing.last_byte)
    lines.append((Span(f"0{ends:>{columns - 1}}", "dim"),))
    lines.append((Span(glyphs.dot.join(_figures(exchange)), "dim"),))
    return lines


def _bars(sizes: Sequence[int], glyphs: Glyphs) -> str:
    bars = _BARS if glyphs.symbols else _PLAIN_BARS
    most = max(sizes) or 1
    # Small pieces stay visible beside large ones: height grows with the square root.
    heights = [-1 if not size else int((size / most) ** 0.5 * (len(bars) - 1) + 0.5) for size in sizes]
    return "".join(" " if height < 0 else bars[height] for height in heights)


def _below(place: int, text: str, columns: int, glyphs: Glyphs) -> str:
    mark = "▲" if glyphs.symbols else "^"
    said = f"first content {text}"
    if place + len(said) + 2 <= columns:
        return " " * place + f"{mark} {said}"
    return f"{said} {mark}".rjust(place + 1)


def _figures(exchange: Exchange) -> list[str]:
    timing, gaps = exchange.timing, exchange.timing.gaps
    figures = [] if timing.headers is None else [f"headers {seconds(timing.headers)}"]
    if timing.first_byte is not None:
        figures.append(f"first byte {seconds(timing.first_byte)}")
    if gaps.median is not None and gaps.maximum is not None:
        figures.append(f"gaps {seconds(gaps.median)}, longest {seconds(gaps.maximum)}")
    figures.append(f"total {seconds(timing.total)}")
    return figures
