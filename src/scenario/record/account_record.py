"""An account as the record that other reports are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenario.record.account import CriterionAccount, RunAccount
from scenario.record.ending import OUTCOMES, Outcome, outcome_of
from scenario.record.run_record import CriterionRecord, JudgmentRecord, RunRecord


def record_of(account: RunAccount) -> RunRecord:
    """The record of the same run; a run that has not ended, or was stopped, counts as cancelled."""
    row = account.row
    roles = {message.index: message.role for message in account.messages}
    return RunRecord(
        run_id=row.id,
        name=row.name,
        outcome=_outcome(account),
        reasoning=account.reasoning,
        criteria=_criteria(account.criteria, roles),
        judgments=tuple(
            JudgmentRecord(
                asked=one.asked,
                answer=one.answer,
                model=one.model,
                turn=one.turn,
                round=one.round,
                vote=one.vote,
                votes=one.votes,
                criteria=_criteria(one.criteria, roles),
                reasoning=one.reasoning,
                server=one.server,
                settings=one.settings,
                controls=one.controls,
                missed=one.missed,
            )
            for one in account.judgments
        ),
        turns=row.turns,
        ttfts=tuple(stream.first_content for stream in account.streams if stream.first_content is not None),
        tokens=row.tokens,
        agent_tokens=row.agent_tokens,
        cost=row.cost,
        seconds=row.seconds or 0.0,
        error=row.error or ("" if row.status in (*OUTCOMES, "retried") else f"the run was {row.status}"),
        fault=row.fault,
        unverified=row.unverified,
        agreement=account.agreement,
        test=row.test,
        file=row.file,
        tags=tuple(account.tags),
        parameters=account.parameters,
        repeat=row.repeat,
        tries=row.tries,
        retried=row.status == "retried",
        tried_for=tuple(row.tried_for),
    )


def _criteria(criteria: Sequence[CriterionAccount], roles: Mapping[int, str]) -> tuple[CriterionRecord, ...]:
    return tuple(
        CriterionRecord(
            criterion=one.criterion,
            status=one.status,
            reasoning=one.reasoning,
            quote=one.quote,
            speaker=roles.get(one.message, "") if one.message is not None else "",
            message_index=one.message,
            needs=one.needs,
        )
        for one in criteria
    )


def _outcome(account: RunAccount) -> Outcome:
    row = account.row
    if row.status == "retried":  # its own outcome is not kept
        return outcome_of(row.error, row.fault) if row.error else _outcome_of_criteria(account)
    return next((outcome for outcome in OUTCOMES if outcome == row.status), "cancelled")


def _outcome_of_criteria(account: RunAccount) -> Outcome:
    unmet = {one.status for one in account.criteria if one.status != "passed"}
    return "undecided" if unmet == {"inconclusive"} else "failed"
