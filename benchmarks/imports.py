"""What the package costs before it does anything: to import, and to install.

Run it alone with `python -m benchmarks.imports`. Each interpreter is fresh; the figures are what `import scenario` adds
to a bare one. The installation goes into a virtual environment of its own, by the pip that is configured here.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.row import Row

ROOT = Path(__file__).parent.parent
ROUNDS = 9
CPU_LIMIT, RESIDENT_LIMIT = 0.1, 25e6
PACKAGES_LIMIT, INSTALLED_LIMIT = 20, 40e6
LOOK = """
import resource, sys, time
before = time.process_time()
{code}
after = time.process_time()
with open("/proc/self/statm") as statm:
    resident = int(statm.read().split()[1]) * resource.getpagesize()
print(after - before, resident, len(sys.modules))
"""


def cost(code: str) -> tuple[float, float, int]:
    """Seconds of CPU that the code takes in a fresh interpreter, the process's memory, and its modules."""
    found = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", LOOK.format(code=code)]
        out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
        seconds, resident, modules = out.split()
        found.append((float(seconds), float(resident), int(modules)))
    seconds, resident, modules = (statistics.median(values) for values in zip(*found, strict=True))
    return seconds, resident, int(modules)


def import_rows() -> list[Row]:
    """CPU and memory of the package, and of what is loaded on first use, beside a bare interpreter."""
    _, bare, bare_modules = cost("pass")
    found = []
    for code, bound in (
        ("import scenario", True),
        ("import scenario; scenario.run", False),
        ("import scenario; scenario.RemoteAgent", False),
    ):
        seconds, resident, modules = cost(code)
        ours, baseline = (
            f"{seconds * 1e3:.1f} ms, {modules - bare_modules} modules",
            f"allowed {CPU_LIMIT * 1e3:.0f} ms",
        )
        found.append(row(f"{code}, CPU", ours, baseline, CPU_LIMIT / seconds, "≤ 100 ms", bound=bound))
        ours, baseline = f"{resident / 1e6:.1f} MB", f"bare Python {bare / 1e6:.1f} MB"
        found.append(row(f"{code}, resident", ours, baseline, RESIDENT_LIMIT / resident, "≤ 25 MB", bound=bound))
    return found


def row(name: str, ours: str, baseline: str, ratio: float, target: str, *, bound: bool = True) -> Row:
    """A row whose ratio is to the target; where nothing is demanded, it is always reached."""
    return Row(name, ours, baseline, ratio, target if bound else "(no target)", ratio >= 1 or not bound)


def installed() -> tuple[list[str], int]:
    """The packages of a fresh installation of the core, and the bytes that they add to an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=False)
        python = Path(folder, "bin", "python")
        site = next(Path(folder, "lib").glob("python*/site-packages"))
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", str(ROOT)], check=True, stdout=sys.stderr)
        names = [path.name.split("-")[0] for path in site.glob("*.dist-info")]
        return sorted(names), sum(path.stat().st_size for path in site.rglob("*") if path.is_file())


def install_rows() -> list[Row]:
    """How many packages the core is, and how large."""
    names, size = installed()
    return [
        row("pip install ., packages", str(len(names)), "allowed 20", PACKAGES_LIMIT / len(names), "≤ 20"),
        row("pip install ., size", f"{size / 1e6:.1f} MB", "allowed 40 MB", INSTALLED_LIMIT / size, "≤ 40 MB"),
    ]


def rows() -> list[Row]:
    """Measure."""
    return [*import_rows(), *install_rows()]


if __name__ == "__main__":
    for one in rows():
        print(f"{one.benchmark:48} {one.ours:24} {one.baseline:22} {one.ratio:8.2f}×  {one.target}  {one.reached}")
