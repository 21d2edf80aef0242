"""Accounts of runs that are in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scenario.record.account import CallAccount, RowAccount, RunAccount, SpendAccount
from scenario.record.account_parts import (
    criterion_account,
    judgment_account,
    message_account,
    reason_of,
    shown,
    stream_account,
)
from scenario.record.account_recorder import Lint
from scenario.record.last_verdicts import last_of_each
from scenario.record.needed import needed
from scenario.store.reader import StoreReader
from scenario.store.records import ScenarioRecord, ScenarioRow, StoredModelCall
from scenario.types import Usage


def row_account(row: ScenarioRow) -> RowAccount:
    """The run as lists show it, without its criteria."""
    return RowAccount(
        id=row.run_id,
        name=shown(row.name),
        status=row.status,
        key=row.key,
        repeat=row.repeat,
        invocation=row.invocation,
        set_id=shown(row.set_id),
        test=row.test,
        file=row.file,
        started=row.started,
        seconds=row.seconds,
        turns=row.turns,
        messages=row.messages,
        tokens=row.tokens,
        cost=row.cost,
        ttft=row.ttft,
        fault=row.fault,
        error=shown(row.error),
        tries=row.tries,
        tried_for=list(row.tried_for),
    )


def stored_account(record: ScenarioRecord, *, lint: Lint | None = None) -> RunAccount:
    """The whole run.

    Args:
        record: what is stored of it.
        lint: what the rules say about an exchange; nothing by default.
    """
    row = row_account(record.scenario)
    last = last_of_each(record.verdicts, lambda verdict: verdict.result.criterion)
    criteria = [criterion_account(verdict.result, verdict.turn) for verdict in last]
    row.met = sum(one.status == "passed" for one in criteria)
    row.unmet = [one.criterion for one in criteria if one.status != "passed"]
    row.needs = needed(one.needs for one in criteria if one.status != "passed")
    own = (stored.exchange.reply.usage for stored in record.exchanges)
    row.agent_tokens = sum((usage for usage in own if usage is not None), start=Usage()).tokens
    row.unverified = any(stored.exchange.unverified for stored in record.exchanges)
    if record.result is not None:
        row.reason = reason_of(row, record.result.reasoning)
    return RunAccount(
        row=row,
        description=shown(record.description),
        reasoning=shown(record.result.reasoning) if record.result else "",
        agents=[shown(agent) for agent in record.agents],
        max_turns=record.max_turns,
        parameters=record.parameters,
        tags=list(record.tags),
        criteria=criteria,
        messages=[
            message_account(
                said.message,
                said.index,
                turn=said.turn,
                speaker=said.speaker or "",
                agent=said.agent,
                at=said.at,
                call=said.call_id,
            )
            for said in record.messages
        ],
        calls=[
            CallAccount(
                call=call.call_id,
                role=call.role,
                turn=call.turn,
                agent=shown(call.agent),
                started=call.started,
                seconds=call.seconds,
                error=shown(call.error),
                partial=shown(call.partial),
            )
            for call in record.calls
        ],
        streams=[
            stream_account(
                stored.exchange,
                turn=stored.turn,
                call=stored.call_id,
                findings=lint(stored.exchange) if lint else (),
            )
            for stored in record.exchanges
        ],
        spend=list(spend_of(record.model_calls)),
        judgments=[judgment_account(stored.judgment) for stored in record.judgments],
        agreement=record.result.agreement if record.result else None,
    )


def stored_accounts(
    reader: StoreReader, rows: Iterable[ScenarioRow], *, lint: Lint | None = None
) -> Iterator[RunAccount]:
    """The whole runs of these rows, one at a time: all of them may be larger than memory."""
    for row in rows:
        yield stored_account(reader.scenario(row.run_id), lint=lint)


def spend_of(calls: Iterable[StoredModelCall]) -> Iterable[SpendAccount]:
    """What each role's models took, each model by itself."""
    spends: dict[tuple[str, str], SpendAccount] = {}
    for call in calls:
        spend = spends.setdefault((call.role, call.model), SpendAccount(role=call.role, model=shown(call.model)))
        spend.calls += 1
        spend.input_tokens += call.usage.input_tokens
        spend.output_tokens += call.usage.output_tokens
        spend.seconds += call.seconds
        if call.cost is not None:
            spend.cost = (spend.cost or 0.0) + call.cost
    return spends.values()
