"""A judge asked about labelled conversations, several at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.agents.judge.band import KeptBand
from scenario.agents.judge.images import images_of
from scenario.agents.judge.kept_bands import band_in_force
from scenario.agents.judge.panel import first_failure
from scenario.agents.judge.scored import BandInForce, Scored, criterion_result, is_fit
from scenario.agents.judge.told_settings import server_told, settings_told
from scenario.agents.judge.wording import way_of, wording_of
from scenario.calibration.figures import Judged
from scenario.calibration.labels import Label
from scenario.dialogue.adapter import AgentInput, SilentObserver
from scenario.errors import JudgeError
from scenario.llm.decisions.question import DecisionAnswer
from scenario.llm.embedded.log_odds import statement
from scenario.types import FinalJudgmentRequest, Judgment, Message, ScenarioResult, Usage

_THREAD: Final = "calibration"


class Spending(msgspec.Struct, kw_only=True):
    """What one model took.

    Attributes:
        calls: how many requests were answered.
        tokens: how many they took.
        cost: US dollars; None once a price was not known.
    """

    calls: int = 0
    tokens: int = 0
    cost: float | None = 0.0


class Spent(SilentObserver):
    """What judging costs, by the model that was asked, and what came of the statements whose truth was known.

    Attributes:
        models: what each took, in the order in which they were asked first.
        controls: model, server, how many controls there were, and how many were missed, of each answer.
    """

    def __init__(self) -> None:
        self.models: dict[str, Spending] = {}
        self.controls: list[tuple[str, str, int, int]] = []

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:  # noqa: ARG002
        """Add one request."""
        spent = self.models.setdefault(model, Spending())
        spent.calls += 1
        spent.tokens += usage.total_tokens
        spent.cost = None if cost is None or spent.cost is None else spent.cost + cost

    def judgment_given(self, judgment: Judgment) -> None:
        """Add what it says of controls."""
        self.controls.append((judgment.model, judgment.server, judgment.controls, judgment.missed))


class JudgeIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What figures of a judge hold for.

    Attributes:
        model: its models, as they are shown.
        wording: a digest of what they are asked.
        settings: how they are asked: votes, whether all criteria at once, and what else is not as usual.
        server: where they are asked, without what is secret in an address.
    """

    model: str
    wording: str
    settings: str
    server: str = ""

    @property
    def above(self) -> str:
        """The model that is asked about what they leave undecided; "" where none is."""
        return self.settings.partition(" escalate_to=")[2].partition(" at ")[0]

    @property
    def digest(self) -> str:
        """What it is known by."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def identity_of(judge: JudgeAgent) -> JudgeIdentity:
    """What figures of this judge hold for.

    Raises:
        ConfigurationError: its model cannot be found.
    """
    models = judge.models_of_run(None)
    return JudgeIdentity(
        model=", ".join(model.name for model in models),
        wording=wording_of(judge.system_prompt, way=way_of(models)),
        settings=settings_told(judge, models, judge.model_above(None)),
        server=", ".join(dict.fromkeys(map(server_told, models))),
    )


def said_by(who: JudgeIdentity, bands: Sequence[KeptBand]) -> str:
    """A digest of a judge and the bands by which its verdicts come about: by another band it would say other things."""
    if not bands:
        return who.digest
    told = [(one.server, one.model, one.answered, one.band) for one in bands]
    return hashlib.sha256(msgspec.json.encode((who, told))).hexdigest()


def bands_by_which_it_decides(judge: JudgeAgent) -> list[KeptBand]:
    """The calibrated bands behind this judge's verdicts; none behind probabilities, which become verdicts later.

    Raises:
        ConfigurationError: one of its models cannot be found.
    """
    if judge.scoring_model(None) is not None:
        return []
    above = judge.model_above(None)
    models = [*judge.models_of_run(None), *([] if above is None else [above])]
    scoring = [model for model in models if model.profile.judge != "structured"]
    return [kept for model in scoring if (kept := band_in_force(model, judge.bands).kept) is not None]


async def verdict_on(
    judge: JudgeAgent,
    messages: Sequence[Message],
    criteria: Sequence[str],
    observer: SilentObserver,
    *,
    description: str = "",
) -> ScenarioResult:
    """What the judge says of a conversation that is over, as at the end of a run.

    Args:
        judge: who is asked.
        messages: the conversation, OpenAI-style.
        criteria: what it is asked about.
        observer: is told of each request.
        description: of the scenario: context, never a criterion.

    Raises:
        JudgeError: it failed.
    """
    scoring = judge.scoring_model(None)
    # As in a run, where the embedded model is not shown it.
    description = "" if scoring is not None and scoring.profile.judge == "log-odds" else description
    result = await judge.call(_input(messages, criteria, observer, description=description))
    if not isinstance(result, ScenarioResult) or len(result.criteria) != len(criteria):
        raise JudgeError(f"[{type(judge).__name__}] gave no verdict on each of the {len(criteria)} criteria.")
    return result


def _input(
    messages: Sequence[Message], criteria: Sequence[str], observer: SilentObserver, *, description: str = ""
) -> AgentInput:
    return AgentInput(
        thread_id=_THREAD,
        messages=messages,
        judgment_request=FinalJudgmentRequest(criteria=list(criteria), additional_context=description or None),
        observer=observer,
    )


async def judge_labels(
    judge: JudgeAgent,
    labels: Sequence[Label],
    *,
    jobs: int,
    observer: SilentObserver,
    told: Callable[[Collection[Judged]], None],
) -> None:
    """Ask the judge about each conversation once, for all of its criteria, as in a run.

    Args:
        judge: who is asked.
        labels: what is asked about.
        jobs: how many conversations at once.
        observer: is told of each request.
        told: is told of each conversation's answers as they come.

    Raises:
        JudgeError: it failed; what `told` was told stays true.
    """
    by_conversation: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_conversation[label.conversation].append(label)
    waiting = iter(list(by_conversation.values()))
    gives_probabilities = judge.scoring_model(None) is not None

    async def work() -> None:
        for group in waiting:
            # What an image shows nobody has told it: that is undecided by whatever band.
            if gives_probabilities and not images_of(group[0].messages):
                told(await _scored(judge, group, observer))
            else:
                told(await _judged(judge, group, observer))

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(jobs, len(by_conversation))):
                tasks.create_task(work())
    except BaseExceptionGroup as failures:
        # They fail alike, mostly: one is told.
        raise first_failure(failures) from None


async def _judged(judge: JudgeAgent, group: Sequence[Label], observer: SilentObserver) -> list[Judged]:
    result = await verdict_on(judge, group[0].messages, [label.criterion for label in group], observer)
    return [
        Judged(key=label.key, status=said.status, reasoning=said.reasoning)
        for label, said in zip(group, result.criteria, strict=True)
    ]


async def _scored(judge: JudgeAgent, group: Sequence[Label], observer: SilentObserver) -> list[Judged]:
    """The probabilities, which become verdicts once a band is chosen."""
    criteria = [label.criterion for label in group]
    scores = await judge.scores(_input(group[0].messages, criteria, observer), criteria)
    return [
        Judged(
            key=label.key,
            status="inconclusive",
            reasoning=one.answer.why_none or scores.unfit,
            probability=one.answer.probability,
            by=one.by,
            heard=scores.heard,
        )
        for label, one in zip(group, scores.items, strict=True)
    ]


def with_verdicts(labels: Sequence[Label], judged: Mapping[str, Judged], in_force: BandInForce) -> dict[str, Judged]:
    """What a model that gives probabilities said, with the verdicts that a band makes of it.

    Args:
        labels: all of them.
        judged: what was said, by the labels' keys.
        in_force: the band.
    """
    return {
        label.key: _with_verdict(label, said, in_force)
        for label in labels
        if (said := judged.get(label.key)) is not None
    }


def _with_verdict(label: Label, said: Judged, in_force: BandInForce) -> Judged:
    if said.probability is None:
        return said
    answer = DecisionAnswer(probability=said.probability)
    result = criterion_result(
        Scored(criterion=label.criterion, asked=statement(label.criterion), answer=answer, by=said.by), in_force
    )
    if not is_fit(said.heard, in_force.band):
        why = "The judge missed statements whose truth the transcript settles."
        return msgspec.structs.replace(said, status="inconclusive", reasoning=f"{why} {result.reasoning}")
    return msgspec.structs.replace(said, status=result.status, reasoning=result.reasoning)
