"""How many answers become one verdict: what is asked again, what counts as agreed, and when it stays undecided. Pure.

A judge's model is wrong now and then, and one that is asked after every turn is wrong somewhere on the way. So in free
play a verdict that would end the conversation before its last turn, and every failure, is believed when a second
asking of its own finds it too; of several votes all must agree; and where they do not, they are asked again, a few
times, before nobody is said to have decided.

`deliberate` yields what is to be asked, is sent the answers, and returns what they come to.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final, Literal

import msgspec

from scenario.metrics.agreement import krippendorff_alpha
from scenario.types import CriterionResult, CriterionStatus

# How often a split is asked again before it is left undecided.
ROUNDS_OF_A_SPLIT: Final = 3
# Who was asked alone and contradicted by a second asking is not asked alone again.
_VOTES_OF_A_SPLIT: Final = 2
_STILL_OPEN: Final = "It was still open when another criterion had failed for good."

Asked = Literal["turn", "verdict", "confirmation", "split"]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be asked.

    Attributes:
        number: from 1.
        asked: why.
        criteria: the indexes of the criteria that it is about.
        votes: how many answers are wanted, each without sight of the others.
        may_go_on: whether the conversation may be let go on in the place of a verdict.
    """

    number: int
    asked: Asked
    criteria: tuple[int, ...]
    votes: int
    may_go_on: bool


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """One answer.

    Attributes:
        results: one for each criterion of the round, in its order; None where the conversation is to go on.
        reasoning: on the whole.
    """

    results: tuple[CriterionResult | None, ...]
    reasoning: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers come to.

    Attributes:
        results: one for each criterion, in order.
        reasoning: on the whole, of an answer that says what was decided.
        agreement: Krippendorff's alpha of the first round's votes, 1 where all agree; None of a single vote, and where
            chance would explain everything.
    """

    results: tuple[CriterionResult, ...]
    reasoning: str = ""
    agreement: float | None = None


Deliberation = Generator[Round, Sequence[Vote], Decision | None]


def deliberate(
    criteria: Sequence[str], *, votes: int, may_go_on: bool, in_free_play: bool, confirms: bool = True
) -> Deliberation:
    """Yields rounds, is sent their votes, and returns the decision; None lets the conversation go on.

    Args:
        criteria: what is judged, at least one.
        votes: how many answers a round has.
        may_go_on: no verdict is demanded.
        in_free_play: a failure ends a conversation that nobody has scripted: it is confirmed before it counts.
        confirms: whether asking again can bring another answer.
    """
    heard = _Heard(criteria)
    every = tuple(range(len(criteria)))
    asked: Asked = "turn" if may_go_on else "verdict"
    first = Round(number=1, asked=asked, criteria=every, votes=votes, may_go_on=may_go_on)
    settled = heard.take(first, (yield first))
    if may_go_on:
        return (yield from _in_a_turn(heard, settled, votes, confirms=confirms))
    failed = tuple(index for index in every if in_free_play and confirms and _failed(settled[index]))
    number = 1
    if failed:
        number += 1
        second = Round(number=number, asked="confirmation", criteria=failed, votes=votes, may_go_on=False)
        confirmed = heard.take(second, (yield second))
        settled |= {index: _same(settled[index], result) for index, result in confirmed.items()}
    return (yield from _without_a_split(heard, settled, votes, number))


def _in_a_turn(
    heard: _Heard, settled: dict[int, CriterionResult | None], votes: int, *, confirms: bool
) -> Deliberation:
    """After a turn that is not the last: whatever is not sure leaves the conversation to go on."""
    passed = all(result is not None and result.status == "passed" for result in settled.values())
    failed = [index for index, result in settled.items() if _failed(result)]
    if not passed and not failed:
        return None
    # Several votes that agree on passing are as sure as a second asking would make it.
    if not confirms or (passed and votes > 1):
        return heard.decision(settled)
    second = Round(number=2, asked="confirmation", criteria=tuple(settled), votes=votes, may_go_on=True)
    again = heard.take(second, (yield second))
    both = {index: _same(result, again[index]) for index, result in settled.items()}
    if passed:
        return heard.decision(both) if all(both.values()) else None
    return heard.decision(both) if any(_failed(both[index]) for index in failed) else None


def _without_a_split(
    heard: _Heard, settled: dict[int, CriterionResult | None], votes: int, number: int
) -> Deliberation:
    """A verdict is demanded: what the answers differ on is asked again."""
    for _ in range(ROUNDS_OF_A_SPLIT):
        split = tuple(index for index, result in settled.items() if result is None)
        if not split:
            break
        number += 1
        again = Round(
            number=number, asked="split", criteria=split, votes=max(votes, _VOTES_OF_A_SPLIT), may_go_on=False
        )
        settled |= heard.take(again, (yield again))
    return heard.decision(settled)


def with_verdicts_above(decision: Decision, above: Decision, *, by: str) -> Decision:
    """A decision in which what was left undecided is as another judge has decided it, and said to be.

    Args:
        decision: what was decided first.
        above: on the criteria that are inconclusive there, in their order.
        by: the other judge's model.
    """
    others = iter(above.results)
    results = [
        _by_another(result, next(others), by) if result.status == "inconclusive" else result
        for result in decision.results
    ]
    told = f"{len(above.results)} of {len(results)} criteria were left undecided, and put to {by}. {above.reasoning}"
    reasoning = f"{decision.reasoning} {told}".strip()
    return msgspec.structs.replace(decision, results=tuple(results), reasoning=reasoning)


def _by_another(first: CriterionResult, other: CriterionResult, by: str) -> CriterionResult:
    return CriterionResult(
        criterion=other.criterion,
        requirement=other.requirement,
        status=other.status,
        reasoning=f"{by}: {other.reasoning} It was asked because this was left undecided: {first.reasoning}",
        quote=other.quote,
        message_index=other.message_index,
    )


def _failed(result: CriterionResult | None) -> bool:
    return result is not None and result.status == "failed"


def _same(result: CriterionResult | None, other: CriterionResult | None) -> CriterionResult | None:
    return result if result is not None and other is not None and result.status == other.status else None


class _Heard:
    """All answers so far, by criterion."""

    def __init__(self, criteria: Sequence[str]) -> None:
        self._criteria = criteria
        self._answers: dict[int, list[CriterionResult]] = {index: [] for index in range(len(criteria))}
        self._agreement: float | None = None
        self._votes: list[tuple[tuple[int, ...], Vote]] = []

    def take(self, asked: Round, votes: Sequence[Vote]) -> dict[int, CriterionResult | None]:
        """Keep a round's answers; what they agree on, None where they differ or one of them would go on."""
        self._votes += [(asked.criteria, vote) for vote in votes]
        agreed: dict[int, CriterionResult | None] = {}
        for place, index in enumerate(asked.criteria):
            results = [vote.results[place] for vote in votes]
            given = [result for result in results if result is not None]
            self._answers[index] += given
            same = len(given) == len(results) and len({result.status for result in given}) == 1
            agreed[index] = given[0] if same else None
        if asked.number == 1:
            # Of the first round alone: what is asked again is asked because the answers differed.
            units = [[one.status for one in given] for given in self._answers.values()]
            same = len(votes) > 1 and all(result is not None for result in agreed.values())
            self._agreement = 1.0 if same else krippendorff_alpha(units)
        return agreed

    def decision(self, settled: dict[int, CriterionResult | None]) -> Decision:
        results = tuple(settled[index] or self._undecided(index) for index in sorted(settled))
        return Decision(results=results, reasoning=self._reasoning(results), agreement=self._agreement)

    def _reasoning(self, results: Sequence[CriterionResult]) -> str:
        """The words of the first answer that says what was decided, of one about all criteria where there is one."""
        said = [
            (len(about), vote.reasoning)
            for about, vote in self._votes
            if all(
                own is not None and own.status == results[i].status for i, own in zip(about, vote.results, strict=True)
            )
        ]
        open_ = sum(result.status == "inconclusive" and self._differ(index) for index, result in enumerate(results))
        told = f"The judge's answers differ on {open_} of {len(results)} criteria." if open_ else ""
        return f"{told} {max(said, key=lambda one: one[0], default=(0, ''))[1]}".strip()

    def _differ(self, index: int) -> bool:
        return len({answer.status for answer in self._answers[index]}) > 1

    def _undecided(self, index: int) -> CriterionResult:
        """A criterion on which the answers differ: what each side said, and how often."""
        answers = self._answers[index]
        counts: dict[CriterionStatus, int] = {}
        for answer in answers:
            counts[answer.status] = counts.get(answer.status, 0) + 1
        told = ", ".join(f"{count} {status}" for status, count in counts.items())
        sides = " ".join(
            f"{status.capitalize()}: {next(one.reasoning for one in answers if one.status == status)}".rstrip()
            for status in counts
        )
        return CriterionResult(
            criterion=self._criteria[index],
            requirement=next((answer.requirement for answer in answers if answer.requirement), ""),
            status="inconclusive",
            reasoning=f"The judge's answers differ ({told}). {sides}".rstrip() if told else _STILL_OPEN,
        )
