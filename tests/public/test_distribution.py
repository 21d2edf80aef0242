"""What is published: the wheel and the source distribution hold what they need, and nothing else."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from pathlib import Path

import pytest

builders = pytest.importorskip("hatchling.builders.wheel")
sources = pytest.importorskip("hatchling.builders.sdist")

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "scenario"


def package_files() -> set[str]:
    """Every file of the package, but for what Python has compiled."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(PACKAGE.parent).as_posix() for path in files}


def test_the_wheel_holds_the_package(tmp_path: Path) -> None:
    """Every file of the package, pages, schema and `py.typed` among them, and the command and the plugin by name."""
    (built,) = builders.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
        entries = configparser.ConfigParser(delimiters=["="])
        entries.read_string(wheel.read(next(name for name in names if name.endswith("entry_points.txt"))).decode())
    assert {name for name in names if ".dist-info/" not in name} == package_files()
    assert {"scenario/py.typed", "scenario/viewer/assets/app.js", "scenario/files/scenario.schema.json"} <= names
    assert dict(entries["console_scripts"]) == {"scenario": "scenario.__main__:main"}
    assert dict(entries["pytest11"]) == {"scenario.pytest_plugin": "scenario.pytest_plugin"}


def test_the_source_distribution_holds_what_the_wheel_is_built_from(tmp_path: Path) -> None:
    """The package, what its metadata reads, and nothing of the folders beside it."""
    (built,) = sources.SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    beside = {name for name in names if not name.startswith("src/")}
    assert beside == {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert {name.removeprefix("src/") for name in names - beside} == package_files()
