"""A run as a page shows it: what was said, by whom and when, what travelled for it, what the judge made of it.

Pages are written in another language: these values are their contract, and travel to them as JSON.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

from scenario.types import CriterionStatus

Status: TypeAlias = Literal[
    "running", "passed", "failed", "undecided", "invalid", "cancelled", "interrupted", "retried"
]
Level: TypeAlias = Literal["error", "warning", "info"]

ENDED: Final = frozenset({"passed", "failed", "undecided", "invalid"})
"""What has ended by itself."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says about a stream.

    Attributes:
        rule: the rule's name.
        event: the index, from 0, of the event that it is about; None where it is about the whole stream.
    """

    rule: str
    message: str
    level: Level = "warning"
    event: int | None = None


class RowAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A run in a list of runs.

    Attributes:
        key: the same for the same scenario in every invocation.
        invocation: the one that it belongs to.
        started: seconds since 1970.
        tokens: of every model call: what its user pays for.
        agent_tokens: what its agents say that they have used; not known where only the row was read.
        ttft: the median of its answers' times to first token, in seconds.
        ttfts: those times.
        met: how many criteria passed.
        unmet: the criteria that did not pass.
        needs: what could decide all of these, where it is known.
        reason: why it failed, where neither an error nor a criterion tells.
        tries: which try of its test it belongs to, from 1; the status of those before the last one is `retried`.
        tried_for: whose faults ended the tries before, where they are known.
        unverified: whether an agent's server could show any certificate; not known where only the row was read.
    """

    id: str
    name: str
    status: Status
    key: str = ""
    repeat: int = 0
    invocation: str = ""
    set_id: str = ""
    test: str = ""
    file: str = ""
    started: float | None = None
    seconds: float | None = None
    turns: int = 0
    messages: int = 0
    tokens: int = 0
    agent_tokens: int = 0
    cost: float | None = None
    ttft: float | None = None
    fault: str = ""
    error: str = ""
    met: int = 0
    unmet: list[str] = msgspec.field(default_factory=list)
    needs: str = ""
    reason: str = ""
    tries: int = 1
    tried_for: list[str] = msgspec.field(default_factory=list)
    unverified: bool = False


class CriterionAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A criterion, what became of it, and the message that decided it.

    Attributes:
        turn: that of the checkpoint; None in the verdict that ended the run.
        message: the index of the message that is quoted.
        needs: what could decide it, where it was left open for want of that.
    """

    criterion: str
    status: CriterionStatus
    requirement: str = ""
    reasoning: str = ""
    quote: str = ""
    message: int | None = None
    turn: int | None = None
    needs: str = ""


class JudgmentAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One answer of a judge's model on the way to the verdict, as in `scenario.types.Judgment`."""

    asked: str
    answer: str
    model: str = ""
    turn: int = 0
    round: int = 1
    vote: int = 1
    votes: int = 1
    criteria: list[CriterionAccount] = msgspec.field(default_factory=list)
    reasoning: str = ""
    server: str = ""
    settings: str = ""
    controls: int = 0
    missed: int = 0


class ToolUseAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A tool call inside a message; the arguments as they came."""

    name: str
    id: str = ""
    arguments: str = ""


class MessageAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A message of the conversation.

    Attributes:
        speaker: the participant's role ("user", "agent", "judge"); empty for what a test added.
        at: seconds since the run began.
        call: the call that brought it.
        answers: the id of the tool call whose result it is.
    """

    index: int
    role: str
    turn: int = 0
    text: str = ""
    speaker: str = ""
    agent: str = ""
    at: float | None = None
    call: int | None = None
    tools: list[ToolUseAccount] = msgspec.field(default_factory=list)
    answers: str = ""
    name: str = ""


class CallAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A participant was asked: what came of it.

    Attributes:
        seconds: None while it is asked.
        partial: what has arrived of the answer so far.
    """

    call: int
    role: str
    turn: int = 0
    agent: str = ""
    started: float = 0.0
    seconds: float | None = None
    error: str = ""
    partial: str = ""


class EventAccount(msgspec.Struct, kw_only=True, omit_defaults=True, array_like=True):
    """An event of a stream: when, its type, its data, and what it was."""

    at: float
    kind: str = "message"
    data: str = ""
    flags: int = 0  # 1 it brought content, 2 it could not be read, 4 its data was cut


class StreamAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A call over the wire; times in seconds since it began.

    Attributes:
        deadlines: the names and values of `scenario.config.Timeouts` that it was held to.
        chunks: when bytes came, and how many.
        left_out: events that are not listed because there are so many.
        later: of those, when each came, and its flags.
        reading: how the answer was read, a line for each thing that was decided.
    """

    turn: int
    outcome: str
    call: int | None = None
    agent: str = ""
    method: str = ""
    url: str = ""
    status: int | None = None
    protocol: str = ""
    reason: str = ""
    error: str = ""
    sent: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""
    received: dict[str, str] = msgspec.field(default_factory=dict)
    connect: float | None = None
    headers: float | None = None
    first_byte: float | None = None
    first_content: float | None = None
    last_byte: float | None = None
    total: float = 0.0
    size: int = 0
    malformed: int = 0
    text: str = ""
    reasoning: str = ""
    finish: str = ""
    deadlines: dict[str, float] = msgspec.field(default_factory=dict)
    chunks: list[tuple[float, int]] = msgspec.field(default_factory=list)
    events: list[EventAccount] = msgspec.field(default_factory=list)
    left_out: int = 0
    later: list[tuple[float, int]] = msgspec.field(default_factory=list)
    findings: list[Finding] = msgspec.field(default_factory=list)
    reading: list[str] = msgspec.field(default_factory=list)


class SpendAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one role's model calls took."""

    role: str
    model: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None


class RunAccount(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A whole run.

    Attributes:
        row: the same run as it stands in a list.
        judgments: what the judges' models answered on the way.
        agreement: of several votes, Krippendorff's alpha; None where there were none.
        left_out: what is missing here because there is so much of it, a line each.
    """

    row: RowAccount
    description: str = ""
    reasoning: str = ""
    agents: list[str] = msgspec.field(default_factory=list)
    max_turns: int | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: list[str] = msgspec.field(default_factory=list)
    criteria: list[CriterionAccount] = msgspec.field(default_factory=list)
    messages: list[MessageAccount] = msgspec.field(default_factory=list)
    calls: list[CallAccount] = msgspec.field(default_factory=list)
    streams: list[StreamAccount] = msgspec.field(default_factory=list)
    spend: list[SpendAccount] = msgspec.field(default_factory=list)
    judgments: list[JudgmentAccount] = msgspec.field(default_factory=list)
    agreement: float | None = None
    left_out: list[str] = msgspec.field(default_factory=list)


class CriterionCount(msgspec.Struct, kw_only=True):
    """How often a criterion passed, failed, and could not be decided."""

    criterion: str
    passed: int = 0
    failed: int = 0
    inconclusive: int = 0


class Percentiles(msgspec.Struct, kw_only=True):
    """Of some times, in seconds; None where none was measured."""

    count: int = 0
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    maximum: float | None = None


class Overview(msgspec.Struct, kw_only=True):
    """Many runs in figures.

    Attributes:
        runs: how many there are; those whose test was tried again, `retried`, count in tokens and cost alone.
        invalid: those that say nothing about the agent: no rate of the agent's counts them.
        faults: of these, how many were whose fault.
        ttft: times to first token of all answers.
        duration: how long the runs took.
    """

    runs: int = 0
    passed: int = 0
    failed: int = 0
    undecided: int = 0
    invalid: int = 0
    cancelled: int = 0
    running: int = 0
    interrupted: int = 0
    retried: int = 0
    turns: int = 0
    tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0
    ttft: Percentiles = msgspec.field(default_factory=Percentiles)
    duration: Percentiles = msgspec.field(default_factory=Percentiles)
    criteria: list[CriterionCount] = msgspec.field(default_factory=list)
    faults: dict[str, int] = msgspec.field(default_factory=dict)
