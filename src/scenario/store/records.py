"""What is read from a store."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from scenario.exchange import Exchange
from scenario.types import CriterionResult, CriterionStatus, Judgment, Message, ScenarioResult, Usage

ScenarioStatus: TypeAlias = Literal[
    "running", "passed", "failed", "undecided", "invalid", "cancelled", "interrupted", "retried"
]
"""`undecided` is a run in which nobody could tell; `invalid`, one that says nothing about the agent, by the fault of
another; `interrupted`, one whose process was not heard of any more before it ended; `retried`, one that was tried
again, so that its last try is the one that counts."""

STATUSES: tuple[ScenarioStatus, ...] = (
    *("passed", "failed", "undecided", "invalid", "cancelled", "running", "interrupted", "retried"),
)


def unknown_status(name: str) -> str:
    """What is said of a status that there is not."""
    if name == "errored":
        return (
            "there is no 'errored' any more: 'failed' is the agent's fault, 'invalid' another's, 'undecided' nobody's."
        )
    return f"{name!r} is no status: there are {', '.join(STATUSES)}."


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that an invocation was to run and has not, and why."""

    name: str
    file: str
    reason: str


class InvocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation of the command line or of pytest.

    Attributes:
        number: its place in the store; what to go on from when reading page by page.
        uid: identifies it everywhere.
        started: seconds since 1970.
        ended: seconds since 1970, when its last process closed the store; None where none has.
        git_dirty: whether tracked files differed from the commit.
        left_out: what it was to run and has not, where its end could still say so.
        counts: how many scenarios there are of each status; statuses without any are left out.
    """

    number: int
    uid: str
    started: float
    ended: float | None
    source: str
    command: str
    git_commit: str | None
    git_dirty: bool | None
    versions: dict[str, str]
    seed: int | None
    left_out: list[LeftOut]
    counts: dict[ScenarioStatus, int]

    @property
    def total(self) -> int:
        """How many scenarios it has; one that was tried several times counts once."""
        return sum(count for status, count in self.counts.items() if status != "retried")


class ScenarioRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a scenario.

    Attributes:
        number: its place in the store; what to go on from when reading page by page.
        invocation: the uid of its invocation.
        key: the same for the same scenario in every invocation, whatever its repetition.
        started: seconds since 1970.
        seconds: how long it took; None while it runs.
        ttft: the median time to first token of its calls, in seconds.
        cost: US dollars; None where no price is known.
        fault: whose fault the error was; empty where there was none.
        tries: which try of its test it belongs to, from 1.
        tried_for: whose faults ended the tries before, where they are known.
    """

    number: int
    run_id: str
    invocation: str
    key: str
    repeat: int
    name: str
    set_id: str | None
    file: str
    test: str
    status: ScenarioStatus
    started: float | None
    seconds: float | None
    turns: int
    messages: int
    tokens: int
    cost: float | None
    ttft: float | None
    fault: str
    error: str
    tries: int
    tried_for: tuple[str, ...] = ()


class StoredTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn; times in seconds since the scenario's start.

    Attributes:
        turn: its index, from 0, here as in all records; pages and `scenario show` count turns from 1.
    """

    turn: int
    started: float
    ended: float | None


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A participant was asked.

    Attributes:
        started: in seconds since the scenario's start; so is `first_text`, when the first of its answer arrived.
        seconds: how long it took; None while it is asked, and where its process was killed.
        partial: what has arrived of its answer, while it is asked.
    """

    call_id: int
    turn: int
    role: str
    agent: str
    started: float
    first_text: float | None
    seconds: float | None
    error: str | None
    partial: str | None


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the conversation.

    Attributes:
        index: its index in the conversation.
        speaker: the participant's role ("user", "agent", "judge"); None for what a script or a test added.
        at: in seconds since the scenario's start.
        rolled_back: when it was taken back; None where it was not.
    """

    number: int
    index: int
    turn: int
    message: Message
    text: str
    speaker: str | None
    agent: str
    call_id: int | None
    at: float | None
    rolled_back: float | None


class StoredExchange(msgspec.Struct, frozen=True, kw_only=True):
    """A call over the wire.

    Attributes:
        index: which one it is in its scenario, from 0.
        at: when it was over, in seconds since the scenario's start.
        size: bytes of the response's body.
        exchange: the whole of it, times to the microsecond; without bytes where these were not kept or not asked for.
    """

    index: int
    turn: int
    call_id: int | None
    at: float
    size: int
    exchange: Exchange


class StoredVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a criterion.

    Attributes:
        turn: that of the checkpoint; None for the verdict that ended the run.
        listed: whether the verdict named it in its lists of texts alone.
    """

    result: CriterionResult
    turn: int | None
    listed: bool


class StoredJudgment(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a judge's model.

    Attributes:
        at: in seconds since the scenario's start.
        agent: the judge's name.
    """

    at: float
    call_id: int | None
    agent: str
    judgment: Judgment


class StoredModelCall(msgspec.Struct, frozen=True, kw_only=True):
    """A model answered a participant's request."""

    at: float
    role: str
    model: str
    usage: Usage
    seconds: float
    cost: float | None


class ScenarioRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored of one run.

    Attributes:
        scenario: what lists show of it.
        messages: the conversation as it ended.
        rolled_back: messages that were taken back or changed later, in the order they were said.
        result: as the run returned it, with its exchanges; None where it ended without one.
    """

    scenario: ScenarioRow
    description: str
    thread_id: str
    agents: tuple[str, ...]
    max_turns: int | None
    parameters: dict[str, Any]
    tags: tuple[str, ...]
    metadata: dict[str, Any]
    turns: list[StoredTurn]
    calls: list[StoredCall]
    messages: list[StoredMessage]
    rolled_back: list[StoredMessage]
    exchanges: list[StoredExchange]
    verdicts: list[StoredVerdict]
    judgments: list[StoredJudgment]
    model_calls: list[StoredModelCall]
    result: ScenarioResult | None

    def told_once(self) -> ScenarioRecord:
        """The record for JSON: messages, exchanges, events and judgments stand in one place each."""
        replace = msgspec.structs.replace
        exchanges = [
            replace(stored, exchange=replace(stored.exchange, reply=replace(stored.exchange.reply, events=[])))
            for stored in self.exchanges
        ]
        result = None if self.result is None else replace(self.result, exchanges=[], messages=[], judgments=[])
        return replace(self, exchanges=exchanges, result=result)


class FoundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a search found."""

    number: int
    scenario: ScenarioRow
    index: int
    role: str
    text: str


class EndedScenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario of an invocation that need not be run again: each key and repetition once, as it ended last."""

    key: str
    repeat: int
    status: ScenarioStatus
    run_id: str


class CriterionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How often a criterion was judged, and how."""

    criterion: str
    counts: dict[CriterionStatus, int]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since a cursor.

    Attributes:
        cursor: to ask with the next time.
        scenarios: those that are new or have changed, the oldest change first.
    """

    cursor: int
    scenarios: list[ScenarioRow]
