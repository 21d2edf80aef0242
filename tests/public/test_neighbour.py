"""`langwatch-scenario` owns the folder `scenario/` too: whoever came last, it is said, with what to do.

The other package is made up: a few files of the names that it has, laid into a copy of this one as pip would.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "scenario"
REMEDY = "pip uninstall langwatch-scenario"
BOTH = ("__init__.py", "agent_adapter.py", "cache.py", "config/__init__.py", "pytest_plugin.py", "types.py")
ONLY_THEIRS = ("_error_messages.py", "red_team_agent.py")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages with this one in it."""
    ignored = shutil.ignore_patterns("__pycache__", "assets")
    shutil.copytree(PACKAGE, tmp_path / "site" / "scenario", ignore=ignored)
    return tmp_path / "site"


def install_theirs(site: Path, *, after_ours: bool) -> None:
    """Lay the other package's files there: all of them where it comes last, else those of which we have none."""
    written = [*BOTH, *ONLY_THEIRS] if after_ours else ONLY_THEIRS
    for name in written:
        (site / "scenario" / name).write_text("def run(): ...\n")
    info = site / "langwatch_scenario-9.8.7.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: langwatch-scenario\nVersion: 9.8.7\n")
    (info / "top_level.txt").write_text("scenario\n")
    (info / "RECORD").write_text("".join(f"scenario/{name},,\n" for name in (*BOTH, *ONLY_THEIRS)))


def uninstall_theirs(site: Path) -> None:
    """Remove whatever the other package's record lists, whoever wrote it last."""
    for name in (*BOTH, *ONLY_THEIRS):
        (site / "scenario" / name).unlink()
    shutil.rmtree(site / "langwatch_scenario-9.8.7.dist-info")


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """An interpreter that finds that folder first, what this package needs next, and no editable installation."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTHON"))}
    environ["PYTHONPATH"] = os.pathsep.join([str(site), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    return subprocess.run(
        [sys.executable, "-S", *arguments], capture_output=True, text=True, env=environ, cwd=site.parent
    )


def test_alone_nothing_is_said(site: Path) -> None:
    """Without another package: no warning, and no look at what is installed."""
    done = python(
        site, "-c", "import scenario, sys; print(scenario.__file__); print('importlib.metadata' in sys.modules)"
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [str(site / "scenario" / "__init__.py"), "False"]


def test_beside_another_package_importing_says_so_once(site: Path) -> None:
    """Ours is in place: it works, and a warning names the other, the folder and what to do, at the importing line."""
    install_theirs(site, after_ours=False)
    (site.parent / "user.py").write_text("import scenario\nprint(scenario.RemoteAgent)\nimport scenario\n")
    done = python(site, "-W", "error", "user.py")
    assert done.returncode == 0, done.stderr
    assert "RemoteAgent" in done.stdout
    assert done.stderr.count("ScenarioWarning") == 1
    assert "user.py:1: ScenarioWarning: langwatch-scenario 9.8.7 is installed in this environment too" in done.stderr
    assert str(site / "scenario") in done.stderr
    assert REMEDY in done.stderr


def test_files_that_another_package_left_behind_are_told_as_that(site: Path) -> None:
    """Where no such package is installed, and a file of it is there all the same."""
    (site / "scenario" / "_error_messages.py").write_text("")
    done = python(site, "-c", "import scenario")
    assert "holds files of another package (_error_messages.py)" in done.stderr


def test_doctor_says_it(site: Path) -> None:
    """`scenario doctor` lists it among the versions, and its exit code is about the model, as before."""
    install_theirs(site, after_ours=False)
    done = python(site, "-W", "ignore", "-m", "scenario", "doctor", "--offline", "--model", "ollama/m")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "another scenario" in line]
    assert line.lstrip().startswith("!")
    assert "langwatch-scenario 9.8.7" in line
    assert REMEDY in line


@pytest.mark.parametrize("code", ["import scenario.errors", "from scenario.testing import ModelServer"])
def test_under_another_package_s_init_no_part_of_ours_goes_on(code: str, site: Path) -> None:
    """The other came last: whatever it has not written over refuses with the reason, and not for want of a name."""
    install_theirs(site, after_ours=True)
    done = python(site, "-c", code)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "langwatch-scenario 9.8.7, installed after it, wrote over what both have, __init__.py included" in last
    assert REMEDY in last


def test_under_another_package_s_init_the_command_says_it_in_one_line(site: Path) -> None:
    """`python -m scenario doctor` is where one looks: one line, exit code 2."""
    install_theirs(site, after_ours=True)
    done = python(site, "-m", "scenario", "doctor")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    assert REMEDY in done.stderr


def test_what_another_package_took_along_is_told(site: Path) -> None:
    """The other was uninstalled, and with it what both had: what is left says that, and how to get it back."""
    install_theirs(site, after_ours=True)
    uninstall_theirs(site)
    done = python(site, "-m", "scenario", "--version")
    assert done.returncode == 2
    assert "has lost its __init__.py" in done.stderr
    assert "--force-reinstall" in done.stderr
    assert "has lost its __init__.py" in python(site, "-c", "import scenario.errors").stderr
