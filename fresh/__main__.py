"""`make fresh`: what is committed, on a machine that has nothing of it yet, with each Python that is found.

From an archive of the last commit, in a folder with a space in its name, with an unused home folder and an empty
package cache: set-up, the demo, the quick tests, a wheel, and its installation. All the while a second package index
has a later release of everything that is locked; whatever is taken from it is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fresh.interpreters import Interpreter, found_interpreters
from fresh.machine import Machine, Outcome, archive, searched_beside, table, uncommitted
from fresh.package_index import PackageIndex, locked_releases, newer, project_name

ROOT = Path(__file__).parent.parent
OLD_PIP = "23.2.1"
"""The one that a later release broke once."""
STEPS = ("set-up", "demo", "check", "wheel")
_SHOWN = (*STEPS, "install")
_INSTALLED = """
import importlib.metadata
for found in importlib.metadata.distributions():
    print(f"{found.name}=={found.version}")
"""


class Trial(NamedTuple):
    """A Python with a pip, and which steps are gone with them.

    Attributes:
        python: the interpreter.
        pip: what is asked of the index before set-up, "pip==23.2.1" or "pip"; None keeps the one that venv brings.
        steps: which of `STEPS`.
    """

    python: Interpreter
    pip: str | None
    steps: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called on the screen and in the folder."""
        pip = f"pip {self.python.pip}" if self.pip is None else {"pip": "newest pip"}.get(self.pip, self.pip)
        return f"Python {self.python.shown}, {pip.replace('==', ' ')}"


def trials(pythons: list[Interpreter], steps: tuple[str, ...]) -> list[Trial]:
    """Each Python with its own pip; the first of them with the pips that none of them brings, as far as set-up goes."""
    found = [Trial(python, None, steps) for python in pythons]
    others = ["pip"] if any(python.pip == OLD_PIP for python in pythons) else [f"pip=={OLD_PIP}", "pip"]
    return found + [Trial(pythons[0], pip, ("set-up", "demo")) for pip in others]


def attempt(trial: Trial, machine: Machine, index: PackageIndex) -> Iterator[Outcome]:
    """Go the trial's steps; each is an outcome, or several."""
    python, ours = trial.python.path, machine.clone / ".venv" / "bin" / "python"
    later = {"PIP_EXTRA_INDEX_URL": " ".join([*searched_beside(machine, python), index.url])}
    if trial.pip is not None:
        yield machine.run("venv", [python, "-m", "venv", ".venv"])
        yield machine.run("pip", [ours, "-m", "pip", "install", "--quiet", "--upgrade", trial.pip])
    yield machine.run("set-up", ["make", "setup", f"PYTHON={python}"], **later)
    yield _as_locked(machine, ours)
    if "demo" in trial.steps:
        yield machine.run("demo", ["make", "demo", "MODEL=none"], **later)
    if "check" in trial.steps:
        yield machine.run("check", ["make", "check"], **later)
    if "wheel" in trial.steps:
        yield machine.run("wheel", ["make", "wheel"], **later)
        yield from _installation(python, machine, later)
    if not index.looked_at:
        yield Outcome("later releases", 0, "No installer looked at the index of later releases: nothing is proved.")


def _installation(python: Path, machine: Machine, later: dict[str, str]) -> Iterator[Outcome]:
    """Another project's environment, into which the clone is installed, and then the wheel."""
    folder = machine.clone.parent / "another environment"
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    yield machine.run("install", [python, "-m", "venv", folder])
    yield machine.run("install", [*pip, "--no-deps", "."], **later)
    # What the package requires is resolved in another project, as it is meant to be: without the later index.
    yield machine.run("install", [*pip, *sorted(machine.clone.glob("dist/*.whl")), "--force-reinstall"])
    yield machine.run("install", [folder / "bin" / "scenario", "demo", "--model", "none"])


