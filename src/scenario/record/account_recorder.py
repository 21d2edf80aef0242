"""A subscriber that keeps whole runs: for reports of runs that no store has."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

import msgspec

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    JudgmentGiven,
    MessageAdded,
    MessagesRolledBack,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
)
from scenario.exchange import Exchange
from scenario.record.account import (
    CallAccount,
    CriterionAccount,
    Finding,
    JudgmentAccount,
    MessageAccount,
    RowAccount,
    RunAccount,
    SpendAccount,
    StreamAccount,
)
from scenario.record.account_parts import (
    criterion_account,
    json_of,
    judgment_account,
    message_account,
    reason_of,
    shown,
    stream_account,
    verdict_accounts,
)
from scenario.record.cleaning import cleaned
from scenario.record.last_verdicts import last_of_each
from scenario.record.needed import needed
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import Secrets, environment_secrets
from scenario.types import AgentRole

Lint = Callable[[Exchange], Sequence[Finding]]


class AccountRecorder:
    """Folds each run's events into an account, for any number of runs at once.

    Args:
        lint: what the rules say about an exchange; nothing by default.
        secrets: values to be masked wherever they stand; those of the environment's secret names by default.

    Attributes:
        accounts: the runs that are over, in the order they ended in.
    """

    def __init__(self, *, lint: Lint | None = None, secrets: Secrets | None = None) -> None:
        self.accounts: list[RunAccount] = []
        self._lint = lint
        self._secrets = environment_secrets(os.environ) if secrets is None else secrets
        self._running: dict[str, _Growing] = {}
        self._recorder = RunRecorder(self._ended)

    def __call__(self, event: RunEvent) -> None:
        """Take in one event; of a run whose start was not seen, nothing is kept."""
        if isinstance(event, RunStarted):
            self._running[event.run_id] = _Growing(event, self._lint, self._secrets)
        elif (growing := self._running.get(event.run_id)) is not None:
            growing.add(event)
        self._recorder(event)

    def _ended(self, record: RunRecord, started: RunStarted, finished: RunFinished) -> None:
        growing = self._running.pop(started.run_id, None)
        if growing is not None:
            self.accounts.append(_masked(growing.account(record, finished), self._secrets))


class _Growing:
    """What has been seen of one run so far."""

    def __init__(self, started: RunStarted, lint: Lint | None, secrets: Secrets) -> None:
        self._started = started
        self._began = time.time() - started.at
        self._lint = lint
        self._secrets = secrets
        self._messages: dict[int, MessageAccount] = {}
        self._calls: dict[int, CallAccount] = {}
        self._streams: list[StreamAccount] = []
        self._checkpoints: list[CriterionAccount] = []
        self._judgments: list[JudgmentAccount] = []
        self._spend: dict[tuple[AgentRole, str], SpendAccount] = {}

    def add(self, event: RunEvent) -> None:
        match event:
            case CallStarted():
                self._calls[event.call_id] = CallAccount(
                    call=event.call_id,
                    role=event.role.name.lower(),
                    turn=event.turn,
                    agent=shown(event.agent),
                    started=event.at,
                )
            case CallFinished() if event.call_id in self._calls:
                call = self._calls[event.call_id]
                call.seconds, call.error = event.seconds, shown(event.error)
            case MessageAdded():
                self._messages[event.index] = message_account(
                    event.message,
                    event.index,
                    turn=event.turn,
                    speaker=event.role.name.lower() if event.role else "",
                    agent=event.agent,
                    at=event.at,
                    call=event.call_id,
                )
            case MessagesRolledBack():
                self._messages = {index: kept for index, kept in self._messages.items() if index < event.length}
            case ExchangeRecorded():
                findings = self._lint(event.exchange) if self._lint else ()
                exchange = cleaned(event.exchange, self._secrets)
                stream = stream_account(exchange, turn=event.turn, call=event.call_id, findings=findings)
                self._streams.append(stream)
            case ModelCalled():
                self._model_called(event)
            case JudgmentGiven():
                self._judgments.append(judgment_account(event.judgment))
            case CheckpointPassed():
                self._checkpoints += [criterion_account(criterion, event.turn) for criterion in event.criteria]
            case _:
                pass

    def _model_called(self, event: ModelCalled) -> None:
        key = (event.role, event.model)
        spend = self._spend.setdefault(key, SpendAccount(role=event.role.name.lower(), model=shown(event.model)))
        spend.calls += 1
        spend.input_tokens += event.usage.input_tokens
        spend.output_tokens += event.usage.output_tokens
        spend.seconds += event.seconds
        if event.cost is not None:
            spend.cost = (spend.cost or 0.0) + event.cost

    def account(self, record: RunRecord, finished: RunFinished) -> RunAccount:
        started, result = self._started, finished.result
        verdict = [] if result is None else verdict_accounts(result)
        criteria = last_of_each([*self._checkpoints, *verdict], lambda one: one.criterion)
        ttfts = sorted(record.ttfts)
        row = RowAccount(
            id=record.run_id,
            name=record.name,
            status=record.outcome,
            key=f"{started.set_id or ''}/{record.name}",
            repeat=record.repeat,
            file=record.file,
            set_id=shown(started.set_id),
            test=record.test,
            started=self._began,
            seconds=record.seconds,
            turns=record.turns,
            tokens=record.tokens,
            agent_tokens=record.agent_tokens,
            cost=record.cost,
            ttft=ttfts[len(ttfts) // 2] if ttfts else None,
            fault=record.fault,
            unverified=record.unverified,
            error=record.error,
            met=sum(one.status == "passed" for one in criteria),
            unmet=[one.criterion for one in criteria if one.status != "passed"],
            needs=needed(one.needs for one in criteria if one.status != "passed"),
        )
        if result is not None:
            row.reason = reason_of(row, result.reasoning)
        messages = self._settled(finished)
        row.messages = len(messages)
        return RunAccount(
            row=row,
            description=shown(started.description),
            reasoning=shown(result.reasoning) if result else "",
            agents=[shown(agent) for agent in started.agents],
            max_turns=started.max_turns,
            parameters=record.parameters,
            tags=list(record.tags),
            criteria=criteria,
            messages=messages,
            calls=list(self._calls.values()),
            streams=self._streams,
            spend=list(self._spend.values()),
            judgments=self._judgments,
            agreement=record.agreement,
        )

    def _settled(self, finished: RunFinished) -> list[MessageAccount]:
        """The conversation as it was in the end: a test may have changed messages in place, or added some."""
        if not finished.messages:
            return list(self._messages.values())
        settled = []
        for index, message in enumerate(finished.messages):
            told = self._messages.get(index)
            account = message_account(message, index, turn=told.turn if told else 0)
            if told is not None:
                account.speaker, account.agent, account.at, account.call = (
                    told.speaker,
                    told.agent,
                    told.at,
                    told.call,
                )
            settled.append(account)
        return settled


def _masked(account: RunAccount, secrets: Secrets) -> RunAccount:
    if not secrets:
        return account
    told = json_of(account)
    masked = secrets.in_text(told)
    return account if masked == told else msgspec.json.decode(masked, type=RunAccount)
