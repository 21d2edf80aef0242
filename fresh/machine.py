"""A machine that knows nothing of the project: an unused home folder, empty caches, a clone in a folder with spaces."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# What a developer's shell sets for itself, for another project, or for this one, and a newcomer's does not.
_NOT_TAKEN_ALONG = (
    "ANTHROPIC_",
    "COVERAGE",
    "MAKE",
    "MFLAGS",
    "OPENAI_",
    "PIP_CACHE_DIR",
    "PIP_NO_CACHE_DIR",
    "PYENV_",
    "PYTEST_",
    "PYTHON",
    "SCENARIO_",
    "UV_CACHE_DIR",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)
_STEP_SECONDS = 3600
_SHOWN_LINES = 40


class Outcome(NamedTuple):
    """How a step ended.

    Attributes:
        name: the step's.
        seconds: how long it took.
        fault: what went wrong, with the end of what was printed; None where nothing did.
    """

    name: str
    seconds: float
    fault: str | None


def archive(repository: Path, file: Path) -> str:
    """Write what is committed into a tar file; the commit's short name.

    Raises:
        subprocess.CalledProcessError: it is no clone, or has no commit.
    """
    subprocess.run(["git", "-C", repository, "archive", "--format=tar", f"--output={file}", "HEAD"], check=True)
    return _git(repository, "rev-parse", "--short", "HEAD")


def uncommitted(repository: Path) -> list[str]:
    """What differs from the commit, and hence is not in the archive."""
    return _git(repository, "status", "--short").splitlines()


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.rstrip()


class Machine:
    """A folder that stands for a machine: a home, caches, and what the archive holds."""

    def __init__(self, folder: Path, tar: Path, environ: Mapping[str, str]) -> None:
        self.clone = folder / "a new clone"
        self._home = folder / "home"
        self._logs = folder / "logs"
        for each in (self.clone, self._home, self._logs):
            each.mkdir(parents=True)
        subprocess.run(["tar", "-xf", tar, "-C", self.clone], check=True)
        self.environ = {name: value for name, value in environ.items() if not name.startswith(_NOT_TAKEN_ALONG)}
        self.environ |= {
            "HOME": str(self._home),
            "PIP_CACHE_DIR": str(self._home / "package cache"),
            # So that what is met at the loopback index is not asked of a proxy.
            "no_proxy": ",".join(filter(None, [environ.get("no_proxy", environ.get("NO_PROXY", "")), "127.0.0.1"])),
        }

    @property
    def lock(self) -> str:
        """The text of the clone's lock."""
        return (self.clone / "requirements" / "dev.txt").read_text(encoding="utf-8")

    def run(self, name: str, command: Sequence[str | Path], **environ: str) -> Outcome:
        """Run a command in the clone, with what it prints in a file beside it.

        Args:
            name: what the step is called.
            command: the program and its arguments.
            environ: variables on top of the machine's own.
        """
        words = [str(word) for word in command]
        log = self._logs / f"{name}.txt"
        began = time.monotonic()
        with log.open("a") as file:
            try:
                code = subprocess.run(
                    words,
                    cwd=self.clone,
                    env={**self.environ, **environ},
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    timeout=_STEP_SECONDS,
                ).returncode
                ended = "" if code == 0 else f"exit {code}"
            except subprocess.TimeoutExpired:
                ended = f"stopped after {_STEP_SECONDS} s"
            except OSError as error:
                ended = str(error)
        seconds = time.monotonic() - began
        if not ended:
            return Outcome(name, seconds, None)
        lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        return Outcome(name, seconds, "\n".join([f"{shlex.join(words)}: {ended}", *lines, f"All of it: {log}"]))

    def printed(self, command: Sequence[str | Path]) -> str:
        """What a command prints; nothing where it fails."""
        done = subprocess.run(command, cwd=self.clone, env=self.environ, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""


def searched_beside(machine: Machine, python: Path) -> list[str]:
    """The extra indexes that pip is configured with: one that is named by a variable takes their place."""
    if given := machine.environ.get("PIP_EXTRA_INDEX_URL"):
        return given.split()
    for section in ("install", "global"):
        if found := machine.printed([python, "-m", "pip", "config", "get", f"{section}.extra-index-url"]):
            return found.split()
    return []


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
