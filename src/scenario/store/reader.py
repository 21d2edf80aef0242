"""Reading a store: lists page by page, one run in full, search, what changed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.store.asked import Asked
from scenario.store.conversation import scenario_record, stored_messages
from scenario.store.database import read_or_told, readable
from scenario.store.last_verdicts import last_verdicts
from scenario.store.place import database_path, store_folder
from scenario.store.records import (
    Changes,
    CriterionCounts,
    EndedScenario,
    FoundMessage,
    InvocationRow,
    LeftOut,
    ScenarioRecord,
    ScenarioRow,
    ScenarioStatus,
    StoredMessage,
)
from scenario.store.search import like, matching_messages, matching_runs
from scenario.types import CriterionStatus

# A writer says at least every five seconds that it is alive.
_SILENCE: Final = 20.0
LAST: Final = "last"

# As a list of SQL: what ended by itself, with a verdict or an error.
_ENDED: Final = "'passed', 'failed', 'undecided', 'invalid'"
_TOP: Final = 2**63 - 1
_INVOCATION_FIELDS: Final = (
    *("number", "uid", "started", "ended", "source", "command", "git_commit", "git_dirty", "versions", "seed"),
    "left_out",
)
_INVOCATION: Final = f"id, {', '.join(_INVOCATION_FIELDS[1:])}, alive"
_SCENARIO_FIELDS: Final = (
    *("number", "run_id", "invocation", "key", "repeat", "name", "set_id", "file", "test", "status", "started"),
    *("seconds", "turns", "messages", "tokens", "cost", "ttft", "fault", "error", "tries", "tried_for"),
)
_SCENARIO: Final = ", ".join(
    {"number": "s.id", "invocation": "i.uid"}.get(field, f"s.{field}") for field in _SCENARIO_FIELDS
)
_SCENARIOS: Final = f"SELECT {_SCENARIO}, i.alive, s.changed FROM scenarios s JOIN invocations i ON i.id = s.invocation"  # noqa: S608


class StoreReader:
    """A store, open for reading. Others may write meanwhile. One thread may use it at a time.

    Args:
        folder: the store's; as `store_folder` finds it by default.
        clock: seconds since 1970; tells runs that go on from those whose process is gone.

    Raises:
        ConfigurationError: there is no store, or it cannot be read.
    """

    def __init__(self, folder: str | Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = store_folder(folder)
        self._clock = clock
        self._connection = readable(self.folder)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> StoreReader:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            with read_or_told(self.folder):
                raise error

    # --- lists ---

    def invocations(self, *, limit: int = 20, before: int | None = None) -> list[InvocationRow]:
        """Invocations, the newest first.

        Args:
            limit: how many at most.
            before: the `number` of the last one that is known already.
        """
        statement = f"SELECT {_INVOCATION} FROM invocations WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        rows = self._connection.execute(statement, (_top(before), limit)).fetchall()
        return [self._invocation(row) for row in rows]

    def scenarios(
        self,
        *,
        invocation: str | None = None,
        status: Sequence[ScenarioStatus] = (),
        text: str = "",
        key: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> list[ScenarioRow]:
        """Scenarios, the newest first.

        Args:
            invocation: the uid of the invocation they belong to.
            status: those of these statuses; of any where none is given.
            text: what their name, set, file or test holds, whatever the case of ASCII letters.
            key: that of one scenario, to follow it through invocations.
            limit: how many at most.
            before: the `number` of the last one that is known already.
        """
        where, values = self._conditions(invocation, status, text, key, before)
        return list(self._scenarios(where, values, "s.id DESC", limit))

    def count(
        self, *, invocation: str | None = None, status: Sequence[ScenarioStatus] = (), text: str = ""
    ) -> tuple[int, int]:
        """How many invocations there are, and how many scenarios as `scenarios` would give without a limit."""
        where, values = self._conditions(invocation, status, text, None, None)
        joined = "scenarios s" if not status else "scenarios s JOIN invocations i ON i.id = s.invocation"
        statement = f"SELECT (SELECT count(*) FROM invocations), (SELECT count(*) FROM {joined} WHERE {where})"  # noqa: S608
        invocations, scenarios = self._connection.execute(statement, values).fetchone()
        return invocations, scenarios

    def _conditions(
        self, invocation: str | None, status: Sequence[ScenarioStatus], text: str, key: str | None, before: int | None
    ) -> tuple[str, list[str | float]]:
        conditions, values = ["s.id < ?"], list[str | float]([_top(before)])
        if invocation is not None:
            conditions.append("s.invocation = (SELECT id FROM invocations WHERE uid = ?)")
            values.append(invocation)
        if key is not None:
            conditions.append("s.key = ?")
            values.append(key)
        if status:
            condition, more = self._status_condition(status)
            conditions.append(condition)
            values += more
        if text:
            columns = ("s.name", "ifnull(s.set_id, '')", "s.file", "s.test")
            conditions.append("(" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns) + ")")
            values += [f"%{like(text)}%"] * len(columns)
        return " AND ".join(conditions), values

    def find(self, reference: str) -> InvocationRow | ScenarioRow:
        """The invocation or scenario whose id begins so; "last" is the newest invocation.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        if reference == LAST and (newest := self.invocations(limit=1)):
            return newest[0]
        pattern, found = f"{like(reference)}%", list[InvocationRow | ScenarioRow]()
        if reference and reference != LAST:
            statement = f"SELECT {_INVOCATION} FROM invocations WHERE uid LIKE ? ESCAPE '\\' LIMIT 3"  # noqa: S608
            rows = self._connection.execute(statement, (pattern,)).fetchall()
            found += [self._invocation(row) for row in rows]
            found += self._scenarios("s.run_id LIKE ? ESCAPE '\\'", [pattern], "s.id DESC", 3)
        whole = [one for one in found if _id_of(one) == reference]
        if len(found) == 1 or len(whole) == 1:
            return (whole or found)[0]
        several = ", ".join(map(_id_of, found))
        raise ConfigurationError(
            f"{reference!r} begins several ids: {several}. Give more of it."
            if found
            else f"No run in {database_path(self.folder)} has an id that begins with {reference!r}. "
            "`scenario list` shows them."
        )

    # --- one run ---

    def scenario(self, run_id: str, *, with_bytes: bool = True) -> ScenarioRecord:
        """All that is stored of a run.

        Args:
            run_id: its whole id.
            with_bytes: whether the bytes of responses are read; without them exchanges have neither chunks' data nor
                what events say (their data; of events that are made from the bytes, their names and ids as well).

        Raises:
            ConfigurationError: there is none.
        """
        with self._snapshot():
            for row in self._scenarios("s.run_id = ?", [run_id], "s.id", 1):
                return scenario_record(self._connection, row, with_bytes=with_bytes)
        raise ConfigurationError(f"No run in {database_path(self.folder)} has the id {run_id!r}.")

    def messages(self, run_id: str, *, after: int = 0) -> list[StoredMessage]:
        """The messages of a run, also those taken back; with `after`, those stored after the one of that number."""
        row = self._connection.execute("SELECT id FROM scenarios WHERE run_id = ?", (run_id,)).fetchone()
        return list(stored_messages(self._connection, row[0], after)) if row else []

    def search(self, query: str, *, limit: int = 50, before: int | None = None) -> list[FoundMessage]:
        """The messages that hold every word and every "phrase" of the query, the newest first.

        Args:
            query: words, and phrases in double quotes; nothing else in it has a meaning.
            limit: how many at most.
            before: the `number` of the last one that is known already.
        """
        numbers = matching_messages(self._connection, query, before=before, limit=limit)
        return [message for number, _ in numbers for message in self._found(number)]

    def search_runs(
        self, query: str, *, among: Container[int] | None = None, limit: int = 50, before: int | None = None
    ) -> tuple[list[FoundMessage], int | None]:
        """As `search`, of each run the newest message alone, and the `before` to go on with; None at the end.

        Args:
            query: as for `search`.
            among: the numbers of the runs that count; all by default.
            limit: how many at most.
            before: where to go on from.
        """
        numbers, left = matching_runs(self._connection, query, among=among, before=before, limit=limit)
        return [message for number in numbers for message in self._found(number)], left

    # --- what to do next ---

    def keys(self, invocation: str) -> set[str]:
        """The keys of all scenarios of an invocation, ended or not."""
        statement = "SELECT key FROM scenarios WHERE invocation = (SELECT id FROM invocations WHERE uid = ?)"
        return {key for (key,) in self._connection.execute(statement, (invocation,))}

    def asked(self, invocation: str) -> Asked | None:
        """What an invocation was asked to run; None where nobody has kept that."""
        row = self._connection.execute("SELECT asked FROM invocations WHERE uid = ?", (invocation,)).fetchone()
        return None if row is None or row[0] is None else msgspec.json.decode(row[0], type=Asked)

    def ended(self, invocation: str) -> list[EndedScenario]:
        """The scenarios of an invocation that ended with a verdict or an error, each key and repetition once.

        What is missing, or was cancelled or killed, is not among them: that is what is left to run.
        """
        statement = (
            "SELECT key, repeat, status, run_id FROM scenarios WHERE id IN (SELECT max(id) FROM scenarios"  # noqa: S608
            " WHERE invocation = (SELECT id FROM invocations WHERE uid = ?)"
            f" AND status IN ({_ENDED}) GROUP BY key, repeat) ORDER BY id"
        )
        rows = self._connection.execute(statement, (invocation,))
        return [EndedScenario(key=key, repeat=repeat, status=status, run_id=run) for key, repeat, status, run in rows]

    def last_failures(self) -> list[ScenarioRow]:
        """Of every scenario that ever ended: its newest run, where that did not pass. The newest first."""
        newest = (
            f"s.status IN ({_ENDED}) AND s.status != 'passed' AND s.id = (SELECT max(id) FROM scenarios o"  # noqa: S608
            f" WHERE o.key = s.key AND o.status IN ({_ENDED}))"
        )
        return list(self._scenarios(newest, [], "s.id DESC", -1))

    def criteria(self, invocation: str) -> list[CriterionCounts]:
        """How often each criterion of an invocation was judged, and how, in the order in which they first were."""
        last = last_verdicts("s.invocation = (SELECT id FROM invocations WHERE uid = ?) AND s.status != 'retried'")
        statement = f"SELECT criterion, status, count(*) FROM ({last}) GROUP BY 1, 2 ORDER BY min(id)"  # noqa: S608
        counts: dict[str, dict[CriterionStatus, int]] = {}
        for criterion, status, count in self._connection.execute(statement, (invocation,)):
            counts.setdefault(criterion, {})[status] = count
        return [CriterionCounts(criterion=criterion, counts=each) for criterion, each in counts.items()]

    def changes(self, after: int = 0, *, limit: int = 200) -> Changes:
        """What is new or has changed since a cursor; 0 begins at the beginning. Nothing is left out or told twice."""
        # Rows of one transaction have one number, so a page ends where a number does, a little beyond `limit`.
        end = "SELECT changed FROM scenarios WHERE changed > ? ORDER BY changed LIMIT 1 OFFSET ?"
        where = f"s.changed > ? AND s.changed <= ifnull(({end}), {_TOP})"
        rows = list(self._rows(where, [after, after, limit - 1], "s.changed, s.id", -1))
        cursor = rows[-1][-1] if rows else after
        return Changes(cursor=cursor, scenarios=[self._scenario(row) for row in rows])

    # --- rows ---

    def _found(self, number: int) -> Iterator[FoundMessage]:
        statement = "SELECT scenario, position, role, text FROM messages WHERE id = ?"
        told = self._connection.execute(statement, (number,)).fetchone()
        for row in self._scenarios("s.id = ?", [told[0]], "s.id", 1) if told else ():
            yield FoundMessage(number=number, scenario=row, index=told[1], role=told[2], text=told[3])

    def _scenarios(self, where: str, values: Sequence[str | float], order: str, limit: int) -> Iterator[ScenarioRow]:
        return map(self._scenario, self._rows(where, values, order, limit))

    def _rows(self, where: str, values: Sequence[str | float], order: str, limit: int) -> Iterator[tuple[Any, ...]]:
        statement = f"{_SCENARIOS} WHERE {where} ORDER BY {order} LIMIT ?"
        return self._connection.execute(statement, (*values, limit))

    def _scenario(self, row: tuple[Any, ...]) -> ScenarioRow:
        *values, alive, _changed = row
        told = dict(zip(_SCENARIO_FIELDS, values, strict=True))
        told["tried_for"] = tuple(filter(None, told["tried_for"].split(",")))
        if told["status"] == "running" and not self._is_alive(alive):
            told["status"] = "interrupted"
        return ScenarioRow(**told)

    def _invocation(self, row: tuple[Any, ...]) -> InvocationRow:
        *values, alive = row
        told = dict(zip(_INVOCATION_FIELDS, values, strict=True))
        told["versions"] = msgspec.json.decode(told["versions"])
        told["left_out"] = msgspec.json.decode(told["left_out"], type=list[LeftOut])
        told["git_dirty"] = None if told["git_dirty"] is None else bool(told["git_dirty"])
        counted = "SELECT status, count(*) FROM scenarios WHERE invocation = ? GROUP BY status"
        counts = dict(self._connection.execute(counted, (told["number"],)).fetchall())
        if "running" in counts and not self._is_alive(alive):
            counts["interrupted"] = counts.pop("running")
        return InvocationRow(**told, counts=counts)

    def _is_alive(self, alive: float | None) -> bool:
        return alive is not None and self._clock() - alive < _SILENCE

    def _status_condition(self, status: Sequence[ScenarioStatus]) -> tuple[str, list[str | float]]:
        stored = [each for each in status if each not in {"running", "interrupted"}]
        conditions, values = list[str](), list[str | float](stored)
        if stored:
            conditions.append(f"s.status IN ({', '.join('?' * len(stored))})")
        for each, comparison in (("running", ">="), ("interrupted", "<")):
            if each in status:
                conditions.append(f"(s.status = 'running' AND ifnull(i.alive, 0) {comparison} ?)")
                values.append(self._clock() - _SILENCE)
        return f"({' OR '.join(conditions)})", values

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Within the block, all is read as it was at its beginning, whatever others write."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")


def _id_of(row: InvocationRow | ScenarioRow) -> str:
    return row.uid if isinstance(row, InvocationRow) else row.run_id


def _top(before: int | None) -> int:
    return _TOP if before is None else before
