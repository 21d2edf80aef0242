"""From the probability of a decision model to a verdict, and the words that go with it. Pure.

A probability is no verdict: over a small general model, p ≥ 0.5 passed nine of ten criteria that were not met. Where
nothing is known of a server, a model and a wording together, only what lies far out decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.agents.judge.controls import Control
from scenario.llm.decisions.question import DecisionAnswer
from scenario.llm.embedded.log_odds import Statement
from scenario.types import CriterionResult, CriterionStatus

# Chosen wide, and measured with no decision model.
FAILS_TO: Final = 0.05
PASSES_FROM: Final = 0.95
_NO_CALIBRATION: Final = "no calibration for this server, model and wording"
_UNFIT: Final = "The judge is not fit for this conversation: it missed statements whose truth the transcript settles"
_FLIPPED: Final[dict[CriterionStatus, CriterionStatus]] = {
    "passed": "failed",
    "failed": "passed",
    "inconclusive": "inconclusive",
}


def question_about(stated: str) -> str:
    """What a decision model is asked about a statement, a criterion's or a control's."""
    return f"Is this true of the conversation in the transcript? {stated}"


def status_of(probability: float) -> CriterionStatus:
    """The verdict on a statement, by the probability that it is true."""
    if probability >= PASSES_FROM:
        return "passed"
    return "failed" if probability <= FAILS_TO else "inconclusive"


def criterion_result(criterion: str, asked: Statement, answer: DecisionAnswer, *, by: str) -> CriterionResult:
    """The verdict on a criterion, with how it came about.

    Args:
        criterion: as the test gave it.
        asked: the statement about which the model was asked.
        answer: what it said.
        by: the model that answered.
    """
    requirement = f"Not: {asked.text}" if asked.negated else asked.text
    if answer.probability is None:
        return CriterionResult(
            criterion=criterion, requirement=requirement, status="inconclusive", reasoning=answer.why_none
        )
    status = status_of(answer.probability)
    word = {"passed": "taken to be true", "failed": "taken to be false", "inconclusive": "undecided"}[status]
    reasoning = (
        f"{_shown(answer.probability)}: {word}, {_NO_CALIBRATION}: only from {PASSES_FROM} and up to {FAILS_TO} it "
        f"counts. Answered by {by}, which gives no reasons."
    )
    if asked.negated:
        reasoning += f" It was asked whether “{asked.text}”, and its answer was reversed."
    return CriterionResult(
        criterion=criterion,
        requirement=requirement,
        status=_FLIPPED[status] if asked.negated else status,
        reasoning=reasoning,
    )


def _shown(probability: float) -> str:
    """In two digits, in more where two would tell another verdict."""
    short = f"{probability:.2f}"
    return short if status_of(float(short)) == status_of(probability) else repr(probability)


def undecided(criterion: str, why: str) -> CriterionResult:
    """A criterion about which nothing is known."""
    return CriterionResult(criterion=criterion, status="inconclusive", reasoning=why)


def unfit_result(result: CriterionResult, why: str) -> CriterionResult:
    """A verdict of a judge that has proven unfit: none, whatever it said."""
    return CriterionResult(
        criterion=result.criterion,
        requirement=result.requirement,
        status="inconclusive",
        reasoning=f"{why} It had said: {result.reasoning}",
    )


def why_unfit(missed: Sequence[tuple[Control, DecisionAnswer]]) -> str:
    """Why a judge is not fit, by the statements that it missed twice."""
    told = "; ".join(
        f"“{control.text}” is {'true' if control.is_true else 'false'}, and it said "
        + (f"{answer.probability:.6g}" if answer.probability is not None else f"nothing ({answer.why_none})")
        for control, answer in missed
    )
    return f"{_UNFIT}, also when it was asked about others: {told}."
