"""Everything that is locked has a later release beside it, and no installer takes any of them.

The indexes and the wheels are made up, so that nothing but the installers themselves is fetched; the lock is the
repository's, with the hashes of the made-up wheels. `make fresh` does the same with the real ones.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fresh.package_index import PackageIndex, Release, locked_releases, newer
from tests.set_up.lock import pip_installations

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# The installer that a lock without extras broke, and one that was new when this was written.
INSTALLERS = {
    "23.2.1": "7ccf472345f20d35bdc9d1841ff5f313260c2c33fe417f48c30ac46cccabf5be",
    "26.3": "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
}
Installer = Callable[..., subprocess.CompletedProcess[str]]


def releases() -> list[Release]:
    """What is locked, each requiring what it really requires."""
    found = []
    for release in locked_releases(LOCK):
        try:
            requires = tuple(importlib.metadata.requires(release.project) or ())
        except importlib.metadata.PackageNotFoundError:  # locked for another system
            requires = ()
        found.append(release._replace(requires=requires))
    return found


@pytest.fixture(scope="module")
def usual() -> Iterator[PackageIndex]:
    """The index that has what is locked."""
    with PackageIndex(releases()) as index:
        yield index


@pytest.fixture
def later() -> Iterator[PackageIndex]:
    """The index that has a later release of all of it."""
    with PackageIndex(newer(releases())) as index:
        yield index


@pytest.fixture
def installer(tmp_path_factory: pytest.TempPathFactory, usual: PackageIndex, later: PackageIndex) -> Installer:
    """Runs a pip of the version that is named, with both indexes and nothing of the user's settings."""
    environ = {name: value for name, value in os.environ.items() if not name.lower().startswith(("pip_", "no_proxy"))}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": usual.url, "PIP_EXTRA_INDEX_URL": later.url}
    environ |= {"PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0", "no_proxy": "127.0.0.1"}

    def run(version: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.getbasetemp() / f"pip {version}"
        if not folder.is_dir():
            fetch(version, tmp_path_factory.mktemp("download"), folder)
        # What is installed here already must be as unknown to it as on a new machine.
        command = [sys.executable, str(folder / "pip"), *arguments, "--dry-run", "--ignore-installed"]
        return subprocess.run(command, capture_output=True, text=True, env=environ)

    return run


def fetch(version: str, download: Path, folder: Path) -> None:
    """Put that pip into a folder, unpacked: so each of its modules is compiled once."""
    wanted = download / "wanted.txt"
    wanted.write_text(f"pip=={version} --hash=sha256:{INSTALLERS[version]}\n")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, f"--dest={download}", f"--requirement={wanted}"]
    got = subprocess.run(command, capture_output=True, text=True)
    if got.returncode:
        pytest.skip(f"pip {version} cannot be fetched here: {got.stderr.strip().splitlines()[-1]}")
    (wheel,) = download.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)


def made_up(lock: str, usual: PackageIndex) -> str:
    """The lock with the hash of the made-up wheel in the place of each entry's own."""
    text = re.sub(r" *\\\n +--hash=\S+", "", lock)
    for release in locked_releases(text):
        entry = re.compile(rf"^({re.escape(release.project)}(?:\[[^\]]*\])?==.*)$", re.MULTILINE)
        text, count = entry.subn(rf"\1 --hash=sha256:{usual.sha256(release)}", text)
        assert count == 1, release
    return text


def set_up_options() -> list[str]:
    """The arguments with which the Makefile installs the lock, but for the lock's own name."""
    (words,) = [words for words in pip_installations(MAKEFILE, "$(READY)") if "-r" in words]
    return [word for word in words if word not in {"-r", "requirements/dev.txt"}]


@pytest.mark.parametrize("version", INSTALLERS)
def test_set_up_takes_nothing_that_is_newer(
    version: str, installer: Installer, usual: PackageIndex, later: PackageIndex, tmp_path: Path
) -> None:
    """With the Makefile's own options, the lock and both indexes, an old pip and a new one take what is locked."""
    lock = tmp_path / "dev.txt"
    lock.write_text(made_up(LOCK, usual))
    done = installer(version, *set_up_options(), "-r", str(lock))
    assert done.returncode == 0, done.stderr
    # They looked: the later releases were there to be taken.
    assert {"coverage", "pytest", "hatchling"} <= set(later.looked_at)
    assert later.taken == []
    assert {"coverage", "pytest", "hatchling"} <= {name.partition("-")[0] for name in usual.taken}


@pytest.mark.parametrize("version", INSTALLERS)
def test_a_build_takes_nothing_that_is_newer(
    version: str, installer: Installer, usual: PackageIndex, later: PackageIndex, tmp_path: Path
) -> None:
    """`pip install .`, isolated as it is by itself: the back end and what it needs are the ones that are locked."""
    pinned = re.search(r"^requires = (\[.*?\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert pinned is not None
    # A back end of its own: the made-up one builds nothing.
    system = f'[build-system]\nrequires = {pinned[1]}\nbuild-backend = "back"\nbackend-path = ["."]\n'
    (tmp_path / "pyproject.toml").write_text(system)
    (tmp_path / "back.py").write_text(BACK_END)
    done = installer(version, "install", "--quiet", "--no-deps", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "hatchling" in later.looked_at
    assert later.taken == []
    assert any(name.startswith("hatchling-") for name in usual.taken)


def test_an_old_lock_is_refused_by_an_old_installer(
    installer: Installer, usual: PackageIndex, later: PackageIndex, tmp_path: Path
) -> None:
    """The fault that all of this is about: without the extra in the lock and our options, a later release breaks it."""
    lock = tmp_path / "dev.txt"
    wanted = {"pytest-cov", "coverage", "pytest", "pluggy", "iniconfig", "packaging", "pygments"}
    old = made_up(LOCK.replace("coverage[toml]==", "coverage=="), usual).splitlines()
    lock.write_text("\n".join(line for line in old if line.partition("==")[0] in wanted))
    done = installer("23.2.1", "install", "--quiet", "--require-hashes", "-r", str(lock))
    assert done.returncode != 0
    assert "coverage[toml]" in done.stderr


def test_what_is_not_locked_is_taken_from_the_later_index(installer: Installer, later: PackageIndex) -> None:
    """The later releases are such as an installer takes where nothing keeps it from that."""
    done = installer("26.3", "install", "--quiet", "pytest-cov")
    assert done.returncode == 0, done.stderr
    assert [name.partition("-")[0] for name in later.taken] == ["pytest_cov"]


BACK_END = """
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder, "project-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: project\\nVersion: 1.0\\n")
    return info.name

def build_wheel(*_):
    raise NotImplementedError("a dry run needs the metadata alone")
"""
