"""What the disk may do to a store: be full, be in the way, hold something else, hold what is older or newer."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from scenario.errors import ConfigurationError
from scenario.store.database import transaction, writable
from scenario.store.place import database_path, store_folder
from scenario.store.reader import StoreReader
from scenario.store.retention import Pruning, prune
from scenario.store.schema import VERSION
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run

ROOT = Path(__file__).parents[2]


def test_nothing_is_made_before_the_first_event(tmp_path: Path) -> None:
    """A writer that hears of no run leaves no folder, no file and no thread."""
    before = threading.active_count()
    with StoreWriter(tmp_path / "store"):
        assert threading.active_count() == before
    assert not (tmp_path / "store").exists()


def test_the_place_is_looked_up_when_it_is_asked_for(tmp_path: Path) -> None:
    """An argument wins over SCENARIO_STORE, which wins over .scenario in the working directory."""
    environ = {"SCENARIO_STORE": str(tmp_path / "named")}
    assert store_folder("given", environ) == Path.cwd() / "given"
    assert store_folder(None, environ) == tmp_path / "named"
    assert store_folder(None, {}) == Path.cwd() / ".scenario"


def test_git_is_told_to_leave_the_store_alone(tmp_path: Path) -> None:
    """The folder that is made for a store is ignored by git."""
    StoreWriter(tmp_path / "store").prepare()
    assert (tmp_path / "store" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("turns", [1, 50])
def test_a_store_that_cannot_be_made_is_one_warning(tmp_path: Path, turns: int) -> None:
    """Where a file stands in the folder's place, runs go on, and one warning says what is wrong."""
    (tmp_path / "store").write_text("a file")
    warnings: list[str] = []
    with StoreWriter(tmp_path / "store", warn=warnings.append) as writer:
        for run_id in ("aa", "bb"):
            for event in a_run(run_id, turns=turns):
                writer(event)
        writer.flush(30)
    assert len(warnings) == 1
    assert "cannot be used" in warnings[0]
    assert (tmp_path / "store").read_text() == "a file"


def test_what_is_wrong_can_be_known_before_anything_runs(tmp_path: Path) -> None:
    """A command asks first, and gets an error that names the file and the remedy."""
    (tmp_path / "store").write_text("a file")
    with pytest.raises(ConfigurationError, match="SCENARIO_STORE"):
        StoreWriter(tmp_path / "store").prepare()


