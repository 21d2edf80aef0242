"""Rows on their way into tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from scenario.record.plain import number, storable

Value: TypeAlias = str | bytes | int | float | None


def execute(connection: sqlite3.Connection, statement: str, values: Sequence[Value]) -> sqlite3.Cursor:
    """Execute a statement; values that SQLite cannot hold are brought into its range."""
    try:
        return connection.execute(statement, values)
    except (OverflowError, UnicodeEncodeError):
        return connection.execute(statement, [_held(value) for value in values])


def insert(connection: sqlite3.Connection, table: str, /, **columns: Value) -> int:
    """Insert a row and return its id."""
    return execute(connection, _insertion(table, tuple(columns)), tuple(columns.values())).lastrowid or 0


@lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names


def _held(value: Value) -> Value:
    if isinstance(value, str):
        return storable(value)
    return number(value) if isinstance(value, int | float) else value
