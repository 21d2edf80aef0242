"""Values that cross rooms: messages, tool calls, usage, timing, replies, verdicts, results, roles.

They hold no behaviour beyond reading themselves, and know of no network, clock or file.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from scenario.result import (
    CriterionResult as CriterionResult,
    CriterionStatus as CriterionStatus,
    Decision as Decision,
    FinalJudgmentRequest as FinalJudgmentRequest,
    Judgment as Judgment,
    JudgmentRequest as JudgmentRequest,
    ScenarioResult as ScenarioResult,
    newest_exchange as newest_exchange,
)
from scenario.timing import Gaps as Gaps, RunTiming as RunTiming, StreamTiming as StreamTiming
from scenario.tool_call import Message as Message, ToolCall as ToolCall, ToolCalls as ToolCalls, TurnView as TurnView
from scenario.usage import RoleUsage as RoleUsage, Usage as Usage

if TYPE_CHECKING:
    from scenario.dialogue.adapter import AgentInput as AgentInput, AgentReturnTypes as AgentReturnTypes
    from scenario.dialogue.steps import ScriptStep as ScriptStep

Outcome: TypeAlias = Literal["complete", "truncated", "error", "stalled", "timed_out", "aborted"]
End: TypeAlias = Literal["marked", "assumed", "missing", "unknown"]


class AgentRole(Enum):
    """Who a participant is in the conversation."""

    USER = "User"
    AGENT = "Agent"
    JUDGE = "Judge"

    # Members are equal where they are the same. Enum's own method is written in Python, and each turn asks many times.
    __hash__ = object.__hash__


class FunctionCall(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call as an agent's reply holds it.

    Attributes:
        arguments_raw: the arguments as they came, joined from their fragments.
        arguments: the parsed JSON; None where the text is no JSON.
    """

    id: str = ""
    name: str = ""
    arguments_raw: str = ""
    arguments: Any = None


class FunctionResult(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's result, where the agent shows it in its stream."""

    id: str = ""
    name: str = ""
    output: Any = None
    is_error: bool = False


class ReplyError(msgspec.Struct, frozen=True, kw_only=True):
    """An error that the agent reported inside its answer, or by its status."""

    message: str = ""
    code: str = ""


class ReceivedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream, whatever its framing.

    Attributes:
        at: when the bytes that completed it arrived, in seconds since the call began.
        event: the event's type ("message" where it has none).
        data: its data, or the line of an NDJSON or text stream.
        id: the last event ID that holds at it.
        content: whether it brought a part of the answer (text, reasoning, a tool call).
        malformed: whether it could not be read as its dialect demands, and was skipped.
    """

    at: float
    data: str
    event: str = "message"
    id: str = ""
    content: bool = False
    malformed: bool = False


class EventKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event in a body.

    Attributes:
        name: its event name, or what its JSON calls itself; empty where nothing says it.
        taken_for: "text", "reasoning", "tool_call", "error", "end", "malformed", or "nothing".
        count: how many there were.
    """

    name: str
    taken_for: str
    count: int

    def __str__(self) -> str:
        """Such as "delta ×12 → text"."""
        return f"{self.name or 'unnamed'} ×{self.count} → {self.taken_for}"


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """An event that may have been a part of the answer and cannot be read.

    Attributes:
        index: its place among the body's events, from 0.
        event: its event name.
        data: the beginning of its data.
        reason: what is wrong with it; empty where it was meant to be JSON and is none.
    """

    index: int
    event: str = "message"
    data: str = ""
    reason: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a body was read: what was decided, so that nobody has to guess.

    Attributes:
        kinds: the kinds of events that were seen, and what each was taken for.
        segments: how many model calls, runs or messages with an end of their own the body held.
        left_out: what is no part of the answer, and why.
        damage: the first events that could not be read.
        end: "marked" where the agent itself has said that the answer is over; "assumed" where only the body ended,
            which a cut that a proxy repaired does as well; "missing" where the answer is not whole; "unknown" where
            nobody looked, as in the record of an earlier version.
        notes: what else was decided: what the finish reason meant, which errors an answer of its own came after.
    """

    kinds: tuple[EventKind, ...] = ()
    segments: int = 1
    left_out: tuple[str, ...] = ()
    damage: tuple[Damage, ...] = ()
    end: End = "unknown"
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What was decided, on one line."""
        told = [f"end: {self.end}"]
        told += [f"{self.segments} answers in one body"] if self.segments > 1 else []
        told += [", ".join(map(str, self.kinds))] if self.kinds else []
        told += [f"left out: {what}" for what in self.left_out]
        told += [f"cannot be read: event {one.index + 1}" for one in self.damage]
        shown = "; ".join([*told, *self.notes])
        # Names and notes are an agent's own words: a terminal would obey what cannot be seen in them.
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in shown)


class Reply(msgspec.Struct, kw_only=True):
    """What an agent answered in one call, assembled from whatever dialect it speaks.

    Attributes:
        protocol: the dialect it was read as.
        text: the whole text of the answer.
        messages: OpenAI-style messages in order: assistant texts, tool calls, tool results.
        reasoning: the thinking that the agent showed.
        tool_calls: each with its `id`, `name`, `arguments_raw` and, where these are JSON, `arguments`.
        tool_results: results that the agent showed, each with its `id`, `name`, `output` and `is_error`.
        usage: tokens; None where the agent told none.
        finish_reason: in the agent's own words.
        error: what the agent reported, with its `message` and `code`; None where it reported nothing.
        interrupt: what the agent asks of a human, as its dialect tells it; None where it does not wait.
        session: values that belong to the conversation's state and go back on the next turn.
        carried: what else goes back, because the dialect needs it: AG-UI's shared `state`, a context of tokens, ….
        outcome: `complete`, or why it is not.
        complete: whether the dialect's end was seen.
        events: the events that were read, with their times; lines or the one body where it is no event stream.
        malformed: how many events could not be read and were skipped.
        reading: how the body was read.
    """

    protocol: str = ""
    text: str = ""
    messages: list[Message] = msgspec.field(default_factory=list)
    reasoning: str = ""
    tool_calls: list[FunctionCall] = msgspec.field(default_factory=list)
    tool_results: list[FunctionResult] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    finish_reason: str | None = None
    error: ReplyError | None = None
    interrupt: Any = None
    session: dict[str, Any] = msgspec.field(default_factory=dict)
    carried: dict[str, Any] = msgspec.field(default_factory=dict)
    outcome: Outcome = "complete"
    complete: bool = True
    events: Sequence[ReceivedEvent] = msgspec.field(default_factory=list)
    malformed: int = 0
    reading: Reading = Reading()


Headers: TypeAlias = Mapping[str, str]

# What annotations of code for this API call a message. They are dictionaries like any other: nothing is added to them.
ChatCompletionMessageParamWithTrace: TypeAlias = Message
ChatCompletionUserMessageParamWithTrace: TypeAlias = Message
ChatCompletionAssistantMessageParamWithTrace: TypeAlias = Message
ChatCompletionSystemMessageParamWithTrace: TypeAlias = Message
ChatCompletionDeveloperMessageParamWithTrace: TypeAlias = Message
ChatCompletionToolMessageParamWithTrace: TypeAlias = Message
ChatCompletionFunctionMessageParamWithTrace: TypeAlias = Message

if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        """Code for this API imports these from here; they live with the participants, a room above."""
        if name in {"AgentInput", "AgentReturnTypes"}:
            return getattr(importlib.import_module("scenario.dialogue.adapter"), name)
        if name == "ScriptStep":
            return importlib.import_module("scenario.dialogue.steps").ScriptStep
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
