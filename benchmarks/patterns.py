"""What it costs that a search for a pattern ends: in place, and in a process of its own.

Run it alone with `python -m benchmarks.patterns`. The baseline is Python's own `re`, compiled, on the same message.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from benchmarks.row import Row
from scenario.patterns.pattern import DEFAULT_TIMEOUT, Pattern

MESSAGE = "The order is on its way, and there is nothing that you need to do about it. " * 20 + "It is 18 °C in Paris."
IN_PLACE = r"\d+ °C"
# A repeat in a repeat, with few digits to repeat in this message: what is measured is the way there and back.
ELSEWHERE = r"(?:\d+\s?)+°C"
SEARCHES = 2_000
ROUNDS = 7
MOST = 1.5


def seconds_of(work: Callable[[str], object]) -> float:
    """How long one search takes."""
    began = time.perf_counter()
    for _ in range(SEARCHES):
        work(MESSAGE)
    return (time.perf_counter() - began) / SEARCHES


def taking_turns(*works: Callable[[str], object]) -> list[float]:
    """The shortest time of each over some rounds, so that a busy machine slows all of them."""
    rounds = [[seconds_of(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def row(name: str, pattern: str, target: str, most: float) -> Row:
    """A pattern, searched as checks do and by `re` alone."""
    ours, plain = taking_turns(
        Pattern(pattern, name="matches", timeout=DEFAULT_TIMEOUT).find, re.compile(pattern).search
    )
    figures = f"{ours * 1e6:.1f} µs", f"re {plain * 1e6:.1f} µs"
    return Row(name, *figures, plain / ours, target, ours <= most if most < 1 else ours <= most * plain)


def rows() -> list[Row]:
    """Measure."""
    return [
        row("pattern, a search in place", IN_PLACE, f"≥ 1/{MOST:g}", MOST),
        row("pattern, a search in its process", ELSEWHERE, "≤ 1 ms", 0.001),
    ]
