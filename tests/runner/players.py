"""Participants for tests: they say what they are told to, and keep what they were handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import scenario
from scenario import AgentInput, AgentRole


class Says(scenario.AgentAdapter):
    """Answers one thing after the other, the last one for ever; callables are asked with the input."""

    def __init__(self, *answers: Any, role: AgentRole = AgentRole.AGENT, name: str | None = None) -> None:
        self.role = role
        self.name = name
        self.answers = answers or ("ok",)
        self.inputs: list[AgentInput] = []

    async def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
        self.inputs.append(input)
        answer = self.answers[min(len(self.inputs), len(self.answers)) - 1]
        return answer(input) if callable(answer) else answer

    @property
    def calls(self) -> int:
        return len(self.inputs)


def user(*answers: Any) -> Says:
    """A user participant."""
    return Says(*(answers or ("hello?",)), role=AgentRole.USER)


def judge(*answers: Any) -> Says:
    """A judge, silent unless it is told what to say."""
    return Says(*(answers or ([],)), role=AgentRole.JUDGE)


class Judging(Says):
    """A judge that has criteria of its own."""

    def __init__(self, criteria: Sequence[str], *answers: Any) -> None:
        super().__init__(*(answers or ([],)), role=AgentRole.JUDGE)
        self.criteria = list(criteria)


def verdict(success: bool = True, **values: Any) -> scenario.ScenarioResult:
    """What a judge returns."""
    return scenario.ScenarioResult(success=success, messages=[], **values)


async def play(*agents: Any, script: Any = None, **settings: Any) -> scenario.ScenarioResult:
    """Run a scenario among these participants."""
    return await scenario.run("a test", "a situation", list(agents), script=script, verbose=False, **settings)


def said(result: scenario.ScenarioResult) -> list[tuple[str, Any]]:
    """Who said what."""
    return [(message["role"], message.get("content")) for message in result.messages]
