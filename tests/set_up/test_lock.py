"""Set-up resolves nothing: whatever is released tomorrow, today's commit installs what it installs today."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment

from tests.set_up.lock import build_faults, environments, lock_faults, locked, recipe_faults, requirements_of

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HERE = {key: str(value) for key, value in default_environment().items()}
SETUP = "$(READY)"

# A lock that is whole, of projects that nobody has released.
WHOLE = """\
apple[core]==2.0 \\
    --hash=sha256:aa
    # via pear
pear==1.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via the project
plum==3.1 ; sys_platform == 'win32' --hash=sha256:dd
seed==0.5 --hash=sha256:ee
"""
REQUIRES = {
    "pear": ["apple[core]>=1", "plum>=3; sys_platform == 'win32'", "quince; extra == 'jam'"],
    "apple": ["seed>=0.1; extra == 'core'", "worm; extra == 'rotten'"],
    "seed": [],
}
LINUX = {**environments()[0]}
WINDOWS = next(each for each in environments() if each["sys_platform"] == "win32")


def installed() -> dict[str, list[str]]:
    """What each installed distribution requires."""
    return {found.name: found.requires or [] for found in importlib.metadata.distributions()}


def test_the_lock_is_whole() -> None:
    """Whatever the lock's distributions require is locked, with its extras, for each Python and system."""
    wanted = requirements_of(PROJECT, ["local", "pytest"], ["dev"])
    assert lock_faults(LOCK, wanted, installed(), HERE, environments()) == []


def test_what_is_installed_is_what_is_locked() -> None:
    """Set-up installed the pins and nothing beside them but the installer and the project."""
    here = {pin.name: pin.version for pin in locked(LOCK)[0] if pin.requirement.marker is None}
    found = {name: importlib.metadata.version(name) for name in here}
    assert found == here


def test_the_isolated_build_is_pinned() -> None:
    """`pip install .` builds with the lock's back end, and with the lock's versions of what that needs."""
    assert build_faults(PROJECT["build-system"]["requires"], LOCK, installed(), HERE) == []


def test_set_up_leaves_nothing_to_the_installer() -> None:
    """Each of the Makefile's installations takes the lock as it is, or the project alone."""
    assert recipe_faults(MAKEFILE, SETUP) == []


def test_a_whole_lock_has_no_faults() -> None:
    """Markers, extras, several hashes and comments are read; what an extra that nobody wants requires is left out."""
    assert lock_faults(WHOLE, ["pear"], REQUIRES, LINUX) == []
    assert lock_faults(WHOLE, ["pear==1.*"], {**REQUIRES, "plum": []}, WINDOWS, environments()) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "apple[core]==2.0",
            "apple==2.0",
            r"pear requires apple\[core\]>=1, and the lock pins apple==2.0 without \[core\]",
        ),
        ("apple[core]==2.0", "apple[core]>=2.0", "no exact pin"),
        ("apple[core]==2.0", "apple[core]==2.*", "no exact pin"),
        ("apple[core]==2.0", "apple[core]==0.9", r"apple\[core\]>=1, and 0.9 is locked"),
        ("apple[core]==2.0", "apple[core] @ https://example.org/apple.whl", "no exact pin"),
        ("apple[core]==2.0", "apple[core,rotten]==2.0", "apple requires worm; .* not locked for Python 3.11 on linux"),
        (
            "seed==0.5",
            "seed==0.5 ; sys_platform == 'win32'",
            "apple requires seed.* not locked for Python 3.11 on linux",
        ),
        ("pear==1.0", "pear[jam]==1.0", "pear requires quince"),
        (" --hash=sha256:ee", "", "'seed==0.5' has no hash"),
        ("seed==0.5 --hash=sha256:ee\n", "", "apple requires seed"),
        ("pear==1.0", "peach==1.0", "peach is locked, and not installed"),
        ("seed==0.5", "-r others.txt\nseed==0.5", "'-r others.txt' is no pinned requirement"),
        ("seed==0.5", "--extra-index-url https://example.org/\nseed==0.5", "is no pinned requirement"),
        ("seed==0.5", "-e .\nseed==0.5", "is no pinned requirement"),
    ],
)
def test_a_lock_that_leaves_something_open_is_told(old: str, new: str, fault: str) -> None:
    """Each way in which an installer would have to look something up is a fault of its own."""
    assert WHOLE.count(old) == 1
    faults = "\n".join(lock_faults(WHOLE.replace(old, new), ["pear"], REQUIRES, LINUX))
    assert pytest.RaisesExc(AssertionError, match=fault).matches(AssertionError(faults)), faults


