"""Figures over many runs of a store, counted where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from scenario.store.database import readable
from scenario.store.last_verdicts import last_verdicts
from scenario.store.place import store_folder
from scenario.types import CriterionStatus

_AT_ONCE: Final = 500  # what SQLite takes as parameters of one statement, with room to spare


class CriteriaOfRun(NamedTuple):
    """How many criteria a run met, which it did not, and what could decide each of these."""

    met: int
    unmet: list[str]
    needs: list[str]


class FiguresReader:
    """A store, open for counting. One thread may use it at a time.

    Args:
        folder: the store's; as `store_folder` finds it by default.

    Raises:
        ConfigurationError: there is no store, or it cannot be read.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._connection = readable(store_folder(folder))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> FiguresReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cursor(self) -> int:
        """Where the changes stand: what `StoreReader.changes` is asked with to hear only of what comes."""
        value: int = self._connection.execute("SELECT value FROM changes").fetchone()[0]
        return value

    def first_tokens(self, invocation: str | None = None) -> list[float]:
        """The times to first token of all answers, in seconds; of an invocation or of the whole store."""
        where, values = _within(invocation)
        statement = (
            "SELECT e.first_content FROM exchanges e JOIN scenarios s ON s.id = e.scenario"  # noqa: S608
            f" WHERE e.first_content IS NOT NULL AND {where}"
        )
        return [row[0] for row in self._connection.execute(statement, values)]

    def sums(self, invocation: str | None = None) -> tuple[dict[str, int], int, int, float | None]:
        """How many runs there are of each stored status; the turns of those that count, tokens and cost of them all."""
        where, values = _within(invocation, retried=True)
        statement = (
            "SELECT s.status, count(*), sum(turns), sum(tokens), sum(cost) FROM scenarios s"  # noqa: S608
            f" WHERE {where} GROUP BY 1"
        )
        rows = self._connection.execute(statement, values).fetchall()
        costs = [row[4] for row in rows if row[4] is not None]
        return (
            {row[0]: row[1] for row in rows},
            sum(row[2] for row in rows if row[0] != "retried"),
            sum(row[3] for row in rows),
            sum(costs) if costs else None,
        )

    def faults(self, invocation: str | None = None) -> dict[str, int]:
        """Of the runs that are invalid, how many were whose fault."""
        where, values = _within(invocation)
        statement = f"SELECT s.fault, count(*) FROM scenarios s WHERE s.status = 'invalid' AND {where} GROUP BY 1"  # noqa: S608
        return dict(self._connection.execute(statement, values).fetchall())

    def durations(self, invocation: str | None = None) -> list[float]:
        """How long the runs took that have ended, in seconds."""
        where, values = _within(invocation)
        statement = f"SELECT s.seconds FROM scenarios s WHERE s.seconds IS NOT NULL AND {where}"  # noqa: S608
        return [row[0] for row in self._connection.execute(statement, values)]

    def criteria(self, invocation: str | None = None) -> list[tuple[str, CriterionStatus, int]]:
        """Each criterion, each status that it got, and how often."""
        where, values = _within(invocation)
        statement = f"SELECT criterion, status, count(*) FROM ({last_verdicts(where)}) GROUP BY 1, 2 ORDER BY min(id)"  # noqa: S608
        return self._connection.execute(statement, values).fetchall()

    def criteria_of(self, scenarios: Sequence[int]) -> dict[int, CriteriaOfRun]:
        """What became of the criteria of these runs, by the `number` of their rows."""
        found: dict[int, CriteriaOfRun] = {}
        for scenario, criterion, status, needs in self._last_verdicts(scenarios):
            one = found.get(scenario, CriteriaOfRun(0, [], []))
            if status == "passed":
                found[scenario] = one._replace(met=one.met + 1)
            else:
                found[scenario] = one._replace(unmet=[*one.unmet, criterion], needs=[*one.needs, needs])
        return found

    def verdicts_of(self, scenarios: Sequence[int]) -> Iterable[tuple[int, str, CriterionStatus]]:
        """The last status of every criterion of these runs."""
        return (each[:3] for each in self._last_verdicts(scenarios))

    def _last_verdicts(self, scenarios: Sequence[int]) -> Iterator[tuple[int, str, CriterionStatus, str]]:
        for start in range(0, len(scenarios), _AT_ONCE):
            some = scenarios[start : start + _AT_ONCE]
            last = last_verdicts(f"v.scenario IN ({', '.join('?' * len(some))})")
            statement = f"SELECT scenario, criterion, status, needs FROM ({last}) ORDER BY id"  # noqa: S608
            yield from self._connection.execute(statement, list(some))

    def controls(self, *, without: Sequence[str] = ()) -> list[tuple[str, str, int, int]]:
        """What judges made of statements whose truth is known: model, server, how many, and how many they missed.

        Args:
            without: ids of runs that do not count.
        """
        judged = "judgments j JOIN scenarios s ON s.id = j.scenario WHERE j.controls > 0"
        sums = "SELECT j.model, j.server, sum(j.controls), sum(j.missed)"
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for model, server, controls, missed in self._connection.execute(f"{sums} FROM {judged} GROUP BY 1, 2"):
            found[model, server] = (controls, missed)
        for start in range(0, len(without), _AT_ONCE):
            some = list(without[start : start + _AT_ONCE])
            statement = f"{sums} FROM {judged} AND s.run_id IN ({', '.join('?' * len(some))}) GROUP BY 1, 2"
            for model, server, controls, missed in self._connection.execute(statement, some):
                all_of_it, all_missed = found.get((model, server), (controls, missed))
                found[model, server] = (all_of_it - controls, all_missed - missed)
        return [(*who, *counts) for who, counts in found.items()]

    def not_meeting(self, criterion: str, invocation: str | None = None) -> set[int]:
        """The numbers of the runs that do not meet a criterion."""
        where, values = _within(invocation)
        last = last_verdicts(f"v.criterion = ? AND {where}")
        statement = f"SELECT scenario FROM ({last}) WHERE status != 'passed'"  # noqa: S608
        return {row[0] for row in self._connection.execute(statement, [criterion, *values])}


def _within(invocation: str | None, *, retried: bool = False) -> tuple[str, list[str]]:
    """The condition for the runs of an invocation, or of the store; `retried`: those too whose test was tried again."""
    counts = "1" if retried else "s.status != 'retried'"
    if invocation is None:
        return counts, []
    return f"{counts} AND s.invocation = (SELECT id FROM invocations WHERE uid = ?)", [invocation]  # noqa: S608
