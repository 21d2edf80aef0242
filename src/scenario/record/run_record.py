"""What reports keep of a run: folded from its events, small, and able to travel as JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    JudgmentGiven,
    RunEvent,
    RunFinished,
    RunStarted,
    TextDelta,
    TurnStarted,
)
from scenario.exchange import Exchange
from scenario.lint.finding import REPORTED, Finding
from scenario.protocols.interrupts import question_of
from scenario.record.ending import Outcome, ending_of
from scenario.record.findings import is_soon_linted
from scenario.record.last_verdicts import last_of_each
from scenario.record.spent import Spent
from scenario.redaction import Secrets, environment_secrets
from scenario.types import AgentRole, CriterionResult, CriterionStatus, Judgment, Message, ScenarioResult

# A record travels between processes and is printed: no text in it is longer than this many characters.
_LONGEST_TEXT: Final = 2000

_Lint: TypeAlias = Callable[..., Sequence[Finding]]


class CriterionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion and what became of it.

    Attributes:
        quote: the words that decide it; of the message that is pointed at where the judge quoted none.
        speaker: who said them, as a message's role; empty where that is not known.
        message_index: their message's index in the conversation.
        needs: what could decide it, where it was left open for want of that.
    """

    criterion: str
    status: CriterionStatus
    reasoning: str = ""
    quote: str = ""
    speaker: str = ""
    message_index: int | None = None
    needs: str = ""


class JudgmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a judge's model on the way; see `scenario.types.Judgment`."""

    asked: str
    answer: str
    model: str = ""
    turn: int = 0
    round: int = 1
    vote: int = 1
    votes: int = 1
    criteria: tuple[CriterionRecord, ...] = ()
    reasoning: str = ""
    server: str = ""
    settings: str = ""
    controls: int = 0
    missed: int = 0


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is over.

    Attributes:
        outcome: what the verdict says, or what the exception that ended it means (see `scenario.record.ending`).
        reasoning: the verdict's own words.
        criteria: what the verdict that ended it and the checkpoints before say, in order.
        judgments: what the judges' models answered on the way, in order.
        turns: how many turns were begun.
        ttfts: times to first token of the agents' answers, in seconds.
        tokens: of every model call: what its user pays for.
        agent_tokens: what agents over the wire say that they have used themselves; in no other sum.
        cost: US dollars, of the calls whose price is known; None where none is.
        seconds: from its start to its end.
        error: type and text of the exception that ended it.
        fault: whose fault that was, as in `scenario.errors`; empty where it does not say.
        at_fault: the same in words, as every page has them; filled in where the JSON report is written.
        agreement: of several votes of the judge, Krippendorff's alpha; None where there were none.
        interrupt: what the agent still waited for at its end, in words; empty where it did not wait for a human.
        stream_errors: how many rules of the lint the agents' answers on the wire break that are errors.
        stream_warnings: the same of those that are warnings.
        stream_rules: the ids of both, the errors first.
        unlinted: how many answers on the wire were too long to be linted at the run's end.
        unverified: whether an agent's server could show any certificate (`verify=False`).
        test: the node id of the test that it ran in.
        test_outcome: that test's own outcome; empty where it is not known.
        file: the scenario file that it comes from; empty where there is none, as the next three are.
        tags: its tags.
        parameters: its row of parameters.
        repeat: which repetition it is, from 0.
        tries: which try of its test it belongs to, from 1.
        retried: whether that try failed, so that the test was tried again; it counts in tokens and cost alone.
        tried_for: whose faults ended the tries before this one, each once, where they are known.
        left_out: what a report leaves out because there is so much of it, a line each.
    """

    run_id: str
    name: str
    outcome: Outcome
    reasoning: str = ""
    criteria: tuple[CriterionRecord, ...] = ()
    judgments: tuple[JudgmentRecord, ...] = ()
    turns: int = 0
    ttfts: tuple[float, ...] = ()
    tokens: int = 0
    agent_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0
    error: str = ""
    fault: str = ""
    at_fault: str = ""
    agreement: float | None = None
    interrupt: str = ""
    stream_errors: int = 0
    stream_warnings: int = 0
    stream_rules: tuple[str, ...] = ()
    unlinted: int = 0
    unverified: bool = False
    test: str = ""
    test_outcome: str = ""
    file: str = ""
    tags: tuple[str, ...] = ()
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    repeat: int = 0
    tries: int = 1
    retried: bool = False
    tried_for: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` reads them back."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_json(cls, plain: object) -> RunRecord:
        """The record that `to_json` gave.

        Raises:
            msgspec.ValidationError: it is no such record.
        """
        return msgspec.convert(plain, cls)


class _Tally:
    """What has been counted of one run so far."""

    def __init__(self, started: RunStarted) -> None:
        self.started = started
        self.turns = 0
        self.spent = Spent()
        self.checkpoints: list[CriterionResult] = []
        self.judgments: list[Judgment] = []
        self.ttfts: dict[int, float] = {}  # by call, in the order of the calls
        self.exchanges: list[Exchange] = []
        self._asked: dict[int, float] = {}  # when each agent's call began

    def add(self, event: RunEvent) -> None:
        self.spent.add(event)
        match event:
            case TurnStarted():
                self.turns += 1
            case CallStarted(role=AgentRole.AGENT):
                self._asked[event.call_id] = event.at
            case TextDelta(role=AgentRole.AGENT) if event.text and event.call_id in self._asked:
                self.ttfts.setdefault(event.call_id, event.at - self._asked[event.call_id])
            case ExchangeRecorded():
                self._exchange(event)
            case CallFinished():
                self._asked.pop(event.call_id, None)
            case JudgmentGiven():
                self.judgments.append(event.judgment)
            case CheckpointPassed():
                self.checkpoints.extend(event.criteria)
            case _:
                pass

    def _exchange(self, event: ExchangeRecorded) -> None:
        self.exchanges.append(event.exchange)
        # The wire's own measurement is taken where the bytes arrive, and wins over that of the first delta.
        first = event.exchange.timing.first_content
        if first is not None:
            self.ttfts[-1 - len(self.ttfts) if event.call_id is None else event.call_id] = first


class RunRecorder:
    """A subscriber that folds each run's events into a record, for any number of runs at once.

    Args:
        on_record: is given each record as soon as the run is over, with the run's first event and its last.
        secrets: values to be masked in the record; those of the environment's secret names by default.
    """

    def __init__(
        self, on_record: Callable[[RunRecord, RunStarted, RunFinished], None], *, secrets: Secrets | None = None
    ) -> None:
        # Here, as whoever only reads records needs no rules; and not when a run ends, as others may be under way then.
        from scenario.lint.linting import lint

        self._lint: _Lint = lint
        self._on_record = on_record
        self._secrets = environment_secrets(os.environ) if secrets is None else secrets
        self._running: dict[str, _Tally] = {}

    def __call__(self, event: RunEvent) -> None:
        """Take in one event; of a run whose start was not seen, nothing is recorded."""
        if isinstance(event, RunStarted):
            self._running[event.run_id] = _Tally(event)
            return
        tally = self._running.get(event.run_id)
        if tally is None:
            return
        if isinstance(event, RunFinished):
            del self._running[event.run_id]
            self._on_record(_masked(_record(tally, event, self._lint), self._secrets), tally.started, event)
        else:
            tally.add(event)


def _masked(record: RunRecord, secrets: Secrets) -> RunRecord:
    """The record without secrets: reports are published by CI, and so is what it prints."""
    if not secrets:
        return record
    mask, replace = secrets.in_text, msgspec.structs.replace
    return replace(
        record,
        reasoning=mask(record.reasoning),
        error=mask(record.error),
        interrupt=mask(record.interrupt),
        criteria=_masked_criteria(record.criteria, mask),
        judgments=tuple(
            replace(one, reasoning=mask(one.reasoning), criteria=_masked_criteria(one.criteria, mask))
            for one in record.judgments
        ),
    )


def _masked_criteria(criteria: tuple[CriterionRecord, ...], mask: Callable[[str], str]) -> tuple[CriterionRecord, ...]:
    return tuple(
        msgspec.structs.replace(
            one,
            criterion=mask(one.criterion),
            reasoning=mask(one.reasoning),
            quote=mask(one.quote),
            needs=mask(one.needs),
        )
        for one in criteria
    )


def _record(tally: _Tally, finished: RunFinished, lint: _Lint) -> RunRecord:
    result = finished.result
    messages = list(finished.messages) or (result.messages if result else [])
    verdict = [] if result is None else _with_bare_criteria(result)
    criteria = last_of_each([*tally.checkpoints, *verdict], lambda one: one.criterion)
    tally.spent.settle(result)
    ending = ending_of(finished)
    linted = [exchange for exchange in tally.exchanges if is_soon_linted(exchange)]
    broken = {(finding.rule, finding.level) for exchange in linted for finding in lint(exchange, ignore=(REPORTED,))}
    levels = [level for _, level in broken]
    graver = sorted(
        (rule for rule, level in broken if level != "info"), key=lambda rule: ((rule, "error") not in broken, rule)
    )
    return RunRecord(
        run_id=finished.run_id,
        name=_cut(tally.started.name),
        outcome=ending.outcome,
        reasoning=_cut(result.reasoning or "") if result else "",
        criteria=tuple(_criterion(criterion, messages) for criterion in criteria),
        judgments=tuple(_judgment(judgment, messages) for judgment in tally.judgments),
        turns=tally.turns,
        ttfts=tuple(tally.ttfts.values()),
        tokens=tally.spent.models.tokens,
        agent_tokens=tally.spent.agents.tokens,
        cost=tally.spent.cost,
        seconds=finished.seconds or finished.at,
        error=_cut(ending.error),
        fault=ending.fault,
        agreement=None if result is None else result.agreement,
        interrupt="" if result is None or result.interrupt is None else _cut(question_of(result.interrupt)),
        stream_errors=levels.count("error"),
        stream_warnings=levels.count("warning"),
        stream_rules=tuple(dict.fromkeys(graver)),
        unlinted=len(tally.exchanges) - len(linted),
        unverified=any(exchange.unverified for exchange in tally.exchanges),
    )


def _with_bare_criteria(result: ScenarioResult) -> list[CriterionResult]:
    """The verdict's criteria; judges of one's own often name them in the lists of strings alone."""
    criteria = list(result.criteria)
    named = {criterion.criterion for criterion in criteria}
    lists: tuple[tuple[list[str], CriterionStatus], ...] = (
        (result.inconclusive_criteria, "inconclusive"),
        (result.failed_criteria, "failed"),
        (result.passed_criteria, "passed"),
    )
    for texts, status in lists:
        for text in texts:
            if text not in named:
                named.add(text)
                criteria.append(CriterionResult(criterion=str(text), status=status))
    return criteria


def _judgment(judgment: Judgment, messages: list[Message]) -> JudgmentRecord:
    return JudgmentRecord(
        asked=judgment.asked,
        answer=judgment.answer,
        model=_cut(judgment.model),
        turn=judgment.turn,
        round=judgment.round,
        vote=judgment.vote,
        votes=judgment.votes,
        criteria=tuple(_criterion(criterion, messages) for criterion in judgment.criteria),
        reasoning=_cut(judgment.reasoning),
        server=_cut(judgment.server),
        settings=_cut(judgment.settings),
        controls=judgment.controls,
        missed=judgment.missed,
    )


def _criterion(result: CriterionResult, messages: list[Message]) -> CriterionRecord:
    index = result.message_index
    message = messages[index] if index is not None and 0 <= index < len(messages) else {}
    quote = result.quote or text_of(message)
    return CriterionRecord(
        criterion=_cut(result.criterion),
        status=result.status,
        reasoning=_cut(result.reasoning),
        quote=_cut(quote),
        speaker=str(message.get("role", "")) if quote else "",
        message_index=index,
        needs=_cut(result.needs),
    )


def text_of(message: Message) -> str:
    """The text of a message, of its text parts where it has parts; empty where it has none."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(part for part in parts if isinstance(part, str))


def _cut(text: str) -> str:
    # Lone surrogates cannot be encoded, neither for another process nor for a terminal.
    whole = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return whole if whole.isascii() else whole.encode("utf-8", "backslashreplace").decode("utf-8")
