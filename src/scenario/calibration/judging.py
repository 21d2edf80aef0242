"""A judge asked about labelled conversations, several at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.agents.judge.panel import first_failure
from scenario.agents.judge.wording import way_of, wording_of
from scenario.calibration.figures import Judged
from scenario.calibration.labels import Label
from scenario.dialogue.adapter import AgentInput, SilentObserver
from scenario.errors import JudgeError
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult, Usage

_THREAD: Final = "calibration"


class Spent(SilentObserver):
    """What judging costs, summed up.

    Attributes:
        calls: how many requests were answered.
        tokens: how many they took.
        cost: US dollars; None once a price was not known.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.tokens = 0
        self.cost: float | None = 0.0

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:  # noqa: ARG002
        """Add one request."""
        self.calls += 1
        self.tokens += usage.total_tokens
        self.cost = None if cost is None or self.cost is None else self.cost + cost


class JudgeIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What figures of a judge hold for.

    Attributes:
        model: its models, as they are shown.
        wording: a digest of what they are asked.
        settings: how they are asked: votes, and whether all criteria at once.
    """

    model: str
    wording: str
    settings: str

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
        settings=f"votes={judge.votes} ask={judge.ask}",
    )


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
    given = AgentInput(
        thread_id=_THREAD,
        messages=messages,
        judgment_request=FinalJudgmentRequest(criteria=list(criteria), additional_context=description or None),
        observer=observer,
    )
    result = await judge.call(given)
    if not isinstance(result, ScenarioResult) or len(result.criteria) != len(criteria):
        raise JudgeError(f"[{type(judge).__name__}] gave no verdict on each of the {len(criteria)} criteria.")
    return result


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

    async def work() -> None:
        for group in waiting:
            criteria = [label.criterion for label in group]
            result = await verdict_on(judge, group[0].messages, criteria, observer)
            told(
                [
                    Judged(key=label.key, status=said.status, reasoning=said.reasoning)
                    for label, said in zip(group, result.criteria, strict=True)
                ]
            )

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(jobs, len(by_conversation))):
                tasks.create_task(work())
    except BaseExceptionGroup as failures:
        # They fail alike, mostly: one is told.
        raise first_failure(failures) from None
