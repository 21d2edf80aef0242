"""The Pythons of a machine: those that can be started and can make a virtual environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 11)
_NAME = re.compile(r"python3(\.\d+)?")
_STARTING_SECONDS = 60
_LOOK = """
import importlib.util, json, os, sys
pip = None
if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
    import ensurepip
    pip = ensurepip.version()
print(json.dumps({
    "version": [*sys.version_info[:3]], "implementation": sys.implementation.name, "pip": pip,
    "path": os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable),
}))
"""


class Interpreter(NamedTuple):
    """A Python that can be started.

    Attributes:
        path: its executable, links followed.
        version: its version, as three numbers.
        pip: the version of the pip that its `venv` brings; None where it has no `venv` or no pip.
        implementation: "cpython" and the like.
    """

    path: Path
    version: tuple[int, ...]
    pip: str | None
    implementation: str

    @property
    def shown(self) -> str:
        """Its version as text."""
        return ".".join(str(number) for number in self.version)

    @property
    def left_out(self) -> str | None:
        """Why nothing can be set up with it; None where it is one of those that are supported."""
        if self.version[:2] < OLDEST:
            return "older than 3.11"
        if self.implementation != "cpython":
            return f"{self.implementation}, for which the lock has no wheels"
        if self.pip is None:
            return "cannot make a virtual environment with pip (no venv or ensurepip)"
        return None


def candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """What may be a Python: files of that name on the PATH, and each version that pyenv has."""
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder and Path(folder).is_dir():
            yield from sorted(path for path in Path(folder).iterdir() if _NAME.fullmatch(path.name))
    root = environ.get("PYENV_ROOT") or (Path(environ["HOME"]) / ".pyenv" if environ.get("HOME") else None)
    if root:
        yield from sorted(Path(root).glob("versions/*/bin/python3"))


def interpreter(path: Path, environ: Mapping[str, str]) -> Interpreter | None:
    """The Python behind a path; None where it cannot be started, as a shim without its version cannot."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _LOOK], capture_output=True, env=dict(environ), timeout=_STARTING_SECONDS, check=True
        )
        # Its own start-up files may print something first.
        found = json.loads(done.stdout.splitlines()[-1])
        return Interpreter(Path(found["path"]), tuple(found["version"]), found["pip"], found["implementation"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return None


def found_interpreters(environ: Mapping[str, str]) -> list[Interpreter]:
    """Each Python of the machine that can be started, once, by version."""
    found = {each.path: each for path in candidates(environ) if (each := interpreter(path, environ)) is not None}
    return sorted(found.values(), key=lambda each: (each.version, each.path))
