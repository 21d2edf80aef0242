"""What the embedded model makes of criteria, one at a time, and of controls among them where they are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.agents.judge.asking import Question
from scenario.agents.judge.band import Band
from scenario.agents.judge.examination import NO_CONTROLS, Examination, Heard, told_of, unfit_result
from scenario.agents.judge.scored import BandInForce, Scored, Scores, said_of, verdict_of
from scenario.agents.judge.verdict import Verdict
from scenario.agents.model_calls import reported_post
from scenario.dialogue.adapter import AgentInput
from scenario.llm.decisions.question import DecisionAnswer
from scenario.llm.embedded.log_odds import BAND, SHIFT, Statement, criterion_result, statement, statement_scores
from scenario.llm.embedded.slot_room import Fitted
from scenario.llm.model import Model


def probability_of(raw_score: float) -> float:
    """Log-odds as a probability."""
    if raw_score >= 0:
        return 1 / (1 + math.exp(-raw_score))
    odds = math.exp(max(raw_score, -700.0))
    return odds / (1 + odds)


_BESIDE: Final = "It was shown additional context, and these figures are of judging without."
# What could decide what it leaves open.
_NEEDS: Final = "a stronger judge"
# Its own band in the same terms as any other's.
OWN_BAND: Final = Band(false_to=probability_of(SHIFT - BAND), true_from=probability_of(SHIFT + BAND))


class LogOdds(msgspec.Struct, frozen=True, kw_only=True):
    """What it said.

    Attributes:
        scores: as probabilities.
        raw: the log-odds of each criterion's statement.
        fitted: what was read of the conversation beside each; none where nobody was asked.
    """

    scores: Scores
    raw: tuple[float, ...] = ()
    fitted: tuple[Fitted, ...] = ()


async def log_odds_of(question: Question, model: Model, input: AgentInput, band: Band) -> LogOdds:  # noqa: A002
    """The model's probability of each criterion.

    Args:
        question: what is asked.
        model: who is asked.
        input: the conversation.
        band: by its middle, controls are held against the model.

    Raises:
        JudgeError: the server's answer has no alternatives of the first token.
        ModelError: a criterion leaves no room for the conversation, or the server failed.
    """
    asked = [statement(criterion) for criterion in question.criteria]
    context = context_of(input)
    post = reported_post(model, input.observer)
    examination = Examination[tuple[float, Fitted]](input.messages, lambda told: said_of(_answer(told), band))
    mixed = examination.mixed([one.text for one in asked], question.controls or 0)
    if mixed is None:
        nobody = DecisionAnswer(why_none=NO_CONTROLS)
        return LogOdds(scores=Scores(items=_scored(question.criteria, asked, [nobody] * len(asked))))

    async def ask(texts: Sequence[str]) -> list[tuple[float, Fitted]]:
        about = [Statement(text=text) for text in texts]
        async with model.alone():
            scored = await statement_scores(
                post, messages=input.messages, asked=about, context=context, is_ours=model.is_ours
            )
        return [(one.raw, one.fitted) for one in scored]

    examined = await examination.held(mixed, await ask(mixed.texts), ask)
    answers = [_answer(told) for told in examined.answers]
    return LogOdds(
        scores=Scores(
            items=_scored(question.criteria, asked, answers, by=model.name),
            heard=tuple(_heard(one) for one in examined.heard),
            missed=examined.missed,
            unfit=examined.unfit,
        ),
        raw=tuple(raw for raw, _ in examined.answers),
        fitted=tuple(fitted for _, fitted in examined.answers),
    )


def context_of(input: AgentInput) -> str:  # noqa: A002 - the contract's name
    """What the script tells the judge beside the conversation, on one line."""
    request = input.judgment_request
    return " ".join((request.additional_context or "").split()) if request is not None else ""


def _answer(told: tuple[float, Fitted]) -> DecisionAnswer:
    return DecisionAnswer(probability=probability_of(told[0]))


def _heard(told: Heard[tuple[float, Fitted]]) -> Heard[DecisionAnswer]:
    again = None if told.again is None else _answer(told.again)
    return Heard(is_true=told.is_true, first=_answer(told.first), again=again)


def _scored(
    criteria: Sequence[str], asked: Sequence[Statement], answers: Sequence[DecisionAnswer], *, by: str = ""
) -> tuple[Scored, ...]:
    return tuple(
        Scored(criterion=criterion, asked=about, answer=answer, by=by)
        for criterion, about, answer in zip(criteria, asked, answers, strict=True)
    )


async def verdict_by_log_odds(
    question: Question,
    model: Model,
    input: AgentInput,  # noqa: A002 - the contract's name
    in_force: BandInForce,
) -> Verdict:
    """The model's verdict on each criterion; what it does not decide is inconclusive, with the reason.

    Raises:
        JudgeError: the server's answer has no alternatives of the first token.
        ModelError: a criterion leaves no room for the conversation, or the server failed.
    """
    found = await log_odds_of(question, model, input, in_force.band)
    scores, fitted = found.scores, found.fitted
    known = model.profile.measured
    judged = f"Judged by {model.name}, experimental."
    if in_force.kept is not None or not fitted or known is None:
        verdict = _with_needs(verdict_of(scores, in_force, by=model.name), scores)
        left = _left_out(max((one.left_out for one in fitted), default=0))
        return msgspec.structs.replace(verdict, reasoning=f"{judged} {verdict.reasoning} {left}".rstrip())
    results = [
        criterion_result(one.criterion, one.asked, raw, read)
        for one, raw, read in zip(scores.items, found.raw, fitted, strict=True)
    ]
    if scores.unfit:
        results = [unfit_result(result, scores.unfit) for result in results]
    told = scores.unfit or told_of(len(scores.heard), scores.missed)
    unused = f"The band that is kept is not used: {in_force.why_none}." if in_force.why_none else ""
    beside = _BESIDE if context_of(input) else ""
    reasoning = " ".join(filter(None, (judged, known.sentence, beside, told, unused)))
    verdict = Verdict(criteria=tuple(results), reasoning=reasoning, controls=len(scores.heard), missed=scores.missed)
    return _with_needs(verdict, scores)


def _with_needs(verdict: Verdict, scores: Scores) -> Verdict:
    """What it left open because its score was not far out, marked so; not what it was not asked, or is unfit for."""
    if scores.unfit:
        return verdict
    criteria = tuple(
        msgspec.structs.replace(result, needs=_NEEDS)
        if result.status == "inconclusive" and one.answer.probability is not None
        else result
        for result, one in zip(verdict.criteria, scores.items, strict=True)
    )
    return msgspec.structs.replace(verdict, criteria=criteria)


def _left_out(lines: int) -> str:
    return f"The {lines} oldest lines of the conversation did not fit and were not read." if lines else ""
