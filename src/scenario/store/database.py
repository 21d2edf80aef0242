"""The SQLite file: opened, made and brought up to date."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError
from scenario.store.place import database_path, make_folder
from scenario.store.privacy import check_folder, make_file
from scenario.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

BUSY_SECONDS: Final = 10.0
_LOOK_AGAIN: Final = 0.02
# A write-ahead log that grew while a reader held it back is cut to this at the next checkpoint.
_LOG_BYTES: Final = 16 << 20


def writable(folder: Path) -> sqlite3.Connection:
    """The store in that folder, made where there is none and brought up to date.

    The connection may be used by one thread at a time, and begins its transactions by hand.

    Raises:
        ConfigurationError: it cannot be made or written, is no store, or belongs to a newer version.
    """
    path = database_path(folder)
    try:
        make_folder(folder)
        make_file(path)
        return _opened(path, f"file:{_escaped(path)}")
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error


def readable(folder: Path) -> sqlite3.Connection:
    """The store in that folder, for reading; an older one is brought up to date first.

    Raises:
        ConfigurationError: there is none, it cannot be read, is no store, or belongs to a newer version.
    """
    path = database_path(folder)
    if not path.is_file():
        raise ConfigurationError(
            f"There is no store at {path}. Record runs into it with `scenario run` or `pytest --scenario-store`, "
            "or name its folder with --store or SCENARIO_STORE."
        )
    try:
        check_folder(folder)
        connection = _opened_for_reading(path)
        with closed_on_failure(connection):
            connection.execute("PRAGMA query_only = ON")
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error
    return connection


@contextmanager
def closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Within the block, whatever is raised closes the connection first."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Within the block this connection is the only writer; what was written counts as a whole or not at all.

    Raises:
        sqlite3.OperationalError: another writer kept it for longer than `BUSY_SECONDS`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself where the disk is full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _escaped(path: Path) -> str:
    return path.absolute().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _connection(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )


def _opened_for_reading(path: Path) -> sqlite3.Connection:
    try:
        return _opened(path, f"file:{_escaped(path)}?mode=rw")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
    # On a disk that cannot be written nobody else writes either, so that no lock is needed.
    connection = _connection(f"file:{_escaped(path)}?mode=ro&immutable=1")
    with closed_on_failure(connection):
        _checked_version(connection, path)
    return connection


def _opened(path: Path, uri: str) -> sqlite3.Connection:
    connection = _connection(uri)
    with closed_on_failure(connection):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # so that pruning gives space back bit by bit
        _into_wal(connection)
        # A killed process loses nothing that was committed; a power cut may lose the last moments, never the rest.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        if _checked_version(connection, path) < VERSION:
            _migrate(connection, path)
    return connection


def _into_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging; file systems that cannot do it keep SQLite's older way, which is only slower.

    SQLite does not wait for other connections here as it does elsewhere, so the waiting is ours.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LOOK_AGAIN)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        # Others may have done it while we waited for the lock.
        for version in range(_checked_version(connection, path), VERSION):
            MIGRATIONS[version](connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    # In this order: whoever makes the store at this moment writes its tables and its mark as one.
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID and not empty:
        raise ConfigurationError(f"{path} is another program's database. Name another folder with SCENARIO_STORE.")
    if version > VERSION:
        raise ConfigurationError(
            f"{path} was written by a newer Scenario (schema {version}; this one knows {VERSION}). "
            "Upgrade scenario-testing, or name another folder with SCENARIO_STORE."
        )
    return version


@contextmanager
def read_or_told(folder: Path) -> Iterator[None]:
    """Within the block, what the disk or the file's own content makes impossible is told as that.

    Raises:
        ConfigurationError: it was.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        # What SQLite holds against a statement of ours is a fault of ours.
        if not _is_damage(error) and not isinstance(error, sqlite3.OperationalError):
            raise
        raise unusable(database_path(folder), error) from error


def _is_damage(error: Exception) -> bool:
    """Whether the file itself is broken: SQLite has a class of its own for every other reason."""
    return type(error) is sqlite3.DatabaseError


def unusable(path: Path, error: Exception) -> ConfigurationError:
    """The error for a store that the disk or its own content makes unusable."""
    remedy = "Name another folder with --store or SCENARIO_STORE."
    if _is_damage(error):
        remedy = f"The file is damaged: move it away, and the next run makes a new one. {remedy}"
    return ConfigurationError(f"The store {path} cannot be used: {error}. {remedy}")
