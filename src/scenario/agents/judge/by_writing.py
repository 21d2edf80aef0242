"""What a model that writes makes of criteria, and controls among them where they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.agents.judge.answer import GoesOn
from scenario.agents.judge.asking import Question, answer_to
from scenario.agents.judge.examination import NO_CONTROLS, Examination, Said, told_of, undecided, unfit_result
from scenario.agents.judge.images import images_of
from scenario.agents.judge.verdict import Verdict
from scenario.dialogue.adapter import AgentInput
from scenario.llm.model import Model
from scenario.types import CriterionResult

_IS_TRUE: Final = {"passed": True, "failed": False}


async def verdict_by_writing(question: Question, model: Model, input: AgentInput) -> Verdict | GoesOn:  # noqa: A002
    """The model's verdict, or that it lets the conversation go on.

    Raises:
        ModelError: the server failed, or gave nothing that can be read.
        ConfigurationError: a key is missing.
    """
    if not question.controls:
        return await answer_to(question, model, input)
    # Who is not shown an image may not tell what was said beside it.
    examination = Examination[CriterionResult](
        input.messages, _said, seed=str(question.number), is_missed_undecided=not images_of(input.messages)
    )
    mixed = examination.mixed(question.criteria, question.controls)
    if mixed is None:
        return Verdict(criteria=tuple(undecided(criterion, NO_CONTROLS) for criterion in question.criteria))
    verdict = await answer_to(msgspec.structs.replace(question, criteria=mixed.texts), model, input)
    if isinstance(verdict, GoesOn):
        return verdict

    async def ask(texts: Sequence[str]) -> Sequence[CriterionResult]:
        asked = msgspec.structs.replace(question, criteria=tuple(texts), may_go_on=False)
        answer = await answer_to(asked, model, input)
        return [undecided(text, "") for text in texts] if isinstance(answer, GoesOn) else answer.criteria

    examined = await examination.held(mixed, verdict.criteria, ask)
    results = examined.answers
    if examined.unfit:
        results = tuple(unfit_result(result, examined.unfit) for result in results)
    # Its words on the whole speak of the controls, too, and number the criteria otherwise.
    reasons = [f"{result.criterion}: {result.reasoning}" for result in results if result.status != "passed"]
    told = examined.unfit or told_of(examined.controls, examined.missed)
    return Verdict(
        criteria=results,
        reasoning=told if examined.unfit else " ".join((*reasons, told)),
        controls=examined.controls,
        missed=examined.missed,
    )


def _said(result: CriterionResult) -> Said:
    return Said(is_true=_IS_TRUE.get(result.status), words=f"“{result.status}”")
