"""Pruning: what goes, what stays, and that stopping half-way harms nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from scenario.store.invocation import Invocation
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.retention import Pruned, Pruning, prune
from scenario.store.schema import BELOW_SCENARIO
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run

NOW = 1_000_000.0


def record(folder: Path, number: int, *, at: float, **runs: bool) -> None:
    """An invocation at that time with runs that pass or fail."""
    invocation = Invocation(uid=f"{number:032}", started=at, source="run")
    with StoreWriter(folder, invocation=invocation, clock=lambda: at) as writer:
        for run_id, success in runs.items():
            for event in a_run(run_id, success=success):
                writer(event)


def left(folder: Path) -> list[str]:
    """The runs that are there."""
    with StoreReader(folder) as reader:
        return sorted(row.run_id for row in reader.scenarios(limit=-1))


def test_the_newest_invocations_stay(tmp_path: Path) -> None:
    """`keep` counts invocations from the newest; the rest goes as a whole, with everything below it."""
    for number in range(4):
        record(tmp_path, number, at=NOW + number, **{f"r{number}": True, f"s{number}": False})
    assert prune(tmp_path, Pruning(keep=1), clock=lambda: NOW + 100).scenarios == 6
    assert left(tmp_path) == ["r3", "s3"]
    connection = sqlite3.connect(database_path(tmp_path))
    for table in BELOW_SCENARIO:
        orphans = f"SELECT count(*) FROM {table} WHERE scenario NOT IN (SELECT id FROM scenarios)"  # noqa: S608
        assert connection.execute(orphans).fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM bodies").fetchone() == (4,)
    assert connection.execute("SELECT count(*) FROM invocations").fetchone() == (1,)
    connection.execute("INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)")
    connection.close()
    with StoreReader(tmp_path) as reader:
        assert len(reader.search("sunny")) == 4


def test_only_what_is_old_enough_goes(tmp_path: Path) -> None:
    """`older_than` goes by when an invocation began."""
    record(tmp_path, 1, at=NOW - 500, old=True)
    record(tmp_path, 2, at=NOW - 100, new=True)
    prune(tmp_path, Pruning(older_than=200), clock=lambda: NOW)
    assert left(tmp_path) == ["new"]


def test_failures_can_be_kept_for_longer(tmp_path: Path) -> None:
    """With a status, only such scenarios go; their invocation stays while it has others."""
    record(tmp_path, 1, at=NOW - 500, good=True, bad=False)
    gone = prune(tmp_path, Pruning(keep=0, status=("passed",)), clock=lambda: NOW)
    assert (gone.scenarios, gone.invocations) == (1, 0)
    assert left(tmp_path) == ["bad"]


def test_bytes_can_go_alone(tmp_path: Path) -> None:
    """Without its bytes, a conversation still has its messages and the times of its events."""
    record(tmp_path, 1, at=NOW - 500, aa=True)
    assert prune(tmp_path, Pruning(keep=0, bytes_only=True), clock=lambda: NOW).scenarios == 1
    with StoreReader(tmp_path) as reader:
        record_ = reader.scenario("aa")
    assert len(record_.messages) == 4
    assert [len(each.exchange.events) > 10 for each in record_.exchanges] == [True, True]
    assert record_.exchanges[0].exchange.body == b""


def test_a_dry_run_counts_and_deletes_nothing(tmp_path: Path) -> None:
    """What would go is counted; all of it is still there."""
    record(tmp_path, 1, at=NOW - 500, aa=True, bb=False)
    assert prune(tmp_path, Pruning(keep=0), dry_run=True, clock=lambda: NOW) == Pruned(invocations=1, scenarios=2)
    assert left(tmp_path) == ["aa", "bb"]


def test_the_space_is_given_back(tmp_path: Path) -> None:
    """The file is smaller afterwards by what it says was freed."""
    record(tmp_path, 1, at=NOW - 500, **{f"r{index:03}": True for index in range(60)})
    with StoreWriter(tmp_path) as writer:
        writer.prepare()
    before = database_path(tmp_path).stat().st_size
    gone = prune(tmp_path, Pruning(keep=0), clock=lambda: NOW)
    after = database_path(tmp_path).stat().st_size
    assert gone.freed == before - after > before / 2


def test_what_goes_on_stays(tmp_path: Path) -> None:
    """An invocation that another process is writing just now is not touched."""
    with StoreWriter(tmp_path, clock=lambda: NOW) as writer:
        for event in a_run("aa", ends=False):
            writer(event)
        assert writer.flush(30)
        assert prune(tmp_path, Pruning(keep=0), clock=lambda: NOW + 5).scenarios == 0
        assert prune(tmp_path, Pruning(keep=0), clock=lambda: NOW + 60, dry_run=True).scenarios == 1


def test_a_writer_whose_invocation_was_pruned_stores_what_comes_next(tmp_path: Path) -> None:
    """A process that was silent for long goes on after its invocation was pruned, and loses nothing of what follows."""
    with StoreWriter(tmp_path, clock=lambda: NOW) as writer:
        for event in a_run("aa"):
            writer(event)
        assert writer.flush(30)
        assert prune(tmp_path, Pruning(keep=0), clock=lambda: NOW + 60).invocations == 1
        for event in a_run("bb"):
            writer(event)
    assert left(tmp_path) == ["bb"]
