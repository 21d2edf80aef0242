"""The votes of a round: each model is asked by itself, in an order of the criteria of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from scenario.agents.judge.answer import GoesOn
from scenario.agents.judge.asking import Question
from scenario.agents.judge.band import NOTHING, WIDE, Band
from scenario.agents.judge.by_writing import verdict_by_writing
from scenario.agents.judge.controls import USUAL_CONTROLS
from scenario.agents.judge.deliberation import Round, Vote
from scenario.agents.judge.images import images_of, without_the_unseen
from scenario.agents.judge.kept_bands import band_in_force
from scenario.agents.judge.scored import Scores, verdict_of
from scenario.agents.judge.told_settings import server_told
from scenario.agents.judge.verdict import Verdict
from scenario.dialogue.adapter import AgentInput
from scenario.llm.model import Model
from scenario.types import CriterionResult, Judgment

T = TypeVar("T")

Ask = Literal["all", "each"]


class Panel:
    """Who votes on one verdict, and how often they were asked so far.

    Args:
        models: who is asked, in turn, for as many votes as there are.
        criteria: what is judged.
        template: the question, but for its criteria and number.
        ask: all criteria at once, or each in a request of its own.
        input: the conversation.
        bands: the file with the bands that were calibrated; that of the store's folder by default.
        settings: how the judge is asked, in words.
    """

    def __init__(
        self,
        models: Sequence[Model],
        criteria: Sequence[str],
        *,
        template: Question,
        ask: Ask,
        input: AgentInput,  # noqa: A002 - the contract's name
        bands: Path | None = None,
        settings: str = "",
    ) -> None:
        self._models = models
        self._criteria = criteria
        self._template = template
        self._ask = ask
        self._input = input
        self._bands = bands
        self._settings = settings
        self._asked = 0

    async def votes(self, asked: Round) -> list[Vote]:
        """The answers of a round.

        Raises:
            ModelError: one of them failed: a verdict that lacks a vote is none.
            ConfigurationError: a key or the embedded model is missing.
        """
        first = self._asked
        self._asked += asked.votes
        return await _together([self._vote(asked, vote, first + vote) for vote in range(asked.votes)])

    async def _vote(self, asked: Round, vote: int, number: int) -> Vote:
        model = self._models[vote % len(self._models)]
        order = _order(asked.criteria, number)
        groups = [(index,) for index in order] if self._ask == "each" else [order]
        questions = [
            msgspec.structs.replace(
                self._template,
                criteria=tuple(self._criteria[index] for index in group),
                may_go_on=asked.may_go_on,
                number=number,
            )
            for group in groups
        ]
        verdicts = await _together([_verdict(question, model, self._input, self._bands) for question in questions])
        given: dict[int, CriterionResult] = {}
        for group, verdict in zip(groups, verdicts, strict=True):
            said = {} if isinstance(verdict, GoesOn) else dict(zip(group, verdict.criteria, strict=True))
            given |= said
            self._input.observer.judgment_given(
                Judgment(
                    asked=asked.asked,
                    answer=_answer(said),
                    model=model.name,
                    round=asked.number,
                    vote=vote + 1,
                    votes=asked.votes,
                    criteria=[said[index] for index in sorted(said)],
                    reasoning=verdict.reasoning,
                    server=server_told(model),
                    settings=self._settings,
                    controls=verdict.controls if isinstance(verdict, Verdict) else 0,
                    missed=verdict.missed if isinstance(verdict, Verdict) else 0,
                )
            )
        reasoning = " ".join(one.reasoning for one in verdicts if isinstance(one, Verdict) and one.reasoning)
        return Vote(results=tuple(given.get(index) for index in asked.criteria), reasoning=reasoning)


def _order(criteria: tuple[int, ...], number: int) -> tuple[int, ...]:
    """The order in which an asking shows them: as given, backwards, then as chance has it, alike in every run."""
    if number == 0:
        return criteria
    if number == 1:
        return criteria[::-1]
    return tuple(random.Random(number).sample(criteria, len(criteria)))  # noqa: S311 - an order is no secret


def _answer(said: Mapping[int, CriterionResult]) -> Literal["goes on", "passed", "failed", "inconclusive"]:
    """What one request's answer comes to; nothing is said of any criterion where the conversation goes on."""
    if not said:
        return "goes on"
    statuses = {result.status for result in said.values()}
    if "failed" in statuses:
        return "failed"
    return "inconclusive" if "inconclusive" in statuses else "passed"


async def _verdict(question: Question, model: Model, input: AgentInput, bands: Path | None) -> Verdict | GoesOn:  # noqa: A002
    way = model.profile.judge
    question = msgspec.structs.replace(question, controls=controls_of(question, model))
    if way == "structured":
        return await verdict_by_writing(question, model, input)
    # Neither can say that it is too early.
    if question.may_go_on and any(message.get("role") == "user" for message in input.new_messages):
        return GoesOn()
    in_force = band_in_force(model, bands, default=default_band(model))
    if way == "log-odds":
        from scenario.agents.judge.by_log_odds import verdict_by_log_odds  # nobody else needs it

        verdict = await verdict_by_log_odds(question, model, input, in_force)
    else:
        from scenario.agents.judge.by_decisions import scores_by_decisions  # nobody else needs it

        scores = await scores_by_decisions(question, model, input, in_force.band)
        verdict = verdict_of(scores, in_force, by=model.name)
    return without_the_unseen(verdict, "it takes none", every=True) if images_of(input.messages) else verdict


async def scores_of(question: Question, model: Model, input: AgentInput) -> Scores:  # noqa: A002
    """What a model that gives probabilities makes of the criteria, before a band makes verdicts of them.

    Raises:
        ModelError: its server failed.
        ConfigurationError: it refuses the request.
    """
    question = msgspec.structs.replace(question, controls=controls_of(question, model))
    if model.profile.judge == "log-odds":
        from scenario.agents.judge.by_log_odds import log_odds_of  # nobody else needs it

        return (await log_odds_of(question, model, input, default_band(model))).scores
    from scenario.agents.judge.by_decisions import scores_by_decisions  # nobody else needs it

    return await scores_by_decisions(question, model, input, default_band(model))


def default_band(model: Model) -> Band:
    """What decides where no band was calibrated for a model that gives probabilities."""
    if model.profile.judge != "log-odds":
        return WIDE
    if model.profile.measured is None:
        return NOTHING
    from scenario.agents.judge.by_log_odds import OWN_BAND  # nobody else needs it

    return OWN_BAND


def controls_of(question: Question, model: Model) -> int:
    """How many statements whose truth is known are put to a model; to a decision model always some."""
    if question.controls is not None:
        return question.controls
    return USUAL_CONTROLS if model.profile.judge == "decisions" else 0


async def _together(work: Sequence[Awaitable[T]]) -> list[T]:
    """What all of them give, in order; the first that fails ends the others, and is raised as it is."""
    if len(work) == 1:
        return [await work[0]]
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(one)) for one in work]
    except BaseExceptionGroup as failures:
        raise first_failure(failures) from None
    return [task.result() for task in tasks]


async def _awaited(work: Awaitable[T]) -> T:
    return await work


def first_failure(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of what failed together, as it was raised."""
    first = failures.exceptions[0]
    return first_failure(first) if isinstance(first, BaseExceptionGroup) else first
