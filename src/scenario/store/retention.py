"""Making room: runs are deleted a few at a time, so that others go on writing and stopping half-way harms nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.store.database import read_or_told, readable, transaction, writable
from scenario.store.deleting import delete_bodies, delete_scenario
from scenario.store.place import database_path
from scenario.store.records import ScenarioStatus
from scenario.store.schema import has_words

_AT_ONCE: Final = 50  # scenarios to a transaction
_PAGES_AT_ONCE: Final = 2000
# What was heard of so recently may still be going on.
_SILENCE: Final = 20.0


class Pruning(msgspec.Struct, frozen=True, kw_only=True):
    """What goes.

    Attributes:
        keep: the newest so many invocations stay; None where the number does not matter.
        older_than: only invocations that began more than so many seconds ago go; None where age does not matter.
        status: only scenarios of these statuses go; of any where none is given.
        bytes_only: only the bytes of responses go; conversations and times stay.
    """

    keep: int | None = None
    older_than: float | None = None
    status: tuple[ScenarioStatus, ...] = ()
    bytes_only: bool = False


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What went, or would.

    Attributes:
        freed: bytes by which the file shrank; 0 where nothing was deleted.
    """

    invocations: int
    scenarios: int
    freed: int = 0


def prune(folder: Path, pruning: Pruning, *, dry_run: bool = False, clock: Callable[[], float] = time.time) -> Pruned:
    """Delete runs, and give the space back. What is going on in another process stays.

    It may be stopped at any moment: each few scenarios go as a whole, and what is left is whole.

    Args:
        folder: the store's.
        pruning: what goes.
        dry_run: only count.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: there is no store, or it cannot be written.
    """
    with closing(readable(folder)) as connection, read_or_told(folder):
        invocations, scenarios = _chosen(connection, pruning, clock())
    if dry_run or not (invocations or scenarios):
        return Pruned(invocations=len(invocations), scenarios=len(scenarios))
    with closing(writable(folder)) as connection, read_or_told(folder):
        before = _size(connection)
        try:
            _delete(connection, invocations, scenarios, bytes_only=pruning.bytes_only)
            _give_back(connection)
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                f"The store {database_path(folder)} could not be pruned to the end: {error}. What went is gone, what "
                "is left is whole: run it again."
            ) from error
        return Pruned(invocations=len(invocations), scenarios=len(scenarios), freed=before - _size(connection))


def _chosen(connection: sqlite3.Connection, pruning: Pruning, now: float) -> tuple[list[int], list[int]]:
    """The ids of the invocations that go as a whole, and of the scenarios that go."""
    going_on = (
        "ifnull(alive, 0) > ? AND (ended IS NULL OR ended < alive OR EXISTS"
        " (SELECT 1 FROM scenarios s WHERE s.invocation = invocations.id AND s.status = 'running'))"
    )
    rows = connection.execute(
        f"SELECT id FROM invocations WHERE NOT ({going_on}) AND ifnull(started < ?, 1)"  # noqa: S608
        " AND id NOT IN (SELECT id FROM invocations ORDER BY id DESC LIMIT ?)",
        (now - _SILENCE, None if pruning.older_than is None else now - pruning.older_than, pruning.keep or 0),
    )
    invocations = [row[0] for row in rows]
    marks = ", ".join("?" * len(pruning.status))
    condition = f"AND status IN ({marks})" if pruning.status else ""
    statement = f"SELECT id FROM scenarios WHERE invocation = ? {condition} ORDER BY id"  # noqa: S608
    scenarios = [
        row[0] for each in invocations for row in connection.execute(statement, (each, *pruning.status)).fetchall()
    ]
    if pruning.bytes_only:
        return [], [each for each in scenarios if _has_bytes(connection, each)]
    gone = set(scenarios)
    left = "SELECT id FROM scenarios WHERE invocation = ?"
    whole = [each for each in invocations if gone.issuperset(row[0] for row in connection.execute(left, (each,)))]
    return whole, scenarios


def _has_bytes(connection: sqlite3.Connection, scenario: int) -> bool:
    statement = "SELECT 1 FROM bodies JOIN exchanges ON exchanges.id = bodies.exchange WHERE scenario = ? LIMIT 1"
    return connection.execute(statement, (scenario,)).fetchone() is not None


def _delete(
    connection: sqlite3.Connection, invocations: Sequence[int], scenarios: Sequence[int], *, bytes_only: bool
) -> None:
    words = has_words(connection)
    for start in range(0, len(scenarios), _AT_ONCE):
        with transaction(connection):
            for scenario in scenarios[start : start + _AT_ONCE]:
                if bytes_only:
                    delete_bodies(connection, scenario)
                else:
                    delete_scenario(connection, scenario, words=words)
    with transaction(connection):
        # One that a process has gone on to write into since stays.
        empty = "DELETE FROM invocations WHERE id = ? AND NOT EXISTS (SELECT 1 FROM scenarios WHERE invocation = ?)"
        connection.executemany(empty, [(each, each) for each in invocations])


def _give_back(connection: sqlite3.Connection) -> None:
    """Cut free pages off the file, a few at a time: VACUUM would keep every writer waiting until it is through."""
    while (free := connection.execute("PRAGMA freelist_count").fetchone()[0]) > 0:
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
        if connection.execute("PRAGMA freelist_count").fetchone()[0] >= free:
            break
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _size(connection: sqlite3.Connection) -> int:
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return pages * size