def test_another_system_is_looked_at_too() -> None:
    """What is only required on Windows, and not locked there, is told on Linux."""
    without = WHOLE.replace("plum==3.1 ; sys_platform == 'win32' --hash=sha256:dd\n", "")
    assert lock_faults(without, ["pear"], REQUIRES, LINUX) == []
    faults = lock_faults(without, ["pear"], REQUIRES, LINUX, [WINDOWS])
    assert faults == ['pear requires plum>=3; sys_platform == "win32", which is not locked for Python 3.11 on win32.']


def test_what_the_project_wants_must_be_locked() -> None:
    """A requirement that was added to the project, and not to the lock, is told."""
    assert lock_faults(WHOLE, ["pear>=2", "cherry"], REQUIRES, LINUX) == [
        "the project requires pear>=2, and 1.0 is locked.",
        "the project requires cherry, which is not locked for Python 3.11 on linux.",
    ]


BACK_END = "hatchling==1.0 --hash=sha256:aa\neditables==0.5 --hash=sha256:aa\npluggy==1.5 --hash=sha256:bb\n"
PINNED = ["hatchling==1.0", "editables==0.5", "pluggy==1.5"]


@pytest.mark.parametrize(
    ("build_requires", "fault"),
    [
        (["hatchling>=1.0", *PINNED[1:]], "'hatchling>=1.0', and locked is 1.0: write the same exact pin"),
        (["hatchling==1.1", *PINNED[1:]], "'hatchling==1.1', and locked is 1.0"),
        (["hatchling", *PINNED[1:]], "'hatchling', and locked is 1.0"),
        ([*PINNED, "wheel==0.44"], "'wheel==0.44', and it is not locked"),
        ([*PINNED[:1], *PINNED[2:]], "the build needs editables"),
        (PINNED[:2], "hatchling requires pluggy>=1, which is not locked for the isolated build"),
    ],
)
def test_a_build_that_would_resolve_is_told(build_requires: list[str], fault: str) -> None:
    """A back end that is not pinned, is pinned otherwise than locked, or needs what is not pinned, is a fault."""
    requires = {"hatchling": ["pluggy>=1", "tomli; python_version < '3.11'"]}
    assert build_faults(PINNED, BACK_END, requires, LINUX) == []
    assert fault in "\n".join(build_faults(build_requires, BACK_END, requires, LINUX))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("--no-deps --only-binary", "--only-binary", "no --no-deps"),
        ("--only-binary :all: ", "", "no --only-binary"),
        ("--only-binary :all: ", "--only-binary ruff ", "takes source archives"),
        ("--require-hashes ", "", "no --require-hashes"),
        (" --no-build-isolation", "", "no --no-build-isolation"),
        ("--require-hashes ", "--require-hashes --upgrade ", "asks for newer versions"),
        ("-m pip install", "-m pip wheel", "installs nothing"),
    ],
)
def test_a_recipe_that_could_resolve_is_told(old: str, new: str, fault: str) -> None:
    """Each option that the Makefile could lose is a fault of its own."""
    assert old in MAKEFILE
    assert fault in "\n".join(recipe_faults(MAKEFILE.replace(old, new), SETUP))
