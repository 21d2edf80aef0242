"""What `make` says where it cannot begin: which Python, and what is wrong with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REMEDY = "set PYTHON=/path/to/python3"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def made(target: str, folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """`make` in a folder that has the Makefile and nothing else of the repository."""
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    for prerequisite in ("pyproject.toml", "requirements/dev.txt"):
        (folder / prerequisite).parent.mkdir(exist_ok=True)
        (folder / prerequisite).touch()
    return make(folder, target, f"PYTHON={python}")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make`, as if none had started these tests."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=folder, env=environ, capture_output=True, text=True)


def program(path: Path, text: str) -> str:
    """A program of that text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("target", ["setup", "demo", "fresh"])
def test_a_python_that_is_not_there_is_told_as_that(target: str, tmp_path: Path) -> None:
    """The name that was looked for, and how to name another; no virtual environment is begun."""
    done = made(target, tmp_path / "a clone", str(tmp_path / "no such python"))
    assert done.returncode == 2
    assert f"There is no {tmp_path / 'no such python'} here: {REMEDY}" in done.stdout
    assert not (tmp_path / "a clone" / ".venv").exists()


@pytest.mark.parametrize("target", ["setup", "fresh"])
def test_a_python_that_cannot_be_started_is_told_as_that(target: str, tmp_path: Path) -> None:
    """A shim without its version says why itself; nothing is said of its age."""
    shim = program(tmp_path / "some shims" / "python3", "echo 'shim: python3: command not found' >&2; exit 127")
    done = made(target, tmp_path / "a clone", shim)
    assert done.returncode == 2
    assert "shim: python3: command not found" in done.stderr
    assert f"{shim} cannot be started (above is what it says): {REMEDY}" in done.stdout
    assert "older" not in done.stdout
    assert not (tmp_path / "a clone" / ".venv").exists()


def test_a_python_that_is_too_old_is_told_as_that(tmp_path: Path) -> None:
    """One that starts, and is older than 3.11."""
    old = program(tmp_path / "an old one" / "python3", """case "$2" in *version_info*) exit 1;; esac""")
    done = made("setup", tmp_path / "a clone", old)
    assert done.returncode == 2
    assert f"Python 3.11 or newer is needed; {old} is older: {REMEDY}" in done.stdout
    assert "cannot be started" not in done.stdout


def test_every_target_is_listed() -> None:
    """`make help` names each target that can be asked for."""
    listed = make(ROOT, "help").stdout
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    assert [line.split()[1] for line in listed.splitlines()] == phony.split()[1:]
