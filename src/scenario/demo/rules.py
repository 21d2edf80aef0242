"""Participants that need no model: a user with a plan, and a judge with deterministic checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.types import AgentRole, CriterionResult, Message, ScenarioResult

if TYPE_CHECKING:
    from scenario.agents.user_simulator.agent import UserSimulatorAgent


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found.

    Attributes:
        met: whether the criterion is met.
        index: of the message that decides it; None where none does.
        quote: its words.
    """

    met: bool
    reasoning: str
    index: int | None = None
    quote: str | None = None


Check = Callable[[Sequence[Message]], Finding]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a plan.

    Attributes:
        line: what the user says.
        asked: a regular expression that finds the question in a line, whoever put it into words; in any case.
    """

    line: str
    asked: str

    def stands_in(self, messages: Sequence[Message]) -> bool:
        """Whether the user has asked it."""
        return _first(self.asked, "user", messages) is not None


class PlannedUser(AgentAdapter):
    """A user who asks the questions of a plan, one after the other, and is silent when all are asked.

    Args:
        plan: the questions.
        improvising: another user, who is asked first; the plan then only fills its silences.
    """

    role = AgentRole.USER
    name = "user"

    def __init__(self, plan: Sequence[Question], improvising: UserSimulatorAgent | None = None) -> None:
        self.plan = tuple(plan)
        self.improvising = improvising

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """What the other user says, else the first question that was not asked yet."""
        if self.improvising is not None and (said := await self.improvising.call(input)):
            return said
        return next((question.line for question in self.plan if not question.stands_in(input.messages)), [])


class CheckingJudge(AgentAdapter):
    """A judge whose criteria are decided by functions of the messages.

    Args:
        checks: for each criterion the function that decides it.
    """

    role = AgentRole.JUDGE
    name = "judge by rules"

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.checks = checks

    @property
    def criteria(self) -> list[str]:
        """The criteria, in order."""
        return list(self.checks)

    async def call(self, input: AgentInput) -> ScenarioResult | list[Message]:  # noqa: A002 - the contract's name
        """The verdict on all criteria, where one is asked for."""
        if input.judgment_request is None:
            return []
        results = [_result(criterion, check(input.messages)) for criterion, check in self.checks.items()]
        failed = [result for result in results if result.status != "passed"]
        count = f"{len(results) - len(failed)} of {len(results)} criteria are met, by deterministic checks."
        return ScenarioResult(
            success=not failed,
            messages=input.messages,
            reasoning=" ".join([count, *(f"Not met: {result.criterion}" for result in failed)]),
            passed_criteria=[result.criterion for result in results if result.status == "passed"],
            failed_criteria=[result.criterion for result in failed],
            criteria=results,
        )


def _result(criterion: str, finding: Finding) -> CriterionResult:
    return CriterionResult(
        criterion=criterion,
        status="passed" if finding.met else "failed",
        reasoning=finding.reasoning,
        quote=finding.quote,
        message_index=finding.index,
    )


def says(pattern: str) -> Check:
    """A check that the agent says what a regular expression finds, in any case."""

    def check(messages: Sequence[Message]) -> Finding:
        if (found := _first(pattern, "assistant", messages)) is not None:
            return Finding(met=True, reasoning="What the agent said meets it.", index=found[0], quote=found[1])
        last = next((i for i in reversed(range(len(messages))) if messages[i].get("role") == "assistant"), None)
        if last is None:
            return Finding(met=False, reasoning="The agent said nothing.")
        reasoning = "What the agent said does not meet it; its last words were these."
        return Finding(met=False, reasoning=reasoning, index=last, quote=_text(messages[last]))

    return check


def never_says(pattern: str) -> Check:
    """A check that is met as long as the agent does not say what a regular expression finds; it then quotes nothing."""

    def check(messages: Sequence[Message]) -> Finding:
        if (found := _first(pattern, "assistant", messages)) is None:
            return Finding(met=True, reasoning="The agent never said such a thing.")
        return Finding(met=False, reasoning="The agent said this.", index=found[0], quote=found[1])

    return check


def asks(question: Question) -> Check:
    """A check that the user asks this: a run in which nobody asked shows nothing of what the agent would answer."""

    def check(messages: Sequence[Message]) -> Finding:
        if (found := _first(question.asked, "user", messages)) is None:
            return Finding(met=False, reasoning="The user never asked, so the agent never had to answer it.")
        return Finding(met=True, reasoning="The user asked.", index=found[0], quote=found[1])

    return check


def _first(pattern: str, role: str, messages: Sequence[Message]) -> tuple[int, str] | None:
    """The first message of that role in which the pattern is found, by its index, and the words found."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for index, message in enumerate(messages):
        if message.get("role") == role and (found := wanted.search(_text(message))):
            return index, found.group()
    return None


def _text(message: Message) -> str:
    return str(message.get("content") or "")
