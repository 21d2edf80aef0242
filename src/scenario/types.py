"""Values that cross rooms: messages, tool calls, usage, timing, replies, verdicts, results, roles.

They hold no behaviour beyond reading themselves, and know of no network, clock or file.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from scenario.dumpable import Dumpable
from scenario.errors import ScriptError
from scenario.kinds import MESSAGES, NUMBER, TEXT, TEXTS, TRUTH, WHOLE, Kind, Kinds, demand_kinds, one_of, optional
from scenario.not_given import NOT_GIVEN
from scenario.timing import Gaps as Gaps, RunTiming as RunTiming, StreamTiming as StreamTiming
from scenario.tool_call import Message as Message, ToolCall as ToolCall, ToolCalls as ToolCalls, TurnView as TurnView

if TYPE_CHECKING:
    from scenario.dialogue.adapter import AgentInput as AgentInput, AgentReturnTypes as AgentReturnTypes
    from scenario.dialogue.steps import ScriptStep as ScriptStep
    from scenario.exchange import Exchange

Outcome: TypeAlias = Literal["complete", "truncated", "error", "stalled", "timed_out", "aborted"]
CriterionStatus: TypeAlias = Literal["passed", "failed", "inconclusive"]


class AgentRole(Enum):
    """Who a participant is in the conversation."""

    USER = "User"
    AGENT = "Agent"
    JUDGE = "Judge"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, in one shape for every provider."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """The sum, field by field."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
        )


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


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was meant to be JSON and cannot be read.

    Attributes:
        index: its place among the body's events, from 0.
        event: its event name.
        data: the beginning of its data.
    """

    index: int
    event: str = "message"
    data: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a body was read: what was decided, so that nobody has to guess.

    Attributes:
        kinds: the kinds of events that were seen, and what each was taken for.
        segments: how many model calls, runs or messages with an end of their own the body held.
        left_out: what is no part of the answer, and why.
        damage: the first events that could not be read.
        end: "marked" where the agent itself has said that the answer is over; "assumed" where only the body ended,
            which a cut that a proxy repaired does as well; "missing" where the answer is not whole.
        notes: what else was decided: what the finish reason meant, which errors an answer of its own came after.
    """

    kinds: tuple[EventKind, ...] = ()
    segments: int = 1
    left_out: tuple[str, ...] = ()
    damage: tuple[Damage, ...] = ()
    end: Literal["marked", "assumed", "missing"] = "missing"
    notes: tuple[str, ...] = ()


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
    events: list[ReceivedEvent] = msgspec.field(default_factory=list)
    malformed: int = 0
    reading: Reading = Reading()


class RoleUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one role's model calls used.

    Attributes:
        calls: requests that were answered.
        seconds: time spent waiting for them.
        cost: US dollars; None where a price is not known.
    """

    calls: int = 0
    usage: Usage = Usage()
    seconds: float = 0.0
    cost: float | None = None


class JudgmentRequest(Dumpable, kw_only=True):
    """A verdict is demanded.

    Attributes:
        criteria: the checkpoint's own criteria; None asks for the judge's.
        additional_context: what the script adds for the judge.
        context: deprecated name of `additional_context`.
    """

    _kinds: ClassVar[Kinds] = {
        "criteria": optional(TEXTS),
        "additional_context": optional(TEXT),
        "context": optional(TEXT),
    }

    criteria: list[str] | None = None
    additional_context: str | None = None
    context: str | None = None

    def __post_init__(self) -> None:
        """Keep the deprecated name and its successor equal.

        Raises:
            ScriptTypeError: a value is of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("JudgmentRequest", self._kinds, self)
        if self.context is None:
            self.context = self.additional_context
        elif self.additional_context is None:
            self.additional_context = self.context


class CriterionResult(Dumpable, kw_only=True):
    """The verdict on one criterion.

    Attributes:
        criterion: its text, as the test gave it.
        requirement: what the judge took it to demand.
        status: "passed", "failed" or "inconclusive".
        reasoning: why.
        quote: words of the conversation that decide it, checked to stand there; None where there are none.
        message_index: the index in the result's messages of the message that is quoted.
    """

    _kinds: ClassVar[Kinds] = {
        "criterion": TEXT,
        "requirement": TEXT,
        "status": one_of("passed", "failed", "inconclusive"),
        "reasoning": TEXT,
        "quote": optional(TEXT),
        "message_index": optional(WHOLE),
    }

    if TYPE_CHECKING:
        criterion: str
    else:  # what is left out is refused as what is wrong is: by an error that is a ValueError, too
        criterion: str = NOT_GIVEN
    requirement: str = ""
    status: CriterionStatus = "inconclusive"
    reasoning: str = ""
    quote: str | None = None
    message_index: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no verdict.

        Raises:
            ScriptTypeError: a value is of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("CriterionResult", self._kinds, self)


