"""`make bench`: every benchmark as one table. Each row is a ratio against a baseline of the same run.

A benchmark may have more to show than its rows: what its function `details` returns is printed below the table.
"""

from __future__ import annotations

import argparse
import importlib
import math
import sys
from pathlib import Path

from benchmarks.row import Row


def names() -> list[str]:
    """The benchmarks that are here: every module with a `rows` function, but for those that need a model."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return [name for name in found if name not in {"__init__", "__main__", "row", "embedded_judge"}]


def table(rows: list[Row]) -> str:
    """The rows as aligned text."""
    cells = [("benchmark", "ours", "baseline", "ratio", "target", "")]
    cells += [
        (
            row.benchmark,
            row.ours,
            row.baseline,
            "-" if math.isnan(row.ratio) else f"{row.ratio:.2f}x",
            row.target,
            "ok" if row.reached else "MISSED",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def main() -> int:
    """Run the benchmarks that are named, or all; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(names())}; all by default")
    rows: list[Row] = []
    details: list[str] = []
    for name in parser.parse_args().names or names():
        print(f"running {name} ...", file=sys.stderr, flush=True)
        module = importlib.import_module(f"benchmarks.{name}")
        rows += module.rows()
        if hasattr(module, "details"):
            details.append(module.details())
    print(table(rows), *details, sep="\n\n")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
