"""What a decision model makes of criteria, and of controls that stand among them in the same request."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scenario.agents.judge.asking import Question
from scenario.agents.judge.band import Band
from scenario.agents.judge.decision_question import question_about
from scenario.agents.judge.examination import NO_CONTROLS, Examination, Heard
from scenario.agents.judge.prompt import in_a_line, judged_text
from scenario.agents.judge.scored import Scored, Scores, said_of
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ModelResponseError
from scenario.llm.cost import cost_of
from scenario.llm.decisions.asking import decide
from scenario.llm.decisions.question import MOST_QUESTIONS, DecisionAnswer, Question as Decidable, portions
from scenario.llm.embedded.log_odds import Statement, statement
from scenario.llm.model import Model
from scenario.types import Message, Usage


async def scores_by_decisions(question: Question, model: Model, input: AgentInput, band: Band) -> Scores:  # noqa: A002
    """The model's probability of each criterion, or why there is none.

    Args:
        question: what is asked.
        model: who is asked.
        input: the conversation.
        band: by its middle, controls are held against the model.

    Raises:
        ModelError: the server failed.
        ConfigurationError: it refuses the key, the route, the model or the request.
    """
    sitting = _Sitting(model, input, band)
    count = question.controls or 0
    # Each request has controls of its own: behind one address there may be several servers.
    for criteria in portions(question.criteria, MOST_QUESTIONS - count):
        await sitting.ask_about(criteria, count)
    return sitting.scores


class _Sitting:
    """One conversation put to one model.

    Attributes:
        scores: what came of it so far.
    """

    def __init__(self, model: Model, input: AgentInput, band: Band) -> None:  # noqa: A002
        state, request = input.scenario_state, input.judgment_request
        self.scores = Scores(items=())
        self._model = model
        self._observer = input.observer
        self._messages = input.messages
        self._description = "" if state is None else state.description
        self._context = None if request is None else request.additional_context
        self._examination = Examination[tuple[DecisionAnswer, str]](
            input.messages,
            lambda answered: said_of(answered[0], band),
            seed=self._text(input.messages),
            shown=f"{self._description} {self._context or ''}",
        )

    async def ask_about(self, criteria: Sequence[str], count: int) -> None:
        """Ask about these criteria, which fit into one request beside so many controls."""
        asked = [statement(criterion) for criterion in criteria]
        mixed = self._examination.mixed([in_a_line(one.text) for one in asked], count)
        if mixed is None:
            self._add(criteria, asked, [(DecisionAnswer(why_none=NO_CONTROLS), "")] * len(criteria))
            return
        try:
            answers = await self._asked(mixed.texts)
            examined = await self._examination.held(mixed, answers, self._asked, self._asked_about)
        except ModelResponseError as error:
            if error.reason != "context_length":
                raise
            why = f"The conversation is too long for the judge's model, so that nobody has judged it: {error}"
            self._add(criteria, asked, [(DecisionAnswer(why_none=why), "")] * len(criteria))
            return
        self._add(criteria, asked, examined.answers)
        self.scores = msgspec.structs.replace(
            self.scores,
            heard=(*self.scores.heard, *(_heard(one) for one in examined.heard)),
            missed=self.scores.missed + examined.missed,
            unfit=self.scores.unfit or examined.unfit,
        )

    def _add(
        self, criteria: Sequence[str], asked: Sequence[Statement], answers: Sequence[tuple[DecisionAnswer, str]]
    ) -> None:
        items = [
            Scored(criterion=criterion, asked=about, answer=answer, by=by)
            for criterion, about, (answer, by) in zip(criteria, asked, answers, strict=True)
        ]
        self.scores = msgspec.structs.replace(self.scores, items=(*self.scores.items, *items))

    def _text(self, messages: Sequence[Message]) -> str:
        return judged_text(description=self._description, messages=messages, additional_context=self._context)

    async def _asked(self, texts: Sequence[str]) -> list[tuple[DecisionAnswer, str]]:
        return await self._asked_about(self._messages, texts)

    async def _asked_about(self, messages: Sequence[Message], texts: Sequence[str]) -> list[tuple[DecisionAnswer, str]]:
        # In the order of the alphabet, too: in that some servers hand answers on.
        digits = len(str(len(texts)))
        questions = [
            Decidable(id=f"q{number:0{digits}}", text=question_about(text))
            for number, text in enumerate(texts, start=1)
        ]
        decisions = await decide(self._model, self._text(messages), questions, self._report)
        self.scores = msgspec.structs.replace(self.scores, remarks=(*self.scores.remarks, *decisions.remarks))
        return [(answer, decisions.model) for answer in decisions.answers]

    def _report(self, usage: Usage | None, seconds: float) -> None:
        target = self._model.target
        cost = None if usage is None else cost_of(target.model, usage, api_base=target.api_base)
        self._observer.model_called(self._model.name, usage or Usage(), seconds=seconds, cost=cost)


def _heard(told: Heard[tuple[DecisionAnswer, str]]) -> Heard[DecisionAnswer]:
    again = None if told.again is None else told.again[0]
    turned = None if told.turned is None else told.turned[0]
    return Heard(is_true=told.is_true, first=told.first[0], again=again, turned=turned)
