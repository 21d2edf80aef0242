"""Run events: what a run tells its subscribers. Reporters, the pytest plugin and stores read nothing else.

Every event has the run's id and `at`, in seconds of a monotonic clock since the run began.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from scenario.exchange import Exchange
from scenario.types import AgentRole, CriterionResult, Judgment, Message, ScenarioResult, Usage


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What all events have."""

    run_id: str
    at: float


class RunStarted(RunEvent, frozen=True, kw_only=True):
    """A run begins.

    Attributes:
        verbose: how much of the conversation is to be shown: False, True, or 2 (with the scenario's name on each line).
        verbose_given: whether that was set on purpose, and is not the default.
        metadata: what the caller passed as `metadata`.
    """

    name: str
    description: str
    thread_id: str
    set_id: str | None = None
    metadata: dict[str, object] = msgspec.field(default_factory=dict)
    agents: tuple[str, ...] = ()
    max_turns: int = 10
    verbose: bool | int = True
    verbose_given: bool = False


class TurnStarted(RunEvent, frozen=True, kw_only=True):
    """A turn begins; the first has the index 0."""

    turn: int


class CallStarted(RunEvent, frozen=True, kw_only=True):
    """A participant is asked to speak.

    Attributes:
        call_id: pairs it with the deltas and the end of the same call; unique within the run.
        agent: the participant's name.
    """

    call_id: int
    turn: int
    role: AgentRole
    agent: str


class TextDelta(RunEvent, frozen=True, kw_only=True):
    """A piece of a participant's answer arrived."""

    call_id: int
    role: AgentRole
    agent: str
    text: str


class CallFinished(RunEvent, frozen=True, kw_only=True):
    """A participant has answered, or failed.

    Attributes:
        seconds: how long the call took.
        error: what went wrong, in words; None where nothing did.
    """

    call_id: int
    turn: int
    role: AgentRole
    agent: str
    seconds: float
    error: str | None = None


class MessageAdded(RunEvent, frozen=True, kw_only=True):
    """A message joined the conversation.

    Attributes:
        index: its index in the conversation.
        turn: the turn's index.
        role: who spoke it: a participant's role, or None for system and tool messages and those that a test added.
        call_id: the call that brought it; None for a scripted line.
    """

    index: int
    turn: int
    message: Message
    role: AgentRole | None = None
    agent: str = ""
    call_id: int | None = None


class MessagesRolledBack(RunEvent, frozen=True, kw_only=True):
    """The conversation was cut back to `length` messages."""

    length: int


class ExchangeRecorded(RunEvent, frozen=True, kw_only=True):
    """A call over the wire is over, complete or not."""

    turn: int
    exchange: Exchange
    call_id: int | None = None


class ModelCalled(RunEvent, frozen=True, kw_only=True):
    """A model answered a participant's request.

    Attributes:
        seconds: how long it took.
        cost: US dollars; None where the price is not known.
    """

    role: AgentRole
    model: str
    usage: Usage
    seconds: float
    cost: float | None = None


class JudgmentGiven(RunEvent, frozen=True, kw_only=True):
    """A judge's model has answered what it was asked about the conversation."""

    call_id: int
    agent: str
    judgment: Judgment


class CheckpointPassed(RunEvent, frozen=True, kw_only=True):
    """Inline criteria were judged and met; the run goes on."""

    turn: int
    criteria: tuple[CriterionResult, ...]


class RunFinished(RunEvent, frozen=True, kw_only=True):
    """A run is over.

    Attributes:
        result: None where an exception ended the run.
        error: the exception's type and text; None where there is a result.
        fault: whose fault the exception was, where it says so (see `scenario.errors`).
        check: whether it is a check of the test's own that does not hold.
        messages: the conversation, also where there is no result.
        cancelled: whether the run was cancelled from outside.
    """

    result: ScenarioResult | None = None
    error: str | None = None
    fault: str | None = None
    check: bool = False
    messages: tuple[Message, ...] = ()
    seconds: float = 0.0
    cancelled: bool = False


Subscriber: TypeAlias = Callable[[RunEvent], None]