def test_a_disk_that_stood_still_is_waited_for_again_as_soon_as_it_writes(tmp_path: Path) -> None:
    """Runs that are quicker than it would stay ahead of it for ever: more and more, and all of it lost with a kill."""
    playing = a_run("last", turns=20, ends=False)
    with StoreWriter(tmp_path, patience=6.0) as writer:
        writer.announce()
        with closing(sqlite3.connect(database_path(tmp_path), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for number in range(100):
                for event in a_run(f"{number:04}"):
                    writer(event)
            other.execute("ROLLBACK")
        with StoreReader(tmp_path) as reader:
            # A reader would see what is written before the writer knows of it.
            assert writer.flush(60)
            for event in playing:
                writer(event)
            # It was waited for in one of the last turns, when all before was written.
            assert len(reader.messages("last")) > 2 * 15


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    """When no more can be written, the process goes on with one warning, and what was stored before is whole."""
    script = (
        "import resource\n"
        "from scenario.store.writer import StoreWriter\n"
        "from tests.store.stored_runs import a_run\n"
        f"writer = StoreWriter({str(tmp_path)!r})\n"
        "def record(first, last):\n"
        "    for index in range(first, last):\n"
        "        for event in a_run(f'{index:04}'): writer(event)\n"
        "    writer.flush()\n"
        "record(0, 10)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))\n"
        "record(10, 1000)\n"
        "writer.close()\n"
        "print('went on')\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, check=True, timeout=120, capture_output=True, text=True)
    assert done.stdout == "went on\n"
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr
    with StoreReader(tmp_path) as reader:
        rows = reader.scenarios(limit=-1, status=["passed"])
        assert [row.run_id for row in rows][::-1] == [f"{index:04}" for index in range(len(rows))]
        assert len(rows) >= 10
        assert all(len(reader.scenario(row.run_id).messages) == 4 for row in rows)
    with closing(sqlite3.connect(database_path(tmp_path))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_writer_waits_for_another_one(tmp_path: Path) -> None:
    """While another connection holds the store, nothing is lost and the caller is not held up for long."""
    other = writable(tmp_path)
    with StoreWriter(tmp_path) as writer:
        with transaction(other):
            for event in a_run("aa", turns=5):
                writer(event)
            assert not writer.flush(0)
        assert writer.flush(60)
    other.close()
    with StoreReader(tmp_path) as reader:
        assert reader.scenarios()[0].status == "passed"


def test_a_store_is_made_once_however_many_make_it(tmp_path: Path) -> None:
    """Those who come to an empty folder at the same moment all get the same, whole store."""
    for attempt in range(10):
        gate = threading.Barrier(8)

        def make(folder: Path, gate: threading.Barrier) -> int:
            gate.wait()
            connection = writable(folder)
            try:
                version: int = connection.execute("PRAGMA user_version").fetchone()[0]
                return version
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            versions = [pool.submit(make, tmp_path / str(attempt), gate) for _ in range(8)]
        assert [each.result() for each in versions] == [VERSION] * 8


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    """What a newer version wrote is neither read nor written, and the error says what to do."""
    connection = writable(tmp_path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(ConfigurationError, match=f"schema {VERSION + 1}; this one knows {VERSION}.*Upgrade"):
        StoreReader(tmp_path)
    warnings: list[str] = []
    with StoreWriter(tmp_path, warn=warnings.append) as writer:
        for event in a_run("aa"):
            writer(event)
    assert len(warnings) == 1


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    """A database of another program, and a file that is none, are refused and stay as they are."""
    connection = sqlite3.connect(database_path(tmp_path))
    connection.execute("CREATE TABLE others (a)")
    connection.close()
    with pytest.raises(ConfigurationError, match="another program"):
        StoreWriter(tmp_path).prepare()
    database_path(tmp_path).write_bytes(b"no database " * 100)
    with pytest.raises(ConfigurationError, match="not a database"):
        StoreWriter(tmp_path).prepare()
    assert database_path(tmp_path).read_bytes() == b"no database " * 100


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Reading where nothing was ever stored says how to store something, and makes nothing."""
    with pytest.raises(ConfigurationError, match="--scenario-store"):
        StoreReader(tmp_path / "none")
    assert not (tmp_path / "none").exists()


PAGE = 4096


@pytest.mark.parametrize("first", range(2, 30, 3))
def test_a_damaged_store_is_told_as_that(first: int, tmp_path: Path) -> None:
    """Whatever part of the file is gone: what reads or writes it works, or says which file to move away."""
    with StoreWriter(tmp_path) as writer:
        for number in range(8):
            for event in a_run(f"a{number}"):
                writer(event)
    path = database_path(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: first * PAGE] + b"\xff" * PAGE * 2 + content[(first + 2) * PAGE :])

    def each_run() -> None:
        with StoreReader(tmp_path) as reader:
            for row in reader.scenarios(limit=-1):
                reader.scenario(row.run_id)

    def lists() -> None:
        with StoreReader(tmp_path) as reader:
            reader.last_failures()
            for row in reader.invocations():
                reader.ended(row.uid)
                reader.keys(row.uid)

    told = []
    for work in (each_run, lists, StoreWriter(tmp_path).announce, lambda: prune(tmp_path, Pruning(keep=0))):
        try:
            work()
        except ConfigurationError as error:
            told.append(str(error))
    assert all(f"The store {path} " in text for text in told)
    assert all("move it away" in text for text in told if "malformed" in text)
    assert told or first > 20  # the last pages are free ones, or of an index that nothing of this reads
