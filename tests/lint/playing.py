"""A run with one agent, and what reports keep of it."""

from __future__ import annotations

from typing import NamedTuple

import scenario
from scenario import checks
from scenario.exchange import Exchange
from scenario.record.account import RunAccount
from scenario.record.account_recorder import AccountRecorder
from scenario.record.findings import findings_of
from scenario.record.run_record import RunRecord, RunRecorder


class Played(NamedTuple):
    """A run that is over: its result, its record, its account, and its exchanges."""

    result: scenario.ScenarioResult
    record: RunRecord
    account: RunAccount
    exchanges: list[Exchange]


async def played(agent: scenario.RemoteAgent, *checked: checks.Check) -> Played:
    """One turn with the agent, then the checks. A run that fails in itself is told of in the record."""
    records: list[RunRecord] = []
    accounts = AccountRecorder(lint=findings_of)
    with (
        scenario.subscribed(RunRecorder(lambda record, *_: records.append(record))),
        scenario.subscribed(accounts),
    ):
        result = await scenario.arun(
            name="weather",
            description="A traveller asks about the weather.",
            agents=[agent],
            script=[scenario.user("Hello"), scenario.agent(), *checked, scenario.succeed()],
        )
    return Played(result, records[0], accounts.accounts[0], list(result.exchanges))
