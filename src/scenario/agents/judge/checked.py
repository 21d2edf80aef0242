"""Criteria that checks decide: no model is asked about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scenario import checks as factories
from scenario.agents.judge.deliberation import Decision
from scenario.criterion import CheckCriterion, as_criterion, is_of_check
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError, JudgeError, ScenarioError, ScriptError
from scenario.foreign import called
from scenario.result import CriterionResult, CriterionStatus
from scenario.warning import ScenarioWarning

_HOLDS = "The check holds."
_NO_RUN = "There is no run here that the check could look at."


def told_criteria(given: Sequence[Any]) -> list[str]:
    """Criteria as texts, of which those of checks know their functions.

    Raises:
        ConfigurationError: two checks would be known by one name, or a check's name stands in its place.
        ScriptTypeError: a check has no name.
    """
    criteria = [as_criterion(one) for one in given]
    for one in criteria:
        if type(one) is str and is_of_check(one) and (one.endswith("()") or one.partition("(")[0] in factories.__all__):
            raise ConfigurationError(
                f"The criterion {one!r:.120} is how a check is written, and a model would decide it: give the check "
                "itself."
            )
    checks: dict[str, Any] = {}
    for one in criteria:
        if isinstance(one, CheckCriterion) and checks.setdefault(str(one), one.check) is not one.check:
            raise ConfigurationError(
                f"Two checks among the criteria are called {one!r:.120}, and no report could tell them apart: give one "
                "of the functions another `__name__`, or leave one out."
            )
    return criteria


def by_models(criteria: Sequence[str]) -> list[str]:
    """The sentences among criteria."""
    return [one for one in criteria if not isinstance(one, CheckCriterion)]


async def with_checks(decision: Decision | None, criteria: Sequence[str], given: AgentInput) -> Decision | None:
    """A decision on the sentences among criteria, with those that checks decide, all in their order.

    None where it ends nothing: the models would pass it of their own accord, and a check does not hold (yet).

    Args:
        decision: the models'; None where there are no sentences.
        criteria: all.
        given: what the judge was handed.

    Raises:
        JudgeError: a check failed otherwise than by saying that it does not hold.
    """
    if len(by_models(criteria)) == len(criteria):
        return decision
    prose = iter(() if decision is None else decision.results)
    results = tuple([await _result(one, given) if isinstance(one, CheckCriterion) else next(prose) for one in criteria])
    if decision is None:
        hold = all(one.status == "passed" for one in results)
        return Decision(results=results, reasoning=f"All {len(results)} checks hold." if hold and results[1:] else "")
    unmet = sum(one.status != "passed" for one in results) - sum(one.status != "passed" for one in decision.results)
    passes = all(one.status == "passed" for one in decision.results)
    if unmet and passes and given.judgment_request is None:
        return None
    told = f"{unmet} of {len(results) - len(decision.results)} checks did not pass. " if unmet else ""
    return Decision(results=results, reasoning=f"{told}{decision.reasoning}".rstrip(), agreement=decision.agreement)


async def _result(criterion: CheckCriterion, given: AgentInput) -> CriterionResult:
    status, reasoning = await _told(criterion, given)
    return CriterionResult(criterion=str(criterion), status=status, reasoning=reasoning)


async def _told(criterion: CheckCriterion, given: AgentInput) -> tuple[CriterionStatus, str]:
    if given.scenario_state is None:
        return "inconclusive", _NO_RUN
    try:
        value = await called(criterion.check, given.scenario_state)
    except AssertionError as error:
        return "failed", str(error) or "The check does not hold."
    except ScriptError as error:
        return "inconclusive", f"The check could not tell: {error}"
    except ScenarioWarning:
        raise
    except ScenarioError as error:
        # A model of embeddings that cannot be reached is no fault of the test.
        blamed = JudgeError(f"The criterion {criterion!r:.120}: {error}")
        blamed.fault = error.fault
        raise blamed from error
    except Exception as error:
        raise _of_the_test(criterion, f"raised {type(error).__name__}: {error}") from error
    if value is None or value is True:
        return "passed", _HOLDS
    if value is False:
        return "failed", "The check is False."
    raise _of_the_test(criterion, f"returned {value!r:.120}")


def _of_the_test(criterion: str, what: str) -> JudgeError:
    error = JudgeError(
        f"The criterion {criterion!r:.120} is a check that {what}. A check returns None or True where it holds, and "
        "False, or raises an AssertionError, where it does not."
    )
    error.fault = "test"
    return error
