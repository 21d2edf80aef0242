"""How a run ended: what a judge is asked for, its verdict on each criterion, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from scenario.dumpable import Dumpable
from scenario.errors import ScriptError
from scenario.kinds import MESSAGES, NUMBER, TEXT, TEXTS, TRUTH, WHOLE, Kind, Kinds, demand_kinds, one_of, optional
from scenario.not_given import NOT_GIVEN
from scenario.timing import RunTiming
from scenario.tool_call import Message
from scenario.usage import RoleUsage

if TYPE_CHECKING:
    from scenario.exchange import Exchange

CriterionStatus: TypeAlias = Literal["passed", "failed", "inconclusive"]
# What a verdict comes to: the agent met what was asked, it did not, or nobody could tell.
Decision: TypeAlias = Literal["passed", "failed", "undecided"]


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


class FinalJudgmentRequest(JudgmentRequest, kw_only=True):
    """A verdict is demanded because free play ends here: nobody has written that it is to be judged now.

    Judges of one's own need not tell it from any other: it equals a `JudgmentRequest` that asks the same.
    """

    __hash__ = None  # type: ignore[assignment]  # as every request, it can be changed

    def __eq__(self, other: object) -> bool:
        """Whether the same is asked."""
        return isinstance(other, JudgmentRequest) and self.model_dump() == other.model_dump()


class CriterionResult(Dumpable, kw_only=True):
    """The verdict on one criterion.

    Attributes:
        criterion: its text, as the test gave it.
        requirement: what the judge took it to demand.
        status: "passed", "failed" or "inconclusive".
        reasoning: why.
        needs: what could decide it, where it is inconclusive for want of that: "a stronger judge"; "" where nothing
            is known to help, or is needed.
        quote: words of the conversation that decide it, checked to stand there; None where there are none.
        message_index: the index in the result's messages of the message that is quoted.
    """

    _kinds: ClassVar[Kinds] = {
        "criterion": TEXT,
        "requirement": TEXT,
        "status": one_of("passed", "failed", "inconclusive"),
        "reasoning": TEXT,
        "needs": TEXT,
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
    needs: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no verdict.

        Raises:
            ScriptTypeError: a value is of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("CriterionResult", self._kinds, self)


class Judgment(Dumpable, kw_only=True):
    """One answer of a judge's model: what it was asked, and what it said. A verdict may rest on several.

    It is the answer that counted: what a model was asked to correct is not kept. A criterion that it decided by words
    that nobody said is inconclusive here too, and its reasoning has what was claimed.

    Attributes:
        asked: why it was asked: "turn" (after a turn of free play), "verdict" (one is demanded), "confirmation" (a
            verdict, by a second asking of its own), "split" (once more, as answers differed).
        answer: "goes on" where it let the conversation go on; else what its criteria come to.
        model: the model's name.
        turn: the index of the turn, from 0.
        round: which round of asking it belongs to, from 1.
        vote: which vote of that round it is, from 1.
        votes: how many votes that round has.
        criteria: what it says of each criterion that it was asked about.
        reasoning: its own words on the whole; what is still to be seen, where the conversation goes on.
        server: where the model was asked, without what is secret in an address; "" for one that runs on this machine
            for us.
        settings: how its judge is asked, in words, such as "votes=1 ask=all temperature=0.7".
        controls: how many statements whose truth the transcript settles were put to it beside the criteria.
        missed: how many of these it missed.
    """

    _kinds: ClassVar[Kinds] = {
        "asked": one_of("turn", "verdict", "confirmation", "split"),
        "answer": one_of("goes on", "passed", "failed", "inconclusive"),
        "criteria": Kind(lambda value: _are_criteria(value), "a list of CriterionResult"),
        "reasoning": TEXT,
    }

    asked: Literal["turn", "verdict", "confirmation", "split"] = "verdict"
    answer: Literal["goes on", "passed", "failed", "inconclusive"] = "inconclusive"
    model: str = ""
    turn: int = 0
    round: int = 1
    vote: int = 1
    votes: int = 1
    criteria: list[CriterionResult] = msgspec.field(default_factory=list)
    reasoning: str = ""
    server: str = ""
    settings: str = ""
    controls: int = 0
    missed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no judgment; criteria that were dumped are read again.

        Raises:
            ScriptTypeError: a value is of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("Judgment", self._kinds, self)
        if any(not isinstance(one, CriterionResult) for one in self.criteria):
            self.criteria = [CriterionResult.model_validate(one) for one in self.criteria]


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
        undecided: whether nobody decided, as at a limit that was reached without a verdict.
        judgments: every answer of the built-in judges on the way, in order.
        agreement: of several votes, Krippendorff's alpha: 1 where all agree, 0 where it is as by chance; None where
            there were no several, or where too few of them were verdicts.
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
    undecided: bool = False
    judgments: list[Judgment] = msgspec.field(default_factory=list)
    agreement: float | None = None

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
        if any(not isinstance(one, Judgment) for one in self.judgments):
            self.judgments = [Judgment.model_validate(one) for one in self.judgments]

    def __repr__(self) -> str:
        """What decides, in short: this is what pytest and `print` show, and they show little."""
        failed = f", failed_criteria={self.failed_criteria!r}" if self.failed_criteria else ""
        undecided = ", outcome='undecided'" if self.outcome == "undecided" else ""
        return (
            f"ScenarioResult(success={self.success}{undecided}, reasoning={self.reasoning!r}{failed}, "
            f"len(messages)={len(self.messages)})"
        )

    @property
    def outcome(self) -> Decision:
        """What it comes to: "passed", "failed", or "undecided" where nothing failed but what nobody could decide.

        A run that is invalid, because of a simulator, a judge, the wire or the machine, has no result but an exception.
        """
        if self.success:
            return "passed"
        failed = set(self.failed_criteria)
        return "undecided" if self.undecided or (failed and failed <= set(self.inconclusive_criteria)) else "failed"

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
