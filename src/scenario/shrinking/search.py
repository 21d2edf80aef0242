"""The search for the shortest failing sequence: delta debugging by taking pieces out, the largest first. Pure.

    search = Search(texts, max_runs=200)
    while (question := search.question) is not None:
        search.answer(outcome_of_a_run_of(question))
    print(search.reduction)

The same answers bring the same questions: a search whose answers were kept is gone on with by telling them again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from scenario.shrinking.evidence import Counts, Decision, Outcome, decided, rate_of
from scenario.shrinking.pieces import SPLITS, joined


class Turn(NamedTuple):
    """A user's turn.

    Attributes:
        number: which one it was in the whole conversation, from 0.
        text: what is said in the place of what was said there; None leaves it.
    """

    number: int
    text: str | None = None


Turns: TypeAlias = tuple[Turn, ...]
Phase: TypeAlias = Literal["measuring", "turns", "texts", "confirming", "over"]
Ending: TypeAlias = Literal["reduced", "not reproduced", "invalid"]
_Asking: TypeAlias = Generator[Turns, Outcome, bool]

_FIRST_RUNS: Final = 5
_MORE_RUNS: Final = 10
_CONFIRMING_RUNS: Final = 3
_MOST_INVALID: Final = 5


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a search.

    Attributes:
        ending: whether there is something; `not reproduced` where no run of the whole conversation failed the same way,
            `invalid` where none said anything.
        turns: the shortest sequence that was found.
        is_minimal: whether taking any one of its turns out was seen to pass; False where the budget ended before that.
        still_fails: whether the runs of the result bear out that it fails as often as the whole.
        whole: how the runs of the whole conversation ended.
        result: how those of the result did.
        runs: how many there were in all.
        invalid: how many of them said nothing.
        unclear: candidates that were given up as nobody could tell.
    """

    ending: Ending
    turns: Turns
    is_minimal: bool
    still_fails: bool
    whole: Counts
    result: Counts
    runs: int
    invalid: int
    unclear: int
    spent: bool


class _Spent(Exception):
    """The budget has ended: the way out of nested generators, which never leaves this file."""


