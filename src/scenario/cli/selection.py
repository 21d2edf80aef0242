"""Which scenarios of the files are run: by words, by tags, by what failed last, by what is left of a stopped run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from scenario.errors import ConfigurationError
from scenario.files.case import ScenarioCase
from scenario.files.node import nearest
from scenario.record.account_record import record_of
from scenario.record.run_record import RunRecord
from scenario.report.terminal.lines import counted
from scenario.store.accounts import stored_account
from scenario.store.claim import Claim, claimed, still_going_on
from scenario.store.invocation import Invocation
from scenario.store.origin import Origin
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow

SOURCE = "run"
_RECENT = 50


def origin_of(case: ScenarioCase, repeat: int | None = None) -> Origin:
    """Where a case comes from, as the store tells it apart."""
    return Origin(file=case.file, parameters=case.parameters, tags=case.tags, repeat=repeat)


def key_of(case: ScenarioCase) -> str:
    """Under which key the store finds a case, whatever its repetition."""
    return origin_of(case).key_of(case.name, case.block.set_id)


def chosen(cases: Sequence[ScenarioCase], words: Sequence[str], tags: Sequence[str]) -> list[ScenarioCase]:
    """The cases whose file and name have any of the words, and that have any of the tags.

    Args:
        cases: all there are.
        words: texts, whatever their case; all cases where there is none.
        tags: tags; with an exclamation mark before it, one that a case must not have.

    Raises:
        ConfigurationError: none is left.
    """
    wanted = {tag for tag in tags if not tag.startswith("!")}
    unwanted = {tag[1:] for tag in tags if tag.startswith("!")}
    left = [
        case
        for case in cases
        if (not words or any(word.casefold() in str(case).casefold() for word in words))
        and (not wanted or wanted & set(case.tags))
        and not unwanted & set(case.tags)
    ]
    if not left:
        known = sorted({tag for case in cases for tag in case.tags})
        missing = sorted(wanted - set(known))
        hint = f" There is no tag {missing[0]!r}. {nearest(missing[0], known)}" if missing else ""
        raise ConfigurationError(f"None of {counted(len(cases), 'scenario')} is chosen by -k and --tag.{hint}")
    return left


def failed_before(cases: Sequence[ScenarioCase], store: Path) -> list[ScenarioCase]:
    """The cases whose newest run failed.

    Raises:
        ConfigurationError: there is no store, or none of them failed.
    """
    with StoreReader(store) as reader:
        keys = {row.key for row in reader.last_failures()}
    return [case for case in cases if key_of(case) in keys]


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was stopped: what it belongs to, and what of it is done.

    Attributes:
        claim: keeps others from going on with it, too.
    """

    invocation: Invocation
    done: dict[tuple[str, int], RunRecord]
    claim: Claim


def unfinished(store: Path, cases: Sequence[ScenarioCase]) -> Unfinished | None:
    """The newest invocation of `scenario run` that has any of the cases, to be gone on with; None where there is none.

    One of other files, perhaps under way in another terminal, is none of theirs. One that was killed before anything
    was stored may have been theirs; going on with it runs all of them.

    Raises:
        ConfigurationError: it is still going on, or the store cannot be used.
    """
    if not database_path(store).is_file():
        return None
    keys = {key_of(case) for case in cases}
    with StoreReader(store) as reader:
        for row in reader.invocations(limit=_RECENT):
            stored = reader.keys(row.uid)
            if row.source != SOURCE or (stored and not keys & stored):
                continue
            if (claim := claimed(store, row.uid)) is not None:
                return _taken_up(reader, row, claim)
            if stored:
                raise still_going_on(store, row.uid)
    return None


def _taken_up(reader: StoreReader, row: InvocationRow, claim: Claim) -> Unfinished:
    invocation = Invocation(
        uid=row.uid,
        started=row.started,
        source=row.source,
        command=row.command,
        versions=row.versions,
        seed=row.seed,
    )
    done = {
        (one.key, one.repeat): record_of(stored_account(reader.scenario(one.run_id, with_bytes=False)))
        for one in reader.ended(row.uid)
    }
    return Unfinished(invocation=invocation, done=done, claim=claim)
