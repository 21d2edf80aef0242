"""A judge that is content with a share of the criteria: `threshold` of a scenario file."""

from __future__ import annotations

import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.types import AgentRole, ScenarioResult


class LenientJudge(AgentAdapter):
    """Turns a verdict into a success where enough of its criteria are met; checkpoints must be met as a whole.

    Args:
        judge: who judges.
        threshold: the share of the criteria that must be met, above 0 and up to 1.
    """

    role = AgentRole.JUDGE

    def __init__(self, judge: JudgeAgent, threshold: float) -> None:
        self.judge = judge
        self.threshold = threshold
        self.name: str | None = type(judge).__name__

    @property
    def criteria(self) -> list[str]:
        """Those of the judge."""
        return self.judge.criteria

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """The judge's verdict, its success counted anew."""
        verdict = await self.judge.call(input)
        request = input.judgment_request
        if not isinstance(verdict, ScenarioResult) or (request is not None and request.criteria is not None):
            return verdict
        met, count = len(verdict.passed_criteria), len(verdict.passed_criteria) + len(verdict.failed_criteria)
        if verdict.success or not count:
            return verdict
        if met / count < self.threshold:
            open_ = (met + len(verdict.inconclusive_criteria)) / count >= self.threshold
            return msgspec.structs.replace(verdict, undecided=open_)
        reasoning = f"{met} of {count} criteria are met; {self.threshold:.0%} suffice. {verdict.reasoning or ''}"
        return msgspec.structs.replace(verdict, success=True, reasoning=reasoning.strip())
