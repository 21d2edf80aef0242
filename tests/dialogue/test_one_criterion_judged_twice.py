"""A criterion on which one verdict says several things: whoever finds it unmet is not overruled."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.types import AgentInput, AgentRole, CriterionResult, CriterionStatus, ScenarioResult

CRITERION = "It is polite"


class Verdict(scenario.AgentAdapter):
    """A judge that says always the same."""

    role = AgentRole.JUDGE

    def __init__(self, **told: Any) -> None:
        self.told = told

    async def call(self, input: AgentInput) -> ScenarioResult:  # noqa: A002 - the name in the interface
        return ScenarioResult(messages=[], **self.told)


class Greeter(scenario.AgentAdapter):
    """An agent."""

    async def call(self, input: AgentInput) -> str:  # noqa: A002 - the name in the interface
        return "Hello."


def entry(status: CriterionStatus) -> CriterionResult:
    """What a judge says of the criterion."""
    return CriterionResult(criterion=CRITERION, status=status, reasoning=f"It {status}.")


PASSES = {"success": True, "passed_criteria": [CRITERION], "criteria": [entry("passed")]}
BARE_FAILS = {"success": False, "failed_criteria": [CRITERION], "reasoning": "Rude."}
BOTH: dict[str, Any] = {"success": False, "failed_criteria": [CRITERION], "passed_criteria": [CRITERION]}


async def played(*judges: Verdict) -> ScenarioResult:
    """The result of a run with these judges."""
    return await scenario.run(
        name="twice",
        description="",
        agents=[Greeter(), *judges],
        script=[scenario.user("Hi"), scenario.agent(), scenario.judge()],
    )


@pytest.mark.parametrize(
    "judges",
    [
        pytest.param([PASSES, BARE_FAILS], id="the second only lists it"),
        pytest.param([PASSES, {**BARE_FAILS, "criteria": [entry("failed")]}], id="the second has an entry"),
        pytest.param([{**BOTH, "criteria": [entry("failed"), entry("passed")]}], id="one verdict says both"),
    ],
)
async def test_a_criterion_that_any_judge_found_unmet_is_unmet(judges: list[dict[str, Any]]) -> None:
    """The result has one entry for it, which says so, and it is not among those that were met."""
    result = await played(*(Verdict(**told) for told in judges))
    assert [(one.criterion, one.status) for one in result.criteria] == [(CRITERION, "failed")]
    assert (result.success, result.passed_criteria, result.failed_criteria) == (False, [], [CRITERION])


async def test_a_criterion_that_all_find_met_is_met() -> None:
    """And it is told of once."""
    result = await played(Verdict(**PASSES), Verdict(**PASSES))
    assert [one.status for one in result.criteria] == ["passed"]
    assert (result.success, result.passed_criteria, result.failed_criteria) == (True, [CRITERION], [])