class Search:
    """Asks for runs of ever shorter sequences.

    Args:
        texts: what the user says, turn by turn; None for what is no plain text.
        max_runs: how many runs it may ask for in all.
        shorten: whether texts are shortened after the turns.
        seed: of the order in which turns are tried.
    """

    def __init__(self, texts: Sequence[str | None], *, max_runs: int, shorten: bool = False, seed: int = 0) -> None:
        self._texts = list(texts)
        self._max_runs = max_runs
        self._shorten = shorten
        self._chance = random.Random(seed)  # noqa: S311 - an order, no secret
        self._counts: dict[Turns, Counts] = {}
        self._pool = Counts()
        self._keep = 0
        self.whole: Turns = tuple(Turn(number=index) for index in range(len(texts)))
        self.best: Turns = self.whole
        self.runs = 0
        self.phase: Phase = "measuring"
        self._ending: Ending = "reduced"
        self._spent = False
        self._moves = self._search()
        self._question: Turns | None = next(self._moves, None)

    @property
    def question(self) -> Turns | None:
        """The sequence to be run now; None where the search is over."""
        return self._question

    def answer(self, outcome: Outcome) -> None:
        """Tell how the run of `question` ended."""
        question = self._question
        if question is None:
            return
        self.runs += 1
        self._counts[question] = self._of(question).plus(outcome)
        try:
            self._question = self._moves.send(outcome)
        except StopIteration:
            self._question = None

    @property
    def reduction(self) -> Reduction:
        """What is known now."""
        rate = rate_of(self._pool)
        shorter = [self._without(self.best, {turn.number}) for turn in self.best] if len(self.best) > 1 else []
        result, ending = self._of(self.best), self._ending
        if ending == "reduced" and not result.fails:
            ending = "not reproduced"
        return Reduction(
            ending=ending,
            turns=self.best,
            is_minimal=ending == "reduced" and all(decided(self._of(one), rate) == "passes" for one in shorter),
            still_fails=decided(result, rate) == "fails" or self.best == self.whole,
            whole=self._of(self.whole),
            result=result,
            runs=self.runs,
            invalid=sum(counts.invalid for counts in self._counts.values()),
            unclear=sum(decided(counts, rate) == "unclear" for counts in self._counts.values()),
            spent=self._spent,
        )

    # --- moves ---

    def _search(self) -> Generator[Turns, Outcome, None]:
        try:
            if not (yield from self._measured()):
                return
            self._keep = min(_CONFIRMING_RUNS - 1, max(self._max_runs - self.runs - 1, 0))
            self.phase = "turns"
            yield from self._fewer_turns()
            if self._shorten:
                self.phase = "texts"
                yield from self._shorter_texts()
                # What is said otherwise may need other turns.
                self.phase = "turns"
                yield from self._fewer_turns()
        except _Spent:
            self._spent = True
        self.phase = "confirming"
        self._keep = 0
        try:
            while self._of(self.best).valid < _CONFIRMING_RUNS and self._of(self.best).invalid < _MOST_INVALID:
                yield from self._run(self.best)
        except _Spent:
            self._spent = True
        finally:
            self.phase = "over"

    def _measured(self) -> _Asking:
        """Run the whole conversation, until it is known how often it fails."""
        while True:
            counts = self._of(self.whole)
            enough = _FIRST_RUNS if counts.fails == counts.valid else _MORE_RUNS
            if counts.valid >= enough:
                break
            if counts.invalid >= _MOST_INVALID and counts.invalid > counts.valid:
                self._ending = "invalid"
                return False
            try:
                yield from self._run(self.whole)
            except _Spent:
                self._spent = True
                break
        self._pool = self._of(self.whole)
        if not self._pool.fails:
            self._ending = "not reproduced" if self._pool.valid else "invalid"
        return bool(self._pool.fails)

    def _run(self, candidate: Turns) -> Generator[Turns, Outcome, None]:
        if self.runs + self._keep >= self._max_runs:
            raise _Spent
        yield candidate

    def _fewer_turns(self) -> Generator[Turns, Outcome, None]:
        def without(pieces: set[int]) -> Turns:
            return self._without(self.best, pieces)

        yield from self._reduced(lambda: [turn.number for turn in self.best], without)

    def _shorter_texts(self) -> Generator[Turns, Outcome, None]:
        """The longest text first, by sentences, then by words."""
        order = sorted(self.best, key=lambda turn: len(self._texts[turn.number] or ""), reverse=True)
        for index in [turn.number for turn in order if self._texts[turn.number]]:
            for split in SPLITS:
                yield from self._shorter_text(index, split)

    def _shorter_text(self, index: int, split: Callable[[str], list[str]]) -> Generator[Turns, Outcome, None]:
        pieces = split(self._text(index))
        left = list(range(len(pieces)))

        def without(gone: set[int]) -> Turns:
            text = joined([pieces[one] for one in left if one not in gone])
            return tuple(Turn(index, text) if turn.number == index else turn for turn in self.best)

        def kept(gone: set[int]) -> None:
            left[:] = [one for one in left if one not in gone]

        yield from self._reduced(lambda: list(left), without, kept)

    def _reduced(
        self,
        pieces: Callable[[], list[int]],
        without: Callable[[set[int]], Turns],
        kept: Callable[[set[int]], None] | None = None,
    ) -> Generator[Turns, Outcome, None]:
        """Take pieces out, half of them at once, then fewer, until no single one can go."""
        size = len(pieces()) // 2
        while size and len(pieces()) > 1:
            before = len(pieces())
            for chunk in self._chunks(pieces(), size):
                gone = chunk & set(pieces())
                if not gone or len(gone) == len(pieces()):
                    continue
                candidate = without(gone)
                if (yield from self._fails(candidate)):
                    if kept is not None:
                        kept(gone)
                    self.best = candidate
            if size == 1 and len(pieces()) == before:
                break
            size = max(size // 2, 1)

    def _chunks(self, pieces: list[int], size: int) -> list[set[int]]:
        chunks = [set(pieces[at : at + size]) for at in range(0, len(pieces), size)]
        self._chance.shuffle(chunks)
        return chunks

    def _fails(self, candidate: Turns) -> _Asking:
        """Whether a candidate fails as often as what it is to replace; its runs so far count."""
        while (decision := self._decision(candidate)) is None:
            yield from self._run(candidate)
            counts = self._of(candidate)
            if counts.fails and counts.passes and rate_of(self._pool) is None:
                yield from self._measured_again()
        if decision == "fails" and candidate != self.best:
            self._pool = self._pool.joined(self._of(candidate))
        return decision == "fails"

    def _measured_again(self) -> Generator[Turns, Outcome, None]:
        """What was taken to be steady is not: more runs of the best so far tell how often it fails."""
        before = self._of(self.best)
        while self._of(self.best).valid < _MORE_RUNS and self._of(self.best).invalid < _MOST_INVALID:
            yield from self._run(self.best)
        now = self._of(self.best)
        self._pool = self._pool.joined(Counts(*(one - other for one, other in zip(now, before, strict=True))))

    def _decision(self, candidate: Turns) -> Decision | None:
        return decided(self._of(candidate), rate_of(self._pool))

    def _of(self, candidate: Turns) -> Counts:
        return self._counts.get(candidate, Counts())

    def _text(self, index: int) -> str:
        said = next((turn.text for turn in self.best if turn.number == index), None)
        return said if said is not None else self._texts[index] or ""

    @staticmethod
    def _without(turns: Turns, gone: set[int]) -> Turns:
        return tuple(turn for turn in turns if turn.number not in gone)
