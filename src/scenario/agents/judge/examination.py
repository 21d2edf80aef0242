"""A judge examined while it judges: statements whose truth is known stand among the criteria, unannounced."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from scenario.agents.judge.controls import Control, control_about, controls_for
from scenario.agents.judge.transcript_text import transcript_text
from scenario.types import CriterionResult, Message

T = TypeVar("T")

NO_CONTROLS: Final = (
    "The conversation has no words by which the judge could be controlled, so that nobody was asked about it."
)
_UNFIT: Final = "The judge is not fit for this conversation: it missed statements whose truth the transcript settles"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge says of a statement whose truth is known.

    Attributes:
        is_true: None where it does not say.
        words: as it is shown: "0.5", "failed".
    """

    is_true: bool | None
    words: str


class Heard(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a judge said of a statement whose truth is known.

    Attributes:
        is_true: whether the statement is true.
        first: the answer.
        again: that to the statement in its place; None where the first was not missed.
    """

    is_true: bool
    first: T
    again: T | None = None


class Examined(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        answers: those to the criteria, in their order.
        heard: of each statement that was put to it, each once.
        missed: how many of these it missed.
        unfit: why nothing that it says counts; "" where nothing tells.
    """

    answers: tuple[T, ...]
    heard: tuple[Heard[T], ...] = ()
    missed: int = 0
    unfit: str = ""

    @property
    def controls(self) -> int:
        """How many statements there were."""
        return len(self.heard)


class Mixed(msgspec.Struct, frozen=True, kw_only=True):
    """Criteria with statements among them.

    Attributes:
        texts: what is asked about, in this order.
        places: the statement at each place; None for the next criterion.
    """

    texts: tuple[str, ...]
    places: tuple[Control | None, ...]


class Examination(Generic[T]):
    """How a judge is examined.

    Args:
        messages: the conversation.
        said: reads an answer to a statement.
        seed: what decides on places and words, beside the conversation and the criteria.
        is_missed_undecided: whether a statement is missed by saying nothing of it.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        said: Callable[[T], Said],
        *,
        seed: str = "",
        is_missed_undecided: bool = True,
    ) -> None:
        self._messages = messages
        self._said = said
        self._seed = seed
        self._undecided = is_missed_undecided

    def mixed(self, criteria: Sequence[str], count: int) -> Mixed | None:
        """The criteria, with so many statements among them; None where the conversation gives too little to be stated.

        Args:
            criteria: what is judged, as it is asked about.
            count: how many; 0 for none.
        """
        chance = self._chance("places", *criteria)
        controls = controls_for(self._messages, count, chance)
        if len(controls) < count:
            return None
        places: list[Control | None] = [None] * len(criteria)
        for control in controls:
            places.insert(chance.randint(0, len(places)), control)
        waiting = iter(criteria)
        texts = tuple(next(waiting) if one is None else one.text for one in places)
        return Mixed(texts=texts, places=tuple(places))

    async def held(
        self, mixed: Mixed, answers: Sequence[T], ask: Callable[[Sequence[str]], Awaitable[Sequence[T]]]
    ) -> Examined[T]:
        """Hold answers against what is known; in the place of statements that were missed, others are asked about once.

        Args:
            mixed: what was asked about.
            answers: one for each of its texts.
            ask: asks about texts, and has an answer to each.
        """
        told = list(zip(mixed.places, answers, strict=True))
        controls = [(one, answer) for one, answer in told if one is not None]
        missed = [place for place, (one, answer) in enumerate(controls) if not self._is_met(one, answer)]
        chance = self._chance("others", *mixed.texts)
        others = [_other_than(controls[place][0], self._messages, chance) for place in missed]
        given = await ask([control.text for control in others]) if others else ()
        again = dict(zip(missed, given, strict=True))
        wrong = [
            (other, self._said(again[place]))
            for place, other in zip(missed, others, strict=True)
            if not self._is_met(other, again[place])
        ]
        return Examined(
            answers=tuple(answer for one, answer in told if one is None),
            heard=tuple(
                Heard(is_true=one.is_true, first=answer, again=again.get(place))
                for place, (one, answer) in enumerate(controls)
            ),
            missed=len(missed),
            unfit=_why_unfit(wrong) if wrong else "",
        )

    def _is_met(self, control: Control, answer: T) -> bool:
        said = self._said(answer)
        return said.is_true is control.is_true or (said.is_true is None and not self._undecided)

    def _chance(self, *of: str) -> random.Random:
        """Chance that is the same for the same conversation and criteria, so that answers on disk are found again."""
        told = "\0".join((self._seed, transcript_text(self._messages), *of))
        digest = hashlib.sha256(told.encode("utf-8", "replace")).digest()
        return random.Random(digest)  # noqa: S311 - a place is no secret


def told_of(controls: int, missed: int) -> str:
    """What came of the statements that a judge got right in the end, in words; "" where there were none."""
    if not controls:
        return ""
    later = f", {missed} of them when asked again in another way" if missed else ""
    return f"It got {controls} statements right whose truth the transcript settles{later}."


def undecided(criterion: str, why: str, *, requirement: str = "") -> CriterionResult:
    """A criterion about which nothing is known."""
    return CriterionResult(criterion=criterion, requirement=requirement, status="inconclusive", reasoning=why)


def unfit_result(result: CriterionResult, why: str) -> CriterionResult:
    """A verdict of a judge that has proven unfit: none, whatever it said."""
    return CriterionResult(
        criterion=result.criterion,
        requirement=result.requirement,
        status="inconclusive",
        reasoning=f"{why} It had said: {result.status}. {result.reasoning}".rstrip(),
    )


def _other_than(control: Control, messages: Sequence[Message], chance: random.Random) -> Control:
    """Another statement of the same kind: in another form, as a rule about other words."""
    others = (control_about(control.about, messages, chance, number) for number in (1, 0))
    return next((other for other in others if other is not None and other.text != control.text), control)


def _why_unfit(missed: Sequence[tuple[Control, Said]]) -> str:
    told = "; ".join(
        f"“{control.text}” is {'true' if control.is_true else 'false'}, and it said {said.words}"
        for control, said in missed
    )
    return f"{_UNFIT}, also when it was asked about others: {told}."
