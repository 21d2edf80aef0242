"""All runs of one invocation as rows, one transaction after the other. It belongs to the thread that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scenario.dialogue.events import RunFinished, RunStarted
from scenario.record.plain import json_text
from scenario.redaction import Secrets
from scenario.store.database import closed_on_failure, transaction, writable
from scenario.store.deleting import delete_scenario
from scenario.store.invocation import Invocation, git_state
from scenario.store.notes import BegunNote, Note, TriedAgain
from scenario.store.run_rows import RunRows, begun
from scenario.store.schema import has_words
from scenario.store.statements import execute


class Ledger:
    """An open store, and what this process has under way in it.

    Args:
        folder: the store's.
        invocation: what the runs belong to.
        secrets: are masked in whatever is written.
        keep_bytes: whether the bytes of responses are kept.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: the store cannot be made or written, or belongs to a newer version.
    """

    def __init__(
        self, folder: Path, invocation: Invocation, *, secrets: Secrets, keep_bytes: bool, clock: Callable[[], float]
    ) -> None:
        self.connection = writable(folder)
        self._invocation = invocation
        self._secrets = secrets
        self._keep_bytes = keep_bytes
        self._clock = clock
        with closed_on_failure(self.connection):
            self._words = has_words(self.connection)
        self._runs: dict[str, RunRows] = {}
        self._row: int | None = None

    @property
    def asking(self) -> bool:
        """Whether any participant's answer is awaited."""
        return any(run.asked for run in self._runs.values())

    def write(
        self, notes: Sequence[Note], partials: Mapping[tuple[str, int], str], odd: Callable[[Exception], None]
    ) -> None:
        """Write these notes in one transaction; without any, say that this process is alive.

        Args:
            notes: what happened, in order.
            partials: what has arrived of answers, by run and call.
            odd: is told of what could not be stored of one note; the others are.

        Raises:
            sqlite3.Error: the store cannot be written; nothing of all this was.
        """
        with transaction(self.connection):
            row = self._alive_row()
            change = next_change(self.connection)
            touched: dict[int, RunRows] = {}
            for note in notes:
                try:
                    run = self._write(note, row, change)
                except sqlite3.Error:
                    raise
                except Exception as error:  # noqa: BLE001 - what agents and tests said may be odd in any way
                    odd(error)
                else:
                    if run is not None:
                        touched[run.scenario] = run
            for (run_id, call), text in partials.items():
                if (run := self._runs.get(run_id)) is not None:
                    run.partial(call, text)
                    touched[run.scenario] = run
            for run in touched.values():
                run.count(change)

    def describe(self) -> None:
        """Add which code was tested, where nobody has yet: git takes its time, so this comes after the first rows."""
        row = self._row
        known = self.connection.execute("SELECT git_commit FROM invocations WHERE id = ?", (row,)).fetchone()
        if known is None or known[0] is not None or (state := git_state()) is None:
            return
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE invocations SET git_commit = ?, git_dirty = ? WHERE id = ?", (state.commit, state.dirty, row)
            )

    def close(self) -> None:
        """Say when the invocation ended, as far as this process knows, and close the file."""
        try:
            if self._row is not None:
                with transaction(self.connection):
                    cancel(self.connection, [run.scenario for run in self._runs.values()])
                    now = self._clock()
                    self.connection.execute(
                        "UPDATE invocations SET alive = ?, ended = ? WHERE id = ?", (now, now, self._row)
                    )
        finally:
            self.connection.close()

    def _write(self, note: Note, row: int, change: int) -> RunRows | None:
        event = note.event
        if isinstance(event, RunStarted):
            assert isinstance(note.payload, BegunNote)  # noqa: S101 - `noted` made it so
            scenario = begun(self.connection, row, event, note.payload, change, self._secrets)
            if scenario is not None:
                if note.payload.origin.repeat is not None:
                    self._replace_attempts(scenario)
                self._runs[event.run_id] = RunRows(
                    self.connection,
                    scenario,
                    secrets=self._secrets,
                    keep_bytes=self._keep_bytes,
                    words=self._words,
                )
            return self._runs.get(event.run_id)
        if isinstance(event, TriedAgain):
            retried = "UPDATE scenarios SET status = 'retried', changed = ? WHERE run_id = ? AND invocation = ?"
            execute(self.connection, retried, (change, event.run_id, row))
            return None
        # Of a run whose start was not seen, or which is stored already, nothing is taken.
        run = self._runs.get(event.run_id)
        if run is not None:
            run.write(event, note.payload)
            if isinstance(event, RunFinished):
                del self._runs[event.run_id]
        return run

    def _replace_attempts(self, scenario: int) -> None:
        """Delete what was given up of the same repetition in the same invocation: it is run again, from the start."""
        given_up = (
            "SELECT old.id FROM scenarios old JOIN scenarios new USING (key, invocation, repeat)"
            " WHERE new.id = ? AND old.id < new.id AND old.status = 'cancelled'"
        )
        for (old,) in self.connection.execute(given_up, (scenario,)).fetchall():
            delete_scenario(self.connection, old, words=self._words)

    def _alive_row(self) -> int:
        """The row of the invocation, which is alive; made where this is the first of it, or where it was pruned."""
        now, told = self._clock(), self._invocation
        if self._row is not None:
            alive = self.connection.execute("UPDATE invocations SET alive = ? WHERE id = ?", (now, self._row))
            if alive.rowcount:
                return self._row
        asked = None if told.asked is None else json_text(told.asked)
        execute(
            self.connection,
            "INSERT INTO invocations (uid, started, source, command, versions, seed, asked, alive)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE SET ended = NULL, alive = excluded.alive",
            (told.uid, told.started, told.source, told.command, json_text(told.versions), told.seed, asked, now),
        )
        row: int = self.connection.execute("SELECT id FROM invocations WHERE uid = ?", (told.uid,)).fetchone()[0]
        self._row = row
        return row


def next_change(connection: sqlite3.Connection) -> int:
    """The number of this transaction, by which readers find what it changed."""
    connection.execute("UPDATE changes SET value = value + 1")
    change: int = connection.execute("SELECT value FROM changes").fetchone()[0]
    return change


def cancel(connection: sqlite3.Connection, scenarios: Sequence[int]) -> None:
    """Say of runs that they will not end any more."""
    if scenarios:
        change = next_change(connection)
        connection.executemany(
            "UPDATE scenarios SET status = 'cancelled', error = 'its process ended before it did', changed = ?"
            " WHERE id = ? AND status = 'running'",
            [(change, scenario) for scenario in scenarios],
        )
