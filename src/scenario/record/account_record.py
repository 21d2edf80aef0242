"""An account as the record that other reports are made of."""

from __future__ import annotations

from scenario.record.account import RowAccount, RunAccount
from scenario.record.run_record import CriterionRecord, Outcome, RunRecord


def record_of(account: RunAccount) -> RunRecord:
    """The record of the same run; a run that has not ended, or was stopped, counts as errored."""
    row = account.row
    roles = {message.index: message.role for message in account.messages}
    return RunRecord(
        run_id=row.id,
        name=row.name,
        outcome=_outcome(row),
        reasoning=account.reasoning,
        criteria=tuple(
            CriterionRecord(
                criterion=one.criterion,
                status=one.status,
                reasoning=one.reasoning,
                quote=one.quote,
                speaker=roles.get(one.message, "") if one.message is not None else "",
                message_index=one.message,
            )
            for one in account.criteria
        ),
        turns=row.turns,
        ttfts=tuple(stream.first_content for stream in account.streams if stream.first_content is not None),
        tokens=row.tokens,
        cost=row.cost,
        seconds=row.seconds or 0.0,
        error=row.error or ("" if row.status in ("passed", "failed", "retried") else f"the run was {row.status}"),
        fault=row.fault,
        unverified=row.unverified,
        cancelled=row.status == "cancelled",
        test=row.test,
        file=row.file,
        tags=tuple(account.tags),
        parameters=account.parameters,
        repeat=row.repeat,
        tries=row.tries,
        retried=row.status == "retried",
    )


def _outcome(row: RowAccount) -> Outcome:
    if row.status == "retried":  # its own outcome is not kept: its test failed
        return "errored" if row.error else "failed"
    return row.status if row.status in ("passed", "failed") else "errored"
