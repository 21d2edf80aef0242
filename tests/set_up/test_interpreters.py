"""Which Pythons `make fresh` finds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from fresh.interpreters import found_interpreters
from tests.set_up.test_makefile import program

BASE = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))


def stands_for(path: Path, **answers: object) -> Path:
    """A program that answers as a Python of that kind would."""
    found = {"version": [3, 12, 1], "implementation": "cpython", "pip": "24.0", "path": str(path), **answers}
    program(path, f"echo '{json.dumps(found)}'")
    return path


def test_each_python_is_found_once_and_shims_without_a_version_do_not_count(tmp_path: Path) -> None:
    """By several names and links it is one; what cannot be started, answers nothing or is no Python is none."""
    for name in ("one folder", "another folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "python3").symlink_to(BASE)
    program(tmp_path / "shims" / "python3.12", "echo 'shim: python3.12: command not found' >&2; exit 127")
    program(tmp_path / "shims" / "python3.13", "exit 0")
    program(tmp_path / "shims" / "python3.14", "echo '[]'")
    program(tmp_path / "shims" / "python3-config", "echo '{}'")
    (tmp_path / "shims" / "python3.15").write_text("no program")
    program(tmp_path / "pyenv" / "versions" / "3.12.1" / "bin" / "python3", "exit 127")
    folders = [*(tmp_path / name for name in ("one folder", "another folder", "shims", "not there")), ""]
    found = found_interpreters({"PATH": os.pathsep.join(map(str, folders)), "PYENV_ROOT": str(tmp_path / "pyenv")})
    assert [(each.path, each.version) for each in found] == [(BASE, sys.version_info[:3])]


def test_the_versions_of_pyenv_are_found_without_being_on_the_path(tmp_path: Path) -> None:
    """In the root that is named, else in the home folder; by version."""
    paths = [
        stands_for(
            tmp_path / ".pyenv" / "versions" / version / "bin" / "python3", version=list(map(int, version.split(".")))
        )
        for version in ("3.9.1", "3.13.0", "3.12.11")
    ]
    found = found_interpreters({"PATH": "", "HOME": str(tmp_path)})
    assert [each.path for each in found] == [paths[0], paths[2], paths[1]]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({}, None),
        ({"version": [3, 10, 13]}, "older than 3.11"),
        ({"pip": None}, "cannot make a virtual environment with pip (no venv or ensurepip)"),
        ({"implementation": "pypy"}, "pypy, for which the lock has no wheels"),
    ],
)
def test_what_cannot_be_set_up_with_is_left_out_with_its_reason(
    answers: dict[str, object], why: str | None, tmp_path: Path
) -> None:
    """A Python that starts, and is of no use here, is named with what it lacks."""
    stands_for(tmp_path / "python3", **answers)
    (found,) = found_interpreters({"PATH": str(tmp_path)})
    assert found.left_out == why
