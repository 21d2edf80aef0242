"""Going on with an invocation that was killed or stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from scenario.errors import ConfigurationError
from scenario.record.plain import json_text
from scenario.redaction import Secrets, environment_secrets
from scenario.store.database import read_or_told, transaction, writable
from scenario.store.invocation import Invocation
from scenario.store.ledger import cancel
from scenario.store.place import database_path, store_folder
from scenario.store.reader import StoreReader
from scenario.store.records import EndedScenario, InvocationRow, LeftOut


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to go on from.

    Attributes:
        invocation: the same one, for the `StoreWriter` that goes on with it.
        ended: its scenarios that need not be run again.
    """

    invocation: Invocation
    ended: list[EndedScenario]


def resumed(folder: str | Path | None = None, reference: str | None = None, *, source: str = "run") -> Resumed:
    """Take up an invocation: runs of it that never ended are marked as cancelled, and will be run again.

    Args:
        folder: the store's; as `store_folder` finds it by default.
        reference: the beginning of the invocation's id; the newest one of that source by default.
        source: who runs: "run", "pytest", ...

    Raises:
        ConfigurationError: there is no store, or no such invocation.
    """
    with StoreReader(folder) as reader:
        row = _chosen(reader, reference, source)
    give_up(folder, row.uid)
    with StoreReader(folder) as reader:
        ended, asked = reader.ended(row.uid), reader.asked(row.uid)
    invocation = Invocation(
        uid=row.uid,
        started=row.started,
        source=row.source,
        command=row.command,
        versions=row.versions,
        seed=row.seed,
        asked=asked,
    )
    return Resumed(invocation=invocation, ended=ended)


def give_up(folder: str | Path | None, invocation: str) -> None:
    """Mark the runs of an invocation that never ended as cancelled: their process is gone, others take their place.

    Raises:
        ConfigurationError: the store cannot be written.
    """
    place = store_folder(folder)
    with closing(writable(place)) as connection, read_or_told(place), transaction(connection):
        running = (
            "SELECT id FROM scenarios WHERE status = 'running'"
            " AND invocation = (SELECT id FROM invocations WHERE uid = ?)"
        )
        cancel(connection, [found[0] for found in connection.execute(running, (invocation,))])


def keep_left_out(
    folder: str | Path | None, invocation: str, left: Sequence[LeftOut], *, secrets: Secrets | None = None
) -> None:
    """Store what an invocation was to run and has not, so that a report from the store does not pass for the whole.

    Args:
        folder: the store's.
        invocation: its uid.
        left: what was not run; none clears what was left out before.
        secrets: values to be masked; those of the environment's secret names by default.

    Raises:
        ConfigurationError: the store cannot be written.
    """
    place = store_folder(folder)
    mask = (environment_secrets(os.environ) if secrets is None else secrets).in_text
    masked = [LeftOut(name=mask(one.name), file=mask(one.file), reason=mask(one.reason)) for one in left]
    with closing(writable(place)) as connection, read_or_told(place), transaction(connection):
        text = json_text(msgspec.to_builtins(masked))
        connection.execute("UPDATE invocations SET left_out = ? WHERE uid = ?", (text, invocation))


def _chosen(reader: StoreReader, reference: str | None, source: str) -> InvocationRow:
    if reference is not None:
        found = reader.find(reference)
        if isinstance(found, InvocationRow):
            return found
        raise ConfigurationError(f"{reference!r} is a scenario, not an invocation. `scenario list` shows them.")
    before: int | None = None
    while page := reader.invocations(before=before):
        for row in page:
            if row.source == source:
                return row
        before = page[-1].number
    raise ConfigurationError(f"{database_path(reader.folder)} holds no invocation that could be resumed.")
