"""What `make imports` prints and proves of the house."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from house.__main__ import ROOT, main
from house.circles import circles
from house.lengths import LONGEST, too_long
from house.rooms import Layer, Room, differences, layers_of, rooms_of

LAYERS = [Layer(("errors",), ()), Layer(("wire", "clock"), ("tracing",)), Layer(("cli",), ())]


def package(path: Path, name: str, files: Mapping[str, str]) -> str:
    """A package with these files, where Python finds it."""
    for file, text in {"__init__.py": "", **files}.items():
        (path / name / file).parent.mkdir(parents=True, exist_ok=True)
        (path / name / file).write_text(text, encoding="utf-8")
    return name


def test_the_house_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Every room of the import contract has its line, none is missing in ARCHITECTURE.md, and nothing is wrong."""
    assert main() == 0, capsys.readouterr().out
    shown = capsys.readouterr().out
    listed = re.findall(r"^([\w./, ]+?)  ", shown, re.MULTILINE)
    names = [name.removesuffix("/").removesuffix(".py") for line in listed for name in line.split(", ")]
    layers = layers_of(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    assert sorted(names) == sorted(name for layer in layers for name in layer.modules)
    assert "No circle of files" in shown


@pytest.mark.parametrize(
    "files",
    [
        {"one.py": "from {p} import two", "two.py": "import {p}.one"},
        {"one.py": "def late():\n    from {p}.two import x", "two.py": "x = 1\nfrom {p} import one"},
        {"one.py": "import {p}.two", "two.py": "import {p}.three", "three.py": "import {p}.one"},
        {"room/__init__.py": "from {p}.room.one import x", "room/one.py": "from {p}.room import y"},
    ],
    ids=["two", "in-a-function", "three", "a-folder-and-its-own-file"],
)
def test_a_circle_is_told_with_its_places(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file of it with the line of its import; that one stands inside of a function changes nothing."""
    monkeypatch.syspath_prepend(tmp_path)
    (circle,) = circles(package(tmp_path, "made_up", {file: text.format(p="made_up") for file, text in files.items()}))
    assert re.fullmatch(r"\w[\w.]*:\d(?: → \w[\w.]*:\d)+ → \w[\w.]*", circle)
    assert circle.split(":")[0] == circle.split(" → ")[-1]
    assert len(circle.split(" → ")) == len(files) + 1


def test_all_circles_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the first one alone."""
    monkeypatch.syspath_prepend(tmp_path)
    files = {"a.py": "import made_up_pair.b", "b.py": "import made_up_pair.a"}
    files |= {"c.py": "import made_up_pair.d", "d.py": "import made_up_pair.c, made_up_pair.a"}
    found = circles(package(tmp_path, "made_up_pair", files))
    assert sorted(found) == [
        "made_up_pair.a:1 → made_up_pair.b:1 → made_up_pair.a",
        "made_up_pair.c:1 → made_up_pair.d:1 → made_up_pair.c",
    ]


def test_annotations_make_no_circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is imported for a type checker alone is not imported when the program runs."""
    monkeypatch.syspath_prepend(tmp_path)
    one = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made_up_names.two import Two\n"
    assert circles(package(tmp_path, "made_up_names", {"one.py": one, "two.py": "import made_up_names.one"})) == []


def test_the_table_says_what_the_contract_says() -> None:
    """In any order within a layer, in several rows, with rooms that are still to come, and with parts of rooms."""
    text = """
| room | holds |
| --- | --- |
| `errors.py` | what went wrong |
| `clock/`, `wire/` | time, and `bytes` |
| `tracing/` | spans |
| `cli/`, `cli/main.py` | commands |
"""
    assert [room.names for room in rooms_of(text)][1] == ("clock/", "wire/")
    assert str(rooms_of(text)[1]).split(maxsplit=2) == ["clock/,", "wire/", "time, and bytes"]
    assert differences(rooms_of(text), LAYERS) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["errors.py", "wire/", "cli/"], "ARCHITECTURE.md has no row for clock"),
        (["errors.py", "cli/", "wire/", "clock.py"], "ARCHITECTURE.md has wire/ above cli/"),
        (["errors.py", "wire/", "clock.py", "attic/", "cli/"], "ARCHITECTURE.md names attic/"),
        (["errors.py", "wire/", "clock.py", "wire/", "cli/"], "ARCHITECTURE.md names wire/ twice"),
    ],
)
def test_a_table_that_is_not_true_is_told(names: list[str], said: str) -> None:
    """A room without a row, in the wrong place, that is none, or twice."""
    assert said in differences([Room((name,), "") for name in names], LAYERS)[0]


def test_the_contract_is_read_from_the_bottom_up() -> None:
    """Rooms beside each other stand in one layer; those in parentheses are to come."""
    contract = {"type": "layers", "layers": ["cli", "wire | clock | (tracing)", "(load)", "errors : _version"]}
    read = layers_of({"tool": {"importlinter": {"contracts": [{"type": "forbidden"}, contract]}}})
    assert read == [
        Layer(("errors", "_version"), ()),
        Layer((), ("load",)),
        Layer(("wire", "clock"), ("tracing",)),
        Layer(("cli",), ()),
    ]


def test_a_file_that_is_too_long_is_told(tmp_path: Path) -> None:
    """One line more than it may have; the agent behind a URL may have fewer than the others."""
    remote = "src/scenario/agents/remote/agent.py"
    for name, lines in (("src/a.py", LONGEST), ("tests/b.py", LONGEST + 1), (remote, 200)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n" * lines, encoding="utf-8")
    told = [one.split(" has ")[0] for one in too_long(tmp_path)]
    assert told == [remote, "tests/b.py"]
