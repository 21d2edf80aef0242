"""Real processes that write, one after the other, at once, and killed in the middle."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.resuming import resumed
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run

ROOT = Path(__file__).parents[2]


class Recorder:
    """A process that records, and what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, line: str) -> None:
        """Say what it is to do, and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        """Wait for its next answer."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def do(self, line: str) -> None:
        """Say what it is to do, and wait until it is done."""
        self.tell(line)
        self.wait()

    def wait(self) -> None:
        """Wait until what it was told is done."""
        while (answer := self.heard()) != "done":
            assert answer, "the process has ended"

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def recorder(folder: Path, uid: str = "f" * 32) -> Iterator[Recorder]:
    """A process that records into this folder; dead at the end of the block."""
    command = [sys.executable, "-m", "tests.store.recording_process", str(folder), uid]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Recorder(process)
        finally:
            process.kill()


def is_whole(folder: Path) -> bool:
    """Whether SQLite finds no fault in the file."""
    connection = sqlite3.connect(database_path(folder))
    try:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()


@pytest.mark.parametrize("turns", [0, 1, 5])
def test_a_killed_process_loses_at_most_the_turn_in_flight(tmp_path: Path, turns: int) -> None:
    """Killed inside a turn, every turn before it is there: what was said, the calls over the wire and their bytes."""
    with recorder(tmp_path) as process:
        process.do(f"turns aa {turns}")
        process.kill()
    assert is_whole(tmp_path)
    with StoreReader(tmp_path, clock=lambda: 2e9) as reader:
        record = reader.scenario("aa")
    assert record.scenario.status == "interrupted"
    assert len(record.messages) >= 2 * turns
    assert all(stored.exchange.body for stored in record.exchanges[:turns])
    assert len(record.exchanges) >= turns


def test_killed_at_any_moment_the_store_goes_on_exactly_where_it_was(tmp_path: Path) -> None:
    """Killed at random moments and taken up again, an invocation ends with each scenario's verdict exactly once."""
    dice, wanted = random.Random(4), 24  # noqa: S311 - the same moments each time
    left, kills, round_number = wanted, 0, 0
    while left:
        with recorder(tmp_path) as process:
            process.tell(f"runs {round_number:02}x {left}")
            moment = dice.randrange(0, 8)
            for _ in range(min(moment, left)):
                process.heard()
            if moment > left:
                # Killed each time right behind its last run, whose end may be missing, it would never be done.
                process.wait()
                process.do("close")
            process.kill()
        kills += 1
        round_number += 1
        assert is_whole(tmp_path)
        taken_up = resumed(tmp_path)
        told = len(taken_up.ended)
        assert told >= wanted - left + min(moment, left) - 1, "only the run that had just ended may be missing"
        left = max(0, wanted - told)
    assert kills > 5
    with StoreReader(tmp_path) as reader:
        ended = reader.ended("f" * 32)
        assert len({each.run_id for each in ended}) == len({(each.key, each.repeat) for each in ended}) == len(ended)
        assert all(len(reader.scenario(each.run_id).verdicts) == 1 for each in ended)
        assert {row.status for row in reader.scenarios(limit=-1)} <= {"passed", "cancelled"}


def test_processes_that_write_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    """Four processes make the store, and write into it at once, two of them as one invocation: all of it is there."""
    uids = ["a" * 32, "a" * 32, "b" * 32, "c" * 32]
    with (
        recorder(tmp_path, uids[0]) as one,
        recorder(tmp_path, uids[1]) as two,
        recorder(tmp_path, uids[2]) as three,
        recorder(tmp_path, uids[3]) as four,
    ):
        processes = (one, two, three, four)
        for number, process in enumerate(processes):
            process.tell(f"runs p{number}x 25")
        for process in processes:
            process.wait()
            process.do("close")
    with StoreReader(tmp_path) as reader:
        rows = reader.scenarios(limit=-1)
        assert sorted(row.run_id for row in rows) == sorted(f"p{n}x{i:04}" for n in range(4) for i in range(25))
        assert {row.status for row in rows} == {"passed"}
        assert {row.uid[0]: row.counts for row in reader.invocations()} == {
            "a": {"passed": 50}, "b": {"passed": 25}, "c": {"passed": 25},
        }  # fmt: skip
        for row in rows:
            record = reader.scenario(row.run_id)
            assert (len(record.messages), len(record.exchanges), len(record.verdicts)) == (4, 2, 1)
    assert is_whole(tmp_path)


def test_a_fork_leaves_the_store_to_its_parent(tmp_path: Path) -> None:
    """A child that was forked while its parent recorded says that it stores nothing, and harms nothing."""
    script = (
        "import os, sys\n"
        "from scenario.store.writer import StoreWriter\n"
        "from tests.store.stored_runs import a_run\n"
        f"writer = StoreWriter({str(tmp_path)!r})\n"
        "for event in a_run('parent'): writer(event)\n"
        "child = os.fork()\n"
        "for event in a_run('later' if child else 'child'): writer(event)\n"
        "writer.close()\n"
        "if child: os.waitpid(child, 0)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=ROOT, check=True, timeout=60, capture_output=True, text=True)
    assert done.stderr.count("a forked process stores no runs") == 1
    with StoreReader(tmp_path) as reader:
        assert sorted(row.run_id for row in reader.scenarios()) == ["later", "parent"]
    assert is_whole(tmp_path)


def test_a_process_that_forgets_to_close_loses_nothing(tmp_path: Path) -> None:
    """What was told before a process ended in order is stored, though nobody closed the store."""
    script = (
        "from scenario.store.writer import StoreWriter\n"
        "from tests.store.stored_runs import a_run\n"
        f"writer = StoreWriter({str(tmp_path)!r})\n"
        "for event in a_run('aa', turns=30): writer(event)\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)
    with StoreReader(tmp_path) as reader:
        assert reader.scenarios()[0].status == "passed"


def test_what_a_dead_process_left_is_told_from_what_goes_on(tmp_path: Path) -> None:
    """A run whose process was heard of lately is running; one whose process has been silent is interrupted."""
    with StoreWriter(tmp_path, clock=lambda: 1000.0) as writer:
        for event in a_run("aa", ends=False):
            writer(event)
        assert writer.flush(30)
        with StoreReader(tmp_path, clock=lambda: 1010.0) as reader:
            assert [row.run_id for row in reader.scenarios(status=["running"])] == ["aa"]
        with StoreReader(tmp_path, clock=lambda: 1030.0) as reader:
            assert [row.status for row in reader.scenarios(status=["interrupted"])] == ["interrupted"]
            assert reader.scenarios(status=["running"]) == []
            assert reader.invocations()[0].counts == {"interrupted": 1}
