"""`scenario run --resume`: which run is gone on with, and that what is run is what that run was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from scenario.cli.selection import SOURCE, key_of
from scenario.errors import ConfigurationError
from scenario.files.case import ScenarioCase
from scenario.record.account_record import record_of
from scenario.record.run_record import RunRecord
from scenario.store.accounts import stored_account
from scenario.store.asked import Asked
from scenario.store.claim import Claim, claimed, still_going_on
from scenario.store.invocation import Invocation
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow

_RECENT: Final = 50
_ID: Final = 8
# What decides which scenarios are run and how often, or what they mean; `--jobs`, limits and reports may differ.
_SELECTING: Final = {
    "words": "-k",
    "tags": "--tag",
    "failed": "--failed",
    "repeat": "--repeat",
    "models": "--model",
}


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was stopped: what it belongs to, and what of it is done.

    Attributes:
        invocation: with what it was asked for, where that was kept.
        claim: keeps others from going on with it, too.
    """

    invocation: Invocation
    done: dict[tuple[str, int], RunRecord]
    claim: Claim


def paths_before(store: Path) -> list[Path]:
    """The files and folders of the newest `scenario run` that is over; none where nobody knows."""
    if not database_path(store).is_file():
        return []
    with StoreReader(store) as reader:
        for row in _runs(reader):
            if (claim := claimed(store, row.uid)) is not None:
                claim.release()
                asked = reader.asked(row.uid)
                return [Path(path).expanduser() for path in asked.paths] if asked is not None else []
    return []


def unfinished(store: Path, cases: Sequence[ScenarioCase]) -> Unfinished | None:
    """The newest invocation of `scenario run` that has any of the cases, to be gone on with; None where there is none.

    One of other files, perhaps under way in another terminal, is none of theirs. One that was killed before anything
    was stored may have been theirs where it did not keep what it was asked for; going on with it runs all of them.

    Raises:
        ConfigurationError: it is still going on, or the store cannot be used.
    """
    if not database_path(store).is_file():
        return None
    keys = {key_of(case) for case in cases}
    with StoreReader(store) as reader:
        for row in _runs(reader):
            asked = reader.asked(row.uid)
            its = reader.keys(row.uid) if asked is None else set(asked.keys)
            if its and not keys & its:
                continue
            if (claim := claimed(store, row.uid)) is not None:
                return _taken_up(reader, row, asked, claim)
            if its:
                raise still_going_on(store, row.uid)
    return None


def _runs(reader: StoreReader) -> Iterator[InvocationRow]:
    return (row for row in reader.invocations(limit=_RECENT) if row.source == SOURCE)


def _taken_up(reader: StoreReader, row: InvocationRow, asked: Asked | None, claim: Claim) -> Unfinished:
    invocation = Invocation(
        uid=row.uid,
        started=row.started,
        source=row.source,
        command=row.command,
        versions=row.versions,
        seed=row.seed,
        asked=asked,
    )
    done = {
        (one.key, one.repeat): record_of(stored_account(reader.scenario(one.run_id, with_bytes=False)))
        for one in reader.ended(row.uid)
    }
    return Unfinished(invocation=invocation, done=done, claim=claim)


def as_before(invocation: Invocation, asked: Asked, now: Asked, named: Collection[str], seed: int | None) -> Asked:
    """What a run is gone on with: what it was asked for. Options that say otherwise now are refused.

    Args:
        invocation: the run.
        asked: what it was asked for.
        now: what this command line asks for, as it would be kept.
        named: the options that it names, by the names of their parameters; what is not named is as it was.
        seed: its seed; None where it names none.

    Raises:
        ConfigurationError: an option says otherwise, or one that protects is missing.
    """
    run = f"--resume goes on with the run {invocation.uid[:_ID]}"
    otherwise = [name for name in _SELECTING if name in named and not _same(getattr(asked, name), getattr(now, name))]
    if otherwise or (seed is not None and seed != invocation.seed):
        here = [_written(name, getattr(now, name)) for name in otherwise]
        here += [f"--seed {seed}"] if seed is not None and seed != invocation.seed else []
        raise ConfigurationError(
            f"{run}, which was asked for {_all_written(asked, invocation.seed)}, not for {' '.join(here)}. Leave that "
            "out, and it is gone on with as it was asked for; or leave out --resume, and a new run begins."
        )
    if asked.untrusted and not now.untrusted:
        raise ConfigurationError(f"{run}, which was asked for with --untrusted: give that again.")
    return msgspec.structs.replace(asked, retry_invalid=now.retry_invalid) if "retry_invalid" in named else asked


def _same(before: object, now: object) -> bool:
    return sorted(before) == sorted(now) if isinstance(before, tuple) and isinstance(now, tuple) else before == now


def _all_written(asked: Asked, seed: int | None) -> str:
    usual = Asked()
    told = [_written(n, getattr(asked, n)) for n in _SELECTING if getattr(asked, n) != getattr(usual, n)]
    told += [] if seed is None else [f"--seed {seed}"]
    return " ".join(told) or "all scenarios of its files, once, as their files say"


def _written(name: str, value: object) -> str:
    option = _SELECTING[name]
    if isinstance(value, tuple):
        return " ".join(f"{option} {one}" for one in value)
    return option if value is True else f"{option} {value}"


def still_there(asked: Asked, cases: Sequence[ScenarioCase]) -> tuple[list[ScenarioCase], int]:
    """Of the cases those that were asked for, and how many that were asked for are none of them."""
    keys = set(asked.keys)
    found = [case for case in cases if key_of(case) in keys]
    return found, len(keys - {key_of(case) for case in found})
