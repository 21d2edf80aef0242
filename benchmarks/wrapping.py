"""What a long answer costs on a terminal: in one line, beside the same text in short lines.

Run it alone with `python -m benchmarks.wrapping`.
"""

from __future__ import annotations

import time

from benchmarks.row import Row
from scenario.report.terminal.wrapping import Flow

# As wide as a stream that is no terminal: lines are not broken there.
WIDTH = 1_000_000
CHARACTERS = 200_000
ROUNDS = 5
MOST = 3.0
# One of them is no ASCII: it is taken by character, where ASCII is taken whole.
LINES = {"ASCII": "never ", "with other characters": "né\u0301ver "}


def seconds_of(text: str) -> float:
    """How long it takes."""
    began = time.process_time()
    Flow(WIDTH).feed(text)
    return time.process_time() - began


def row(name: str, word: str) -> Row:
    """The text of a word, over and over, in one line and in lines of 100 words."""
    text = word * (CHARACTERS // len(word))
    lines = text.replace(word * 100, f"{word * 100}\n")
    rounds = [(seconds_of(text), seconds_of(lines)) for _ in range(ROUNDS)]
    ours, short = (max(min(times), 1e-6) for times in zip(*rounds, strict=True))
    figures = f"{ours * 1e3:.1f} ms", f"short lines {short * 1e3:.1f} ms"
    return Row(
        f"an answer of {CHARACTERS:,} characters in one line, {name}",
        *figures,
        short / ours,
        f"≥ 1/{MOST:g}",
        ours <= MOST * short,
    )


def rows() -> list[Row]:
    """Measure."""
    return [row(name, word) for name, word in LINES.items()]


if __name__ == "__main__":
    from benchmarks.__main__ import table

    print(table(rows()))
