"""What the pytest plugin adds to the start of a session without scenarios: CPU of whole processes, interleaved."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.row import Row

_ROUNDS = 21
_TARGET = 0.020  # seconds
_WITHOUT = ["-p", "no:scenario.pytest_plugin"]
# Others' plugins take ten times as long to load, and their noise would drown the figure.
_OTHERS = ["asyncio", "anyio", "hypothesispytest", "xdist", "xdist.looponfail", "pytest_cov"]


def _cpu_of(arguments: list[str], folder: Path) -> float:
    """Seconds of CPU that one `pytest --collect-only` takes, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = [word for name in _OTHERS for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *others, *arguments]
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(rounds: int = _ROUNDS) -> tuple[float, float, float]:
    """Median CPU with the plugin and without, and the median of the differences of neighbouring runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_empty.py").write_text("def test_nothing():\n    pass\n")
        (folder / "pytest.ini").write_text("[pytest]\n")
        _cpu_of([], folder)  # compiles what is not compiled yet
        _cpu_of(_WITHOUT, folder)
        pairs = [(_cpu_of([], folder), _cpu_of(_WITHOUT, folder)) for _ in range(rounds)]
    added = statistics.median(ours - bare for ours, bare in pairs)
    return statistics.median(ours for ours, _ in pairs), statistics.median(bare for _, bare in pairs), added


def rows() -> list[Row]:
    """The plugin's cost when no scenario runs."""
    ours, bare, added = measured()
    return [
        Row(
            benchmark="pytest start-up with the plugin, no scenario (CPU, median)",
            ours=f"{ours * 1000:.0f} ms ({added * 1000:+.1f} ms)",
            baseline=f"{bare * 1000:.0f} ms without it",
            ratio=bare / ours,
            target=f"at most +{_TARGET * 1000:.0f} ms",
            reached=added < _TARGET,
        )
    ]


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
