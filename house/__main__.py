"""Print the rooms from the bottom up, and what is wrong with the house: `python -m house`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Final

from house.circles import circles
from house.lengths import LONGEST, too_long
from house.rooms import differences, layers_of, rooms_of

ROOT: Final = Path(__file__).parent.parent


def main() -> int:
    """The exit status: 0 where nothing is wrong."""
    rooms = rooms_of((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    layers = layers_of(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    print("The rooms, from the bottom up: each imports only from those listed before it.\n")
    print(*rooms, sep="\n")
    wrong = differences(rooms, layers)
    wrong += [f"Files import each other in a circle: {circle}." for circle in circles("scenario")]
    wrong += too_long(ROOT)
    print()
    print(*(wrong or [f"No circle of files; no file over {LONGEST} lines."]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
