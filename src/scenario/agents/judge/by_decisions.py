"""A verdict of a decision model: criteria and controls in one request, in an order that does not tell them apart."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Final

from scenario.agents.judge.asking import Question
from scenario.agents.judge.controls import Control, control_about, controls_for
from scenario.agents.judge.decided import criterion_result, question_about, undecided, unfit_result, why_unfit
from scenario.agents.judge.prompt import in_a_line, judged_text
from scenario.agents.judge.verdict import Verdict
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ModelResponseError
from scenario.llm.cost import cost_of
from scenario.llm.decisions.asking import decide
from scenario.llm.decisions.question import MOST_QUESTIONS, DecisionAnswer, Decisions, Question as Decidable, portions
from scenario.llm.embedded.log_odds import statement
from scenario.llm.model import Model
from scenario.types import CriterionResult, Message, Usage

_NO_CONTROLS: Final = (
    "The conversation has no words by which the judge could be controlled, so that nobody was asked about it."
)


async def verdict_by_decisions(question: Question, model: Model, input: AgentInput) -> Verdict:  # noqa: A002
    """The model's verdict on each criterion; what it does not decide is inconclusive, with the reason.

    Raises:
        ModelError: the server failed.
        ConfigurationError: it refuses the key, the route, the model or the request.
    """
    state, request = input.scenario_state, input.judgment_request
    text = judged_text(
        description="" if state is None else state.description,
        messages=input.messages,
        additional_context=None if request is None else request.additional_context,
    )
    sitting = _Sitting(model, input, text)
    results: list[CriterionResult] = []
    # Each request has controls of its own: behind one address there may be several servers.
    for criteria in portions(question.criteria, MOST_QUESTIONS - question.controls):
        results += await sitting.results(criteria, question.controls)
    if sitting.unfit:
        results = [unfit_result(result, sitting.unfit) for result in results]
    said = " ".join(dict.fromkeys(sitting.remarks))
    return Verdict(criteria=tuple(results), reasoning=f"Probabilities of {model.name}. {sitting.told} {said}".rstrip())


class _Sitting:
    """One conversation put to one model.

    Attributes:
        unfit: why nothing that it says counts; "" where nothing tells.
        remarks: what its server said on the whole.
    """

    def __init__(self, model: Model, input: AgentInput, text: str) -> None:  # noqa: A002
        self.unfit = ""
        self.remarks: list[str] = []
        self._model = model
        self._messages: Sequence[Message] = input.messages
        self._observer = input.observer
        self._text = text
        self._controls = 0
        self._missed_once = 0

    @property
    def told(self) -> str:
        """What came of the controls, in words."""
        if self.unfit:
            return self.unfit
        if not self._controls:
            return ""
        later = f", {self._missed_once} of them when asked again in another way" if self._missed_once else ""
        return f"It got {self._controls} statements right whose truth the transcript settles{later}."

    async def results(self, criteria: Sequence[str], count: int) -> list[CriterionResult]:
        """A verdict on each of these criteria, which fit into one request beside so many controls."""
        chance = self._chance(criteria)
        controls = controls_for(self._messages, count, chance)
        if len(controls) < count:
            return [undecided(criterion, _NO_CONTROLS) for criterion in criteria]
        asked = [statement(criterion) for criterion in criteria]
        # None stands for the next criterion.
        places: list[Control | None] = [None] * len(criteria)
        for control in controls:
            places.insert(chance.randint(0, len(places)), control)
        waiting = iter(asked)
        texts = [in_a_line(next(waiting).text) if one is None else one.text for one in places]
        try:
            decisions = await self._asked(texts)
        except ModelResponseError as error:
            if error.reason != "context_length":
                raise
            why = f"The conversation is too long for the judge's model, so that nobody has judged it: {error}"
            return [undecided(criterion, why) for criterion in criteria]
        told = list(zip(places, decisions.answers, strict=True))
        await self._hold_against([(one, answer) for one, answer in told if one is not None], chance)
        by = decisions.model or self._model.name
        answers = [answer for one, answer in told if one is None]
        return [
            criterion_result(criterion, about, answer, by=by)
            for criterion, about, answer in zip(criteria, asked, answers, strict=True)
        ]

    async def _hold_against(self, told: Sequence[tuple[Control, DecisionAnswer]], chance: random.Random) -> None:
        """Ask once more, about other statements, in the place of those that it missed."""
        self._controls += len(told)
        missed = [(control, answer) for control, answer in told if not control.is_met_by(answer.probability)]
        if not missed:
            return
        self._missed_once += len(missed)
        others = [_other_than(control, self._messages, chance) for control, _ in missed]
        decisions = await self._asked([control.text for control in others])
        again = zip(others, decisions.answers, strict=True)
        if missed_again := [(one, answer) for one, answer in again if not one.is_met_by(answer.probability)]:
            self.unfit = why_unfit(missed_again)

    async def _asked(self, texts: Sequence[str]) -> Decisions:
        questions = [
            Decidable(id=f"q{number}", text=question_about(text)) for number, text in enumerate(texts, start=1)
        ]
        decisions, seconds, cached = await decide(self._model, self._text, questions)
        self.remarks += decisions.remarks
        if not cached:
            usage, target = decisions.usage, self._model.target
            cost = None if usage is None else cost_of(target.model, usage, api_base=target.api_base)
            self._observer.model_called(self._model.name, usage or Usage(), seconds=seconds, cost=cost)
        return decisions

    def _chance(self, criteria: Sequence[str]) -> random.Random:
        """Chance that is the same for the same conversation and criteria, so that answers on disk are found again."""
        seed = hashlib.sha256("\0".join((self._text, *criteria)).encode("utf-8", "replace")).digest()
        return random.Random(seed)  # noqa: S311 - a place is no secret


def _other_than(control: Control, messages: Sequence[Message], chance: random.Random) -> Control:
    """Another statement of the same kind: in another form, as a rule about other words."""
    others = (control_about(control.about, messages, chance, number) for number in (1, 0))
    return next((other for other in others if other is not None and other.text != control.text), control)
