"""A run with one agent, and what reports keep of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import scenario
from scenario import checks
from scenario.exchange import Exchange
from scenario.record.account import RunAccount
from scenario.record.account_recorder import AccountRecorder
from scenario.record.findings import findings_of
from scenario.record.run_record import RunRecord, RunRecorder


class Kept:
    """What reports keep of the runs that end while it listens."""

    def __init__(self) -> None:
        self.records: list[RunRecord] = []
        self.recorder = AccountRecorder(lint=findings_of)

    @property
    def accounts(self) -> list[RunAccount]:
        """What pages show."""
        return self.recorder.accounts


class Played(NamedTuple):
    """A run that is over: its result, its record, its account, and its exchanges."""

    result: scenario.ScenarioResult
    record: RunRecord
    account: RunAccount
    exchanges: list[Exchange]


@contextmanager
def listening() -> Iterator[Kept]:
    """Keep what is reported within the block."""
    kept = Kept()
    with (
        scenario.subscribed(RunRecorder(lambda record, *_: kept.records.append(record))),
        scenario.subscribed(kept.recorder),
    ):
        yield kept


async def played(agent: scenario.AgentAdapter, *checked: checks.Check) -> Played:
    """One turn with the agent, then the checks."""
    with listening() as kept:
        result = await scenario.arun(
            name="weather",
            description="A traveller asks about the weather.",
            agents=[agent],
            script=[scenario.user("Hello"), scenario.agent(), *checked, scenario.succeed()],
        )
    return Played(result, kept.records[0], kept.accounts[0], list(result.exchanges))
