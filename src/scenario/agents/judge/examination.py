"""A judge examined while it judges: statements whose truth is known stand among the criteria, unannounced."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from scenario.agents.judge.controls import Control, control_about, controls_for
from scenario.agents.judge.transcript_text import transcript_text
from scenario.agents.judge.turned import is_turned, turned_conversation
from scenario.types import CriterionResult, Message

T = TypeVar("T")

NO_CONTROLS: Final = (
    "The conversation has no words by which the judge could be controlled, so that nobody was asked about it."
)
DOES_NOT_READ: Final = (
    "The judge is not fit for this conversation: shown another transcript, in which the same statements are true where "
    "they were false and false where they were true, it did not say so. It may go by the statements alone."
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
        turned: that to the same statement about a conversation in which its truth is the other one; None where nobody
            was asked.
    """

    is_true: bool
    first: T
    again: T | None = None
    turned: T | None = None


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
        shown: what is shown beside the conversation, such as what the scenario is about.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        said: Callable[[T], Said],
        *,
        seed: str = "",
        is_missed_undecided: bool = True,
        shown: str = "",
    ) -> None:
        self._messages = messages
        self._said = said
        self._seed = seed
        self._undecided = is_missed_undecided
        self._shown = shown

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
        places = _places(controls, len(criteria), chance)
        waiting = iter(criteria)
        texts = tuple(next(waiting) if one is None else one.text for one in places)
        return Mixed(texts=texts, places=tuple(places))

    async def held(
        self,
        mixed: Mixed,
        answers: Sequence[T],
        ask: Callable[[Sequence[str]], Awaitable[Sequence[T]]],
        ask_about: Callable[[Sequence[Message], Sequence[str]], Awaitable[Sequence[T]]] | None = None,
    ) -> Examined[T]:
        """Hold answers against what is known; in the place of statements that were missed, others are asked about once.

        Args:
            mixed: what was asked about.
            answers: one for each of its texts.
            ask: asks about texts, and has an answer to each.
            ask_about: asks about texts and another conversation; None where it is known that the conversation is read.
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
        turned = {} if wrong or ask_about is None else await self._turned(mixed, ask_about)
        heard = tuple(
            Heard(is_true=one.is_true, first=answer, again=again.get(place), turned=turned.get(place))
            for place, (one, answer) in enumerate(controls)
        )
        unfit = _why_unfit(wrong) if wrong else ""
        if controls and not wrong and ask_about is not None and not reads_the_conversation(heard, self._said):
            unfit = DOES_NOT_READ
        return Examined(
            answers=tuple(answer for one, answer in told if one is None),
            heard=heard,
            missed=len(missed),
            unfit=unfit,
        )

    async def _turned(
        self, mixed: Mixed, ask_about: Callable[[Sequence[Message], Sequence[str]], Awaitable[Sequence[T]]]
    ) -> dict[int, T]:
        """What it says to the same about a conversation in which the controls' truth is the other one, by number."""
        conversation = turned_conversation([one for one in mixed.places if one is not None])
        shown = " ".join(f"{self._shown} {transcript_text(conversation)}".split())
        # All of it is asked again, in its order: not one of the questions tells which conversation is meant.
        answers = await ask_about(conversation, mixed.texts)
        controls = [(one, answer) for one, answer in zip(mixed.places, answers, strict=True) if one is not None]
        return {place: answer for place, (one, answer) in enumerate(controls) if is_turned(one, shown)}

    def _is_met(self, control: Control, answer: T) -> bool:
        said = self._said(answer)
        return said.is_true is control.is_true or (said.is_true is None and not self._undecided)

    def _chance(self, *of: str) -> random.Random:
        """Chance that is the same for the same conversation and criteria, so that answers on disk are found again."""
        told = "\0".join((self._seed, transcript_text(self._messages), *of))
        digest = hashlib.sha256(told.encode("utf-8", "replace")).digest()
        return random.Random(digest)  # noqa: S311 - a place is no secret


def _places(controls: Sequence[Control], criteria: int, chance: random.Random) -> list[Control | None]:
    """Where controls stand among so many criteria, which are None: as chance has it, but for two of them.

    A true one and a false one stand opposite of each other, so that answers that come in the opposite order, under the
    names of the right one, are found out.
    """
    true = next((one for one in controls if one.is_true), None)
    false = next((one for one in controls if not one.is_true), None)
    if true is None or false is None:
        return [*controls, *([None] * criteria)]
    pair = [true, false]
    rest = [one for one in controls if one is not true and one is not false]
    others: list[Control | None] = [*rest, *([None] * criteria)]
    chance.shuffle(pair)
    chance.shuffle(others)
    place = chance.randint(0, len(others) // 2)
    return [*others[:place], pair[0], *others[place : len(others) - place], pair[1], *others[len(others) - place :]]


def reads_the_conversation(heard: Sequence[Heard[T]], said: Callable[[T], Said]) -> bool:
    """Whether answers to the same statements are others where the conversation is another.

    At least half of those that it got right must be: one may be missed. Who goes by the statements alone has none.

    Args:
        heard: what was said to each.
        said: reads an answer.
    """
    right = [one for one in heard if one.turned is not None and said(one.first).is_true is one.is_true]
    turned = sum(said(one.turned).is_true is (not one.is_true) for one in right if one.turned is not None)
    return turned > 0 and 2 * turned >= len(right)


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
