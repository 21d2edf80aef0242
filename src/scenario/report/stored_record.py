"""A stored run as a record: what reports show of runs that another process has made. Pure."""

from __future__ import annotations

from scenario.report.run_record import CriterionRecord, RunRecord
from scenario.store.records import ScenarioRecord


def stored_record(stored: ScenarioRecord) -> RunRecord:
    """The record of a run that has ended."""
    row = stored.scenario
    roles = {message.index: str(message.message.get("role", "")) for message in stored.messages}
    criteria = tuple(
        CriterionRecord(
            criterion=verdict.result.criterion,
            status=verdict.result.status,
            reasoning=verdict.result.reasoning,
            quote=verdict.result.quote or "",
            speaker=roles.get(verdict.result.message_index or 0, "") if verdict.result.quote else "",
            message_index=verdict.result.message_index,
        )
        for verdict in stored.verdicts
    )
    firsts = (exchange.exchange.timing.first_content for exchange in stored.exchanges)
    return RunRecord(
        run_id=row.run_id,
        name=row.name,
        outcome="passed" if row.status == "passed" else "failed" if row.status == "failed" else "errored",
        reasoning=(stored.result.reasoning or "") if stored.result is not None else "",
        criteria=criteria,
        turns=row.turns,
        ttfts=tuple(first for first in firsts if first is not None),
        tokens=row.tokens,
        cost=row.cost,
        seconds=row.seconds or 0.0,
        error=row.error,
        fault=row.fault,
        test=row.test,
        file=row.file,
        tags=stored.tags,
        parameters=stored.parameters,
        repeat=row.repeat,
    )
