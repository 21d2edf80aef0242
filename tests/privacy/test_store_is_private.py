"""A store is its owner's alone, and none is read or written where others may write."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from scenario.errors import ConfigurationError
from scenario.store.claim import claimed
from scenario.store.place import database_path, make_folder
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.warning import ScenarioWarning, forget_warnings
from tests.store.stored_runs import a_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


def mode(path: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def stored(folder: Path) -> None:
    """Store a run there."""
    with StoreWriter(folder) as writer:
        writer.prepare()
        for event in a_run("aa"):
            writer(event)


def stored_twice(folder: Path) -> None:
    """Store a run there, and open it once more."""
    stored(folder)
    stored(folder)


def test_folder_and_files_are_the_owners(tmp_path: Path) -> None:
    """Whatever the umask would allow: the database, what SQLite keeps beside it, and the locks."""
    before = os.umask(0)
    try:
        folder = tmp_path / "some" / ".scenario"
        claim = claimed(folder, "a" * 32)
        with StoreWriter(folder) as writer:
            for event in a_run("aa"):
                writer(event)
            assert writer.flush(10)
            modes = {path.name: mode(path) for path in folder.iterdir() if path.name != ".gitignore"}
    finally:
        os.umask(before)
    assert claim is not None
    claim.release()
    assert mode(folder) == 0o700
    assert len(modes) >= 3
    assert set(modes.values()) == {0o600}


def test_a_database_that_others_could_read_becomes_the_owners(tmp_path: Path) -> None:
    """One that was written before this was so."""
    stored(tmp_path)
    database_path(tmp_path).chmod(0o644)
    stored(tmp_path)
    assert mode(database_path(tmp_path)) == 0o600


@pytest.mark.parametrize("permissions", [0o777, 0o772, 0o1777])
def test_a_folder_that_others_may_write_in_is_refused(tmp_path: Path, permissions: int) -> None:
    """For writing and for reading, with what to do; and then it is taken."""
    folder = tmp_path / ".scenario"
    stored(folder)
    folder.chmod(permissions)
    for use in (StoreWriter(folder).prepare, lambda: StoreReader(folder), lambda: claimed(folder, "a" * 32)):
        with pytest.raises(ConfigurationError, match=f"every user .*chmod go-w {folder}"):
            use()
    folder.chmod(0o755)
    StoreReader(folder).close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give folders away")
def test_a_group_that_may_write_is_refused_unless_it_is_the_users_own(tmp_path: Path) -> None:
    """Many systems give each user a group of one, with which new folders can be written."""
    folder = tmp_path / ".scenario"
    folder.mkdir()
    folder.chmod(0o770)
    make_folder(folder)
    os.chown(folder, os.geteuid(), 54321)
    with pytest.raises(ConfigurationError, match="the group 54321"):
        make_folder(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give folders away")
def test_a_folder_of_another_is_warned_of_once(tmp_path: Path) -> None:
    """As containers and CI caches have it: it is used all the same."""
    forget_warnings()
    folder = tmp_path / ".scenario"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    folder.chmod(0o777)
    with pytest.warns(ScenarioWarning, match=r"belongs to another user \(12345\)") as told:
        stored_twice(folder)
    assert len(told) == 1
    StoreReader(folder).close()


def test_a_symbolic_link_is_warned_of_once(tmp_path: Path) -> None:
    """It is followed."""
    forget_warnings()
    (tmp_path / "runs").mkdir(mode=0o700)
    (tmp_path / ".scenario").symlink_to(tmp_path / "runs")
    with pytest.warns(ScenarioWarning, match="is a symbolic link to") as told:
        stored_twice(tmp_path / ".scenario")
    assert len(told) == 1
    assert database_path(tmp_path / "runs").is_file()