def _as_locked(machine: Machine, python: Path) -> Outcome:
    """Whether what set-up installed is what is locked."""
    locked = {project_name(each.project): each.version for each in locked_releases(machine.lock)}
    found = [line.split("==", 1) for line in machine.printed([python, "-c", _INSTALLED]).splitlines()]
    others = [f"{name} {version}" for name, version in found if locked.get(project_name(name), version) != version]
    fault = None if found and not others else f"Installed is what is not locked: {', '.join(others) or 'nothing'}"
    return Outcome("set-up", 0, fault)


def go(trial: Trial, folder: Path, tar: Path) -> list[str]:
    """Go a trial in a folder of its own, say how it ended, and return its row of the table."""
    machine = Machine(folder, tar, os.environ)
    seconds: dict[str, float] = {}
    failed = None
    with PackageIndex(newer(locked_releases(machine.lock))) as index:
        for outcome in attempt(trial, machine, index):
            seconds[outcome.name] = seconds.get(outcome.name, 0) + outcome.seconds
            taken = f"Taken from the index of later releases: {', '.join(index.taken)}" if index.taken else None
            if faults := [fault for fault in (outcome.fault, taken) if fault]:
                failed = outcome.name
                print("\n".join(["", f"{trial.name}: {failed} FAILED", *faults, ""]), flush=True)
                break
    pip = machine.printed([machine.clone / ".venv" / "bin" / "python", "-m", "pip", "--version"]).split()[1:2]
    cells = [_cell(step, trial, seconds, failed) for step in _SHOWN]
    print(f"{trial.name}: {'FAILED' if failed else 'done'}", flush=True)
    if not failed:
        shutil.rmtree(folder)
    return [trial.python.shown, *(pip or ["-"]), *cells, str(len(index.taken)), f"FAILED: {failed}" if failed else "ok"]


def _cell(step: str, trial: Trial, seconds: dict[str, float], failed: str | None) -> str:
    if step not in seconds:
        return "not tried" if {step, "wheel"} & {*trial.steps} else "-"
    return "FAILED" if step == failed else f"{seconds[step]:.0f} s"


def main() -> int:
    """Go all trials; 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m fresh", description=__doc__)
    parser.add_argument("versions", nargs="*", help="which Pythons (3.12, 3.11.7); all that are found by default")
    parser.add_argument("--steps", default=",".join(STEPS), help="which steps; set-up is always one (%(default)s)")
    arguments = parser.parse_args()
    steps = tuple(step for step in STEPS if step == "set-up" or step in arguments.steps.split(","))
    found = found_interpreters(os.environ)
    for each in found:
        print(f"Python {each.shown} at {each.path}" + (f": left out, {each.left_out}" if each.left_out else ""))
    wanted = [each for each in found if each.left_out is None and _named(each, arguments.versions)]
    if not wanted:
        print("There is no Python 3.11 or newer here that can be started" + " and is named" * bool(arguments.versions))
        return 1
    if changes := uncommitted(ROOT):
        print(f"{len(changes)} files differ from the last commit, which is what is tried: {changes[0].split()[-1]}, …")
    rows = [["Python", "pip", *_SHOWN, "later taken", ""]]
    place = Path(tempfile.mkdtemp(prefix="a fresh machine "))
    commit = archive(ROOT, place / "archive.tar")
    print(f"Commit {commit}, in {place}", flush=True)
    rows += [go(trial, place / trial.name, place / "archive.tar") for trial in trials(wanted, steps)]
    print(f"\n{table(rows)}")
    failed = [row for row in rows if row[-1].startswith("FAILED")]
    if failed:
        print(f"{len(failed)} of {len(rows) - 1} failed; what they printed is in {place}")
        return 1
    shutil.rmtree(place)
    return 0


def _named(python: Interpreter, versions: list[str]) -> bool:
    return not versions or any(f"{python.shown}.".startswith(f"{version}.") for version in versions)


if __name__ == "__main__":
    sys.exit(main())