def _are_criteria(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, (CriterionResult, Mapping)) for one in value)


_LISTS: Final = ("messages", "passed_criteria", "failed_criteria", "inconclusive_criteria", "criteria")


class ScenarioResult(Dumpable, kw_only=True):
    """How a run ended.

    Attributes:
        success: whether every criterion was met, or the script said so.
        messages: the conversation, OpenAI-style.
        reasoning: the judge's, or the script's reason.
        passed_criteria: their texts.
        failed_criteria: includes the inconclusive ones.
        inconclusive_criteria: the part of `failed_criteria` that nobody could decide.
        criteria: one entry for each criterion of the verdict that ended the run, in the judge's order.
        total_time: seconds from the run's start to its end; None in a verdict that no run has completed.
        agent_time: seconds of these spent in the agent under test; None as before.
        timing: times of the calls over the wire, in seconds: `ttft_p50`, `ttft_p95`, and each call's own in `turns`.
        usage: tokens and cost by role ("user", "judge", "agent").
        exchanges: every recorded call over the wire, in order; not part of a dump.
        interrupt: what the agent still waited for when the run ended, where it had stopped for a human; else None.
    """

    # Raw bytes.
    _kept_back: ClassVar[frozenset[str]] = frozenset({"exchanges"})
    _kinds: ClassVar[Kinds] = {
        "success": TRUTH,
        "messages": MESSAGES,
        "reasoning": optional(TEXT),
        "passed_criteria": TEXTS,
        "failed_criteria": TEXTS,
        "inconclusive_criteria": TEXTS,
        "criteria": Kind(_are_criteria, "a list of CriterionResult"),
        "total_time": optional(NUMBER),
        "agent_time": optional(NUMBER),
    }

    if TYPE_CHECKING:
        success: bool
        messages: list[Message]
    else:  # as in `CriterionResult`
        success: bool = NOT_GIVEN
        messages: list[Message] = NOT_GIVEN
    reasoning: str | None = None
    passed_criteria: list[str] = msgspec.field(default_factory=list)
    failed_criteria: list[str] = msgspec.field(default_factory=list)
    inconclusive_criteria: list[str] = msgspec.field(default_factory=list)
    criteria: list[CriterionResult] = msgspec.field(default_factory=list)
    total_time: float | None = None
    agent_time: float | None = None
    evaluations: list[Any] = msgspec.field(default_factory=list)
    audio: Any = None
    timeline: Any = None
    latency: Any = None
    timing: RunTiming = RunTiming()
    usage: dict[str, RoleUsage] = msgspec.field(default_factory=dict)
    if TYPE_CHECKING:
        exchanges: list[Exchange] = msgspec.field(default_factory=list)
    else:  # exchanges know of replies, which live here
        exchanges: list[Any] = msgspec.field(default_factory=list)
    interrupt: Any = None

    def __post_init__(self) -> None:
        """Refuse what is no result; lists of criteria that were dumped are read again.

        Raises:
            ScriptTypeError: a value is missing or of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("ScenarioResult", self._kinds, self)
        self.success = bool(self.success)
        for name in _LISTS:
            if isinstance(given := getattr(self, name), tuple):
                setattr(self, name, list(given))
        if any(not isinstance(one, CriterionResult) for one in self.criteria):
            self.criteria = [CriterionResult.model_validate(one) for one in self.criteria]

    def __repr__(self) -> str:
        """What decides, in short: this is what pytest and `print` show, and they show little."""
        failed = f", failed_criteria={self.failed_criteria!r}" if self.failed_criteria else ""
        return (
            f"ScenarioResult(success={self.success}, reasoning={self.reasoning!r}{failed}, "
            f"len(messages)={len(self.messages)})"
        )

    @property
    def last_exchange(self) -> Exchange:
        """The last recorded call over the wire.

        Raises:
            ScriptError: there was none, and `exchanges` is empty (a ValueError).
        """
        return newest_exchange(self.exchanges, "result.last_exchange")


def newest_exchange(exchanges: Sequence[Exchange], asked: str) -> Exchange:
    """The last of these calls over the wire.

    Args:
        exchanges: the calls of a run, in order.
        asked: by which name it is asked for, as the error says.

    Raises:
        ScriptError: there is none: the agent is in this process, or was not asked yet.
    """
    if not exchanges:
        raise ScriptError(
            f"{asked}: no call over the wire was recorded; the agent is in this process, or was not asked yet. Let a "
            "scenario.RemoteAgent answer first; where it need not have, `exchanges` is empty."
        )
    return exchanges[-1]


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
