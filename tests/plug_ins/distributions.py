"""Installed distributions, as installers leave them: a folder with metadata beside the modules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def put(folder: Path, distribution: str, dialects: Mapping[str, str]) -> None:
    """Add a distribution whose entry points name these dialects: "module:attribute" by name."""
    metadata = folder / f"{distribution.replace('-', '_')}-2.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.1\n")
    lines = "".join(f"{name} = {value}\n" for name, value in dialects.items())
    (metadata / "entry_points.txt").write_text(f"[scenario.dialects]\n{lines}")


def ran(*command: str, path: Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What a process says that has the distributions in a folder, and the tests' own modules."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(path), str(ROOT)])}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, env=environ, cwd=cwd)
