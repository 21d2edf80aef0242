"""What the page asks of a store, answered in the page's own values. Blocking: it belongs to one thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import key_of
from scenario.errors import ConfigurationError
from scenario.record.account import CriterionCount, Overview, RowAccount, RunAccount
from scenario.record.findings import findings_of
from scenario.record.needed import needed
from scenario.record.overview import percentiles
from scenario.report.compare import Comparison, compared_invocations
from scenario.report.files.bounds import bounded_account
from scenario.store.accounts import row_account, stored_account
from scenario.store.figures import FiguresReader
from scenario.store.labelled import LABELS, Labelled, about, criteria_to_label
from scenario.store.reader import StoreReader
from scenario.store.records import STATUSES, ScenarioRow, ScenarioStatus, unknown_status

_MOST_ROWS: Final = 500
_CHANGES: Final = 200
_SNIPPET: Final = 240


class RowPage(msgspec.Struct, kw_only=True):
    """Some rows, and where to go on; None at the end."""

    rows: list[dict[str, Any]]
    next: int | None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs are asked for.

    Attributes:
        search: words of their conversations.
        criterion: one that they do not meet.
        before: the number of the last row that is known.
    """

    invocation: str | None = None
    status: tuple[ScenarioStatus, ...] = ()
    text: str = ""
    search: str = ""
    criterion: str = ""
    key: str | None = None
    limit: int = 200
    before: int | None = None


