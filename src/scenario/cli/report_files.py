"""The files that `scenario run` writes at its end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scenario.atomic_file import write_atomically
from scenario.cli.exit_codes import UNDECIDED, code_of_error, first_of
from scenario.cli.suite_run import Played
from scenario.errors import ConfigurationError
from scenario.record.findings import findings_of
from scenario.record.not_run import NotRun
from scenario.record.run_record import RunRecord
from scenario.store.accounts import stored_accounts
from scenario.store.invocation import Invocation
from scenario.store.reader import StoreReader


class ReportFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where reports are written; None for none."""

    junit: Path | None = None
    json: Path | None = None
    html: Path | None = None

    def check(self) -> None:
        """Refuse what cannot be written before anything is run; folders that are missing are made.

        Raises:
            ConfigurationError: a path is that of a folder, or its folder cannot be written.
        """
        for path in (self.junit, self.json, self.html):
            if path is not None and path.is_dir():
                raise ConfigurationError(f"{path} is a folder. Name a file for the report.")
            if path is not None:
                _make_writable(path.parent)


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise ConfigurationError(f"The folder {folder} cannot be written. Name another file for the report.")


def write_reports(
    files: ReportFiles,
    played: Played,
    records: Sequence[RunRecord],
    not_run: Sequence[NotRun],
    invocation: Invocation,
    code: int,
    seconds: float,
    store: Path | None,
) -> tuple[int, dict[str, ConfigurationError]]:
    """Write the reports that were asked for, each whole or not at all; one that cannot be is no reason to lose others.

    Args:
        files: which, and where.
        played: what was run.
        records: of everything that was begun, what was done by the run which is gone on with included.
        not_run: what was left out.
        invocation: what the runs belong to.
        code: what the process ends with where every report is written.
        seconds: how long it took.
        store: the folder of the store; None where nothing is stored.

    Returns:
        What the process ends with, and of the reports that could not be written, why.
    """
    started = datetime.fromtimestamp(invocation.started, UTC).isoformat(timespec="seconds")

    def write_junit(path: Path) -> None:
        from scenario.report.files.junit import junit_parts  # each format is loaded where it is asked for

        write_atomically(path, junit_parts(records, not_run, started=started))

    def write_json(path: Path) -> None:
        from scenario.report.files.json_report import json_parts

        content = json_parts(
            records,
            not_run,
            invocation=invocation.uid if store is not None else "",
            exit_code=_code_with(code, failures.values()),
            seed=invocation.seed,
            started=started,
            seconds=round(seconds, 3),
        )
        write_atomically(path, content)

    def write_html(path: Path) -> None:
        _write_html(path, played, records, not_run, invocation, store)

    failures: dict[str, ConfigurationError] = {}
    # That in JSON comes last: it says what the process ends with.
    for name, write in (("html", write_html), ("junit", write_junit), ("json", write_json)):
        path: Path | None = getattr(files, name)
        try:
            if path is not None:
                write(path)
        except ConfigurationError as error:
            failures[name] = error
    return _code_with(code, failures.values()), failures


def _code_with(code: int, failures: Iterable[ConfigurationError]) -> int:
    """What was found of the agent is not hidden behind a full disk; a signal says more than either."""
    return code if code > UNDECIDED else first_of([code, *map(code_of_error, failures)])


def _write_html(
    path: Path,
    played: Played,
    records: Sequence[RunRecord],
    not_run: Sequence[NotRun],
    invocation: Invocation,
    store: Path | None,
) -> None:
    """Of everything that was begun; from the store, where there is one, so that what was done before is in it."""
    from scenario.report.files.html import write_html  # only this report needs the front end

    stopped = played.result.stopped
    if store is None:
        write_html(played.accounts, path, not_run=not_run, stopped=stopped)
        return
    told = {record.run_id for record in records}
    with StoreReader(store) as reader:
        told |= {one.run_id for one in reader.ended(invocation.uid)}
        stored = reader.scenarios(invocation=invocation.uid, limit=-1)[::-1]
        rows = [row for row in stored if row.run_id in told or row.status == "retried"]
        write_html(stored_accounts(reader, rows, lint=findings_of), path, not_run=not_run, stopped=stopped)
