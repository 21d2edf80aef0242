"""Participants that need no model: a user with a plan, and a judge with deterministic checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scenario.agents.user_simulator.agent import UserSimulatorAgent
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.types import AgentRole, CriterionResult, CriterionStatus, Message, ScenarioResult

# What a check finds: the index of the message that meets the criterion, and the words in it; None where none does.
Finding = tuple[int, str]
Check = Callable[[Sequence[Message]], Finding | None]


class PlannedUser(AgentAdapter):
    """A user who says the lines of a plan, one after the other, and is silent when they are said.

    Args:
        lines: the plan.
        improvising: another user, who is asked first; the plan then only fills its silences.
    """

    role = AgentRole.USER
    name = "user"

    def __init__(self, lines: Sequence[str], improvising: UserSimulatorAgent | None = None) -> None:
        self.lines = list(lines)
        self.improvising = improvising

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """What the other user says, else the plan's line for this turn."""
        if self.improvising is not None and (said := await self.improvising.call(input)):
            return said
        turn = sum(message.get("role") == "user" for message in input.messages)
        return self.lines[turn] if turn < len(self.lines) else []


class CheckingJudge(AgentAdapter):
    """A judge whose criteria are decided by functions of the messages.

    Args:
        checks: for each criterion the function that looks for the words that meet it.
    """

    role = AgentRole.JUDGE
    name = "judge by rules"

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks

    @property
    def criteria(self) -> list[str]:
        """The criteria, in order."""
        return list(self.checks)

    async def call(self, input: AgentInput) -> ScenarioResult | list[Message]:  # noqa: A002 - the contract's name
        """The verdict, where one is asked for."""
        if input.judgment_request is None:
            return []
        messages = input.messages
        results = [_decided(criterion, check(messages), messages) for criterion, check in self.checks.items()]
        failed = [result.criterion for result in results if result.status != "passed"]
        return ScenarioResult(
            success=not failed,
            messages=messages,
            reasoning=f"{len(results) - len(failed)} of {len(results)} criteria are met, by deterministic checks.",
            passed_criteria=[result.criterion for result in results if result.status == "passed"],
            failed_criteria=failed,
            criteria=results,
        )


def _decided(criterion: str, finding: Finding | None, messages: Sequence[Message]) -> CriterionResult:
    status: CriterionStatus = "failed" if finding is None else "passed"
    if finding is None:
        last = len(messages) - 1
        quote = str(messages[last].get("content") or "") if messages else None
        return CriterionResult(
            criterion=criterion,
            status=status,
            reasoning="What the agent said does not meet it; its last words were these.",
            quote=quote,
            message_index=last if messages else None,
        )
    index, words = finding
    if not words:
        return CriterionResult(criterion=criterion, status=status, reasoning="The agent never said such a thing.")
    return CriterionResult(
        criterion=criterion, status=status, reasoning="What the agent said meets it.", quote=words, message_index=index
    )


def says(pattern: str) -> Check:
    """A check that looks for a regular expression in what the agent said, without regard to case."""
    wanted = re.compile(pattern, re.IGNORECASE)

    def check(messages: Sequence[Message]) -> Finding | None:
        for index, message in enumerate(messages):
            found = wanted.search(str(message.get("content") or "")) if message.get("role") == "assistant" else None
            if found:
                return index, found.group()
        return None

    return check


def never_says(pattern: str) -> Check:
    """A check that is met as long as the agent does not say it; it then quotes nothing."""
    looked_for = says(pattern)

    def check(messages: Sequence[Message]) -> Finding | None:
        return (0, "") if looked_for(messages) is None else None

    return check
