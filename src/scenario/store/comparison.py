"""Two invocations side by side: what became of each scenario."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from scenario.store.reader import StoreReader
from scenario.store.records import ScenarioRow

Change: TypeAlias = Literal["same", "better", "worse", "added", "removed"]


class ComparedScenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in both invocations.

    Attributes:
        key: what it is known by in both.
        before: its runs in the first, in the order of their repetitions.
        after: its runs in the second.
        change: `better` and `worse` go by the share of ended runs that passed; `added` and `removed` are in one only.
    """

    key: str
    name: str
    before: list[ScenarioRow]
    after: list[ScenarioRow]
    change: Change


def compared(reader: StoreReader, before: str, after: str) -> list[ComparedScenario]:
    """The scenarios of two invocations, by their uids: what got worse first, then in the order of the second.

    Statistics of the differences are the business of whoever shows them; the runs are all here.
    """
    first, second = (
        _by_key(reader.scenarios(invocation=before, limit=-1)),
        _by_key(reader.scenarios(invocation=after, limit=-1)),
    )
    keys = [*second, *(key for key in first if key not in second)]
    rows = [_compared(key, first.get(key, []), second.get(key, [])) for key in keys]
    return sorted(rows, key=lambda row: ("worse", "better", "added", "removed", "same").index(row.change))


def _by_key(rows: Iterable[ScenarioRow]) -> dict[str, list[ScenarioRow]]:
    grouped: dict[str, list[ScenarioRow]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        grouped.setdefault(row.key, []).append(row)
    return {key: sorted(runs, key=lambda row: row.repeat) for key, runs in grouped.items()}


def _compared(key: str, before: list[ScenarioRow], after: list[ScenarioRow]) -> ComparedScenario:
    name = (after or before)[-1].name
    return ComparedScenario(key=key, name=name, before=before, after=after, change=_change(before, after))


def _change(before: list[ScenarioRow], after: list[ScenarioRow]) -> Change:
    if not before or not after:
        return "added" if after else "removed"
    then, now = _pass_rate(before), _pass_rate(after)
    if then is None or now is None or then == now:
        return "same"
    return "better" if now > then else "worse"


def _pass_rate(runs: list[ScenarioRow]) -> float | None:
    """The share that passed of those that ended; None where none did."""
    ended = [run for run in runs if run.status in {"passed", "failed", "errored"}]
    return sum(run.status == "passed" for run in ended) / len(ended) if ended else None
