"""Participants that need no model: a user with a plan, and a judge with deterministic checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scenario.dialogue.adapter import AgentAdapter, AgentInput
from scenario.types import AgentRole, CriterionResult, CriterionStatus, Message, ScenarioResult

# What a check finds: the index of the message that meets the criterion, and the words in it; None where none does.
Finding = tuple[int, str]
Check = Callable[[Sequence[Message]], Finding | None]


class PlannedUser(AgentAdapter):
    """A user who says the lines of a plan, one after the other, and is silent when they are said."""

    role = AgentRole.USER
    name = "user by plan"

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    async def call(self, input: AgentInput) -> str | list[Message]:  # noqa: A002 - the contract's name
        """The next line of the plan that this conversation does not hold yet."""
        said = sum(message.get("role") == "user" for message in input.messages)
        return self.lines[said] if said < len(self.lines) else []


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
            reasoning="No answer of the agent holds such words; the last one says something else.",
            quote=quote,
            message_index=last if messages else None,
        )
    index, words = finding
    return CriterionResult(
        criterion=criterion, status=status, reasoning="These words meet it.", quote=words, message_index=index
    )
