"""Deleting one stored run with all that belongs to it."""

from __future__ import annotations

import sqlite3

from scenario.store.schema import BELOW_SCENARIO


def delete_bodies(connection: sqlite3.Connection, scenario: int) -> None:
    """Delete the bytes of a run's responses; everything else stays."""
    connection.execute(
        "DELETE FROM bodies WHERE exchange IN (SELECT id FROM exchanges WHERE scenario = ?)", (scenario,)
    )


def delete_scenario(connection: sqlite3.Connection, scenario: int, *, words: bool) -> None:
    """Delete a run.

    Args:
        connection: within a transaction.
        scenario: the run's row.
        words: whether the file has an index of what was said.
    """
    delete_bodies(connection, scenario)
    if words:
        connection.execute(
            "INSERT INTO message_words (message_words, rowid, text)"
            " SELECT 'delete', id, text FROM messages WHERE scenario = ?",
            (scenario,),
        )
    for table in BELOW_SCENARIO:
        connection.execute(f"DELETE FROM {table} WHERE scenario = ?", (scenario,))  # noqa: S608 - our own names
    connection.execute("DELETE FROM scenarios WHERE id = ?", (scenario,))