class Desk:
    """A store, open for a page.

    Args:
        folder: the store's.

    Raises:
        ConfigurationError: there is no store, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        with ExitStack() as opened:
            self._reader = opened.enter_context(StoreReader(folder))
            self._figures = opened.enter_context(FiguresReader(folder))
            self._opened = opened.pop_all()
        self._label_file = LabelFile(folder / LABELS)

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def invocations(self, before: int | None = None) -> RowPage:
        """Some invocations, the newest first."""
        rows = self._reader.invocations(limit=50, before=before)
        return RowPage(
            rows=[msgspec.to_builtins(row) for row in rows], next=rows[-1].number if len(rows) == 50 else None
        )

    def scenarios(self, query: Query) -> RowPage:
        """Some runs, the newest first."""
        limit = max(1, min(query.limit, _MOST_ROWS))
        failing = self._figures.not_meeting(query.criterion, query.invocation) if query.criterion else None
        if query.search:
            return self._searched(query, limit, failing)
        rows: list[ScenarioRow] = []
        before = query.before
        while len(rows) < limit:
            page = self._reader.scenarios(
                invocation=query.invocation,
                status=query.status,
                text=query.text,
                key=query.key,
                limit=limit,
                before=before,
            )
            rows += [row for row in page if failing is None or row.number in failing]
            if len(page) < limit:
                return RowPage(rows=self._told(rows), next=None)
            before = page[-1].number
        return RowPage(rows=self._told(rows), next=before)

    def _searched(self, query: Query, limit: int, failing: set[int] | None) -> RowPage:
        """The runs in whose conversations the words are; `next` goes on from the last message that was looked at."""
        among = failing
        if query.status or query.text or query.invocation is not None:
            filtered = self._reader.scenarios(
                invocation=query.invocation, status=query.status, text=query.text, limit=-1
            )
            among = {row.number for row in filtered if failing is None or row.number in failing}
        found, before = self._reader.search_runs(query.search, among=among, limit=limit, before=query.before)
        rows = self._told([message.scenario for message in found])
        for told, message in zip(rows, found, strict=True):
            told["snippet"] = _around(message.text, query.search)
        return RowPage(rows=rows, next=before)

    def _told(self, rows: Sequence[ScenarioRow]) -> list[dict[str, Any]]:
        return [msgspec.to_builtins(row) for row in self.row_accounts(rows)]

    def row_accounts(self, rows: Sequence[ScenarioRow]) -> list[RowAccount]:
        """The runs as lists show them, with their criteria."""
        criteria = self._figures.criteria_of([row.number for row in rows])
        accounts = []
        for row in rows:
            account = row_account(row)
            if row.number in criteria:
                account.met, account.unmet, needs = criteria[row.number]
                account.needs = needed(needs)
            accounts.append(account)
        return accounts

    def account(self, run_id: str) -> RunAccount:
        """A whole run, as far as a page can bear.

        Raises:
            ConfigurationError: there is none.
        """
        return bounded_account(stored_account(self._reader.scenario(run_id), lint=findings_of))

    def labels(self, run_id: str) -> list[dict[str, Any]]:
        """What people said of a run's criteria; `met` is None where nobody said anything.

        Raises:
            ConfigurationError: there is no such run, or the file of labels cannot be read.
        """
        known = self._label_file.labels()
        found = [(one, known.get(key_of(one.messages, one.criterion))) for one in self._to_label(run_id)]
        return [{"criterion": one.criterion, "met": None if label is None else label.met} for one, label in found]

    def label(self, run_id: str, criterion: str, met: bool | None, *, at: str) -> None:
        """Keep what a person says of a criterion; None takes it back.

        Args:
            run_id: the run's whole id.
            criterion: one of those that `labels` names.
            met: what the person says.
            at: when it is said.

        Raises:
            ConfigurationError: there is no such run or criterion, or the file of labels cannot be written.
        """
        one = next((one for one in self._to_label(run_id) if one.criterion == criterion), None)
        if one is None:
            raise ConfigurationError("This run has no such criterion, or goes on still.")
        if met is None:
            self._label_file.remove(one.messages, criterion)
        else:
            # The page has the verdict beside it, which may lead who looks at it.
            self._label_file.put(one.messages, criterion, met=met, about=about(one, at=at, saw_verdict=True))

    def _to_label(self, run_id: str) -> list[Labelled]:
        record = self._reader.scenario(run_id, with_bytes=False)
        return [] if record.scenario.status == "running" else criteria_to_label(record)

    def overview(self, invocation: str | None = None) -> dict[str, Any]:
        """The figures of an invocation, with what is known of it, or of the whole store.

        Raises:
            ConfigurationError: there is no such invocation.
        """
        figures: dict[str, Any] = msgspec.to_builtins(self.figures(invocation))
        return figures | {"invocation": None if invocation is None else self._reader.find(invocation)}

    def figures(self, invocation: str | None = None) -> Overview:
        """The figures of an invocation, or of the whole store."""
        statuses, turns, tokens, cost = self._figures.sums(invocation)
        durations = self._figures.durations(invocation)
        running = statuses.get("running", 0)
        if running:
            # Which of these go on, the reader knows.
            alive = len(self._reader.scenarios(invocation=invocation, status=["running"], limit=-1))
            statuses = statuses | {"running": alive, "interrupted": running - alive}
        return Overview(
            runs=sum(statuses.values()) - statuses.get("retried", 0),
            passed=statuses.get("passed", 0),
            failed=statuses.get("failed", 0),
            undecided=statuses.get("undecided", 0),
            invalid=statuses.get("invalid", 0),
            cancelled=statuses.get("cancelled", 0),
            running=statuses.get("running", 0),
            interrupted=statuses.get("interrupted", 0),
            retried=statuses.get("retried", 0),
            turns=turns,
            tokens=tokens,
            cost=cost,
            seconds=sum(durations),
            ttft=percentiles(self._figures.first_tokens(invocation)),
            duration=percentiles(durations),
            criteria=self._criteria(invocation),
            faults=self._figures.faults(invocation),
        )

    def _criteria(self, invocation: str | None) -> list[CriterionCount]:
        counts: dict[str, CriterionCount] = {}
        for criterion, status, count in self._figures.criteria(invocation):
            setattr(counts.setdefault(criterion, CriterionCount(criterion=criterion)), status, count)
        return sorted(counts.values(), key=lambda count: (-(count.failed + count.inconclusive), -count.passed))

    def compare(self, before: str, after: str) -> Comparison:
        """What changed between two invocations.

        Raises:
            ConfigurationError: one of them is not there.
        """
        return compared_invocations((self._reader, self._figures, before), (self._reader, self._figures, after))

    def cursor(self) -> int:
        """Where the changes stand now."""
        return self._figures.cursor()

    def changes(self, after: int) -> tuple[int, list[dict[str, Any]]]:
        """What changed since a cursor, and the next one."""
        changes = self._reader.changes(after, limit=_CHANGES)
        return changes.cursor, self._told(changes.scenarios)


def query_of(parameters: Iterable[tuple[str, str]]) -> Query:
    """The query that an address asks.

    Raises:
        ConfigurationError: a parameter has no such value.
    """
    told = {name: value for name, value in parameters if value}
    statuses = tuple(told.pop("status", "").split(",")) if told.get("status") else ()
    if unknown := set(statuses) - set(STATUSES):
        raise ConfigurationError(f"No run has such a status: {unknown_status(sorted(unknown)[0])}")
    try:
        return msgspec.convert({**told, "status": statuses}, Query, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"The query cannot be read: {error}.") from error


def _around(text: str, words: str) -> str:
    """The piece of a text in which the first of the words stands."""
    first = words.replace('"', " ").split()[:1]
    at = text.casefold().find(first[0].casefold()) if first else 0
    start = max(0, at - 40)
    return ("…" if start else "") + text[start : start + _SNIPPET]
