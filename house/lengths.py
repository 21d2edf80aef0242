"""Files that have grown beyond what one can take in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

LONGEST: Final = 400
# Where everything once met: kept short, so that it does not do so again.
SHORTER: Final = {"src/scenario/agents/remote/agent.py": 199}
_FOLDERS: Final = ("src", "tests", "benchmarks", "examples", "interop", "house", "labelling", "viewer")


def too_long(root: Path) -> Iterator[str]:
    """The Python files of a repository that are longer than they may be, in sentences."""
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            most = SHORTER.get(name, LONGEST)
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > most:
                yield f"{name} has {lines} lines; it may have {most}: cut it by what it holds."
