"""How many answers become one verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, strategies as st

from scenario.agents.judge.deliberation import ROUNDS_OF_A_SPLIT, Decision, Round, Vote, deliberate
from scenario.types import CriterionResult, CriterionStatus

STATUSES: dict[str, CriterionStatus | None] = {"p": "passed", "f": "failed", "i": "inconclusive", "c": None}


def vote(statuses: str) -> Vote:
    """An answer, whose words are its letters, one for each criterion of its round; "c" lets the conversation go on."""
    results = [
        None
        if (status := STATUSES[letter]) is None
        else CriterionResult(criterion="c", status=status, reasoning=letter)
        for letter in statuses
    ]
    return Vote(results=tuple(results), reasoning=statuses)


def held(
    answers: Sequence[Sequence[str]], *, criteria: int = 1, votes: int = 1, turn: bool = False, free: bool = True
) -> tuple[Decision | None, list[Round]]:
    """What a round after another is answered, and what comes of it."""
    deliberation = deliberate(
        [f"criterion {index}" for index in range(criteria)], votes=votes, may_go_on=turn, in_free_play=free
    )
    rounds, left = [next(deliberation)], list(answers)
    try:
        while left:
            rounds.append(deliberation.send([vote(statuses) for statuses in left.pop(0)]))
    except StopIteration as end:
        return end.value, rounds
    raise AssertionError(f"It asks again: {rounds[-1]}")


def statuses_of(decision: Decision | None) -> str:
    """One letter for each criterion."""
    assert decision is not None
    return "".join(result.status[0] for result in decision.results)


def test_a_failure_in_free_play_is_confirmed_by_a_second_asking() -> None:
    """It ends the run when both find it; the second is about all criteria, and may let the conversation go on too."""
    decision, rounds = held([["pf"], ["pf"]], criteria=2, turn=True)
    assert statuses_of(decision) == "pf"
    assert [(r.asked, r.criteria, r.may_go_on) for r in rounds] == [
        ("turn", (0, 1), True),
        ("confirmation", (0, 1), True),
    ]


@pytest.mark.parametrize("second", ["p", "i", "c"])
def test_a_failure_that_is_not_found_again_lets_the_conversation_go_on(second: str) -> None:
    """Whatever else the second asking says."""
    assert held([["f"], [second]], turn=True)[0] is None


def test_a_second_asking_that_fails_another_criterion_confirms_nothing() -> None:
    """Each criterion is confirmed by itself."""
    assert held([["fp"], ["pf"]], criteria=2, turn=True)[0] is None
    assert statuses_of(held([["ffp"], ["pff"]], criteria=3, turn=True)[0]) == "ifi"


@pytest.mark.parametrize("first", ["i", "c", "ip"])
def test_in_a_turn_what_is_undecided_goes_on(first: str) -> None:
    """And is asked about once."""
    decision, rounds = held([[first]], turn=True, criteria=len(first))
    assert (decision, len(rounds)) == (None, 1)


@pytest.mark.parametrize(("second", "ends"), [("pp", True), ("pf", False), ("pi", False), ("cc", False)])
def test_a_pass_before_the_last_turn_is_confirmed(second: str, ends: bool) -> None:
    """It would end the conversation on one answer, at any of its turns."""
    decision, rounds = held([["pp"], [second]], criteria=2, turn=True)
    assert ((decision is not None), rounds[1].asked) == (ends, "confirmation")


def test_several_votes_that_pass_need_no_confirmation() -> None:
    """They are several askings of their own."""
    decision, rounds = held([["p", "p"]], votes=2, turn=True)
    assert (statuses_of(decision), len(rounds)) == ("p", 1)


def test_a_demanded_verdict_of_the_script_is_asked_once() -> None:
    """A judge step or a checkpoint has one request, whatever it says."""
    for status in "pfi":
        decision, rounds = held([[status]], free=False)
        assert (statuses_of(decision), len(rounds)) == (status, 1)


def test_the_last_turns_failure_is_confirmed_too() -> None:
    """Only what failed is asked about again, and no answer may go on."""
    decision, rounds = held([["pff"], ["ff"]], criteria=3)
    assert statuses_of(decision) == "pff"
    assert (rounds[1].asked, rounds[1].criteria, rounds[1].may_go_on) == ("confirmation", (1, 2), False)


def test_on_the_last_turn_a_contradiction_is_asked_about_by_two_at_a_time() -> None:
    """Until both agree, either way."""
    assert statuses_of(held([["f"], ["p"], ["p", "p"]])[0]) == "p"
    assert statuses_of(held([["f"], ["p"], ["p", "f"], ["f", "f"]])[0]) == "f"


def test_a_contradiction_that_stays_is_inconclusive_and_says_so() -> None:
    """After the rounds that there are; its reason counts the answers of each side."""
    decision, rounds = held([["f"], ["p"], *[["p", "f"]] * ROUNDS_OF_A_SPLIT])
    assert statuses_of(decision) == "i"
    assert decision is not None
    assert "differ (4 failed, 4 passed)" in decision.results[0].reasoning
    assert [r.asked for r in rounds] == ["verdict", "confirmation", *["split"] * ROUNDS_OF_A_SPLIT]


@pytest.mark.parametrize(
    ("answers", "votes", "words"),
    [
        ([["pp"]], 1, "pp"),
        ([["pf"], ["p"], ["p", "p"]], 1, "p"),
        ([["pf", "pp"], ["p", "p"]], 2, "pp"),
        ([["ff"], ["fp"], ["p", "p"]], 1, "fp"),
        ([["f"], ["p"], *[["p", "f"]] * 3], 1, "The judge's answers differ on 1 of 1 criteria."),
    ],
)
def test_the_words_on_the_whole_are_of_who_said_what_was_decided(
    answers: list[list[str]], votes: int, words: str
) -> None:
    """Of an answer about all criteria, where one said so; nothing that was overruled speaks for the verdict."""
    decision, _ = held(answers, criteria=len(answers[0][0]), votes=votes)
    assert decision is not None
    assert decision.reasoning == words


def test_several_votes_must_all_agree() -> None:
    """A majority decides nothing; what is split is asked about again, by all."""
    decision, rounds = held([["pf", "pp", "pp"], ["p", "p", "p"]], criteria=2, votes=3, free=False)
    assert statuses_of(decision) == "pp"
    assert (rounds[1].asked, rounds[1].criteria, rounds[1].votes) == ("split", (1,), 3)
    assert statuses_of(held([["p", "p", "f"]] * 4, votes=3, free=False)[0]) == "i"


def test_agreement_is_that_of_the_first_round() -> None:
    """What is asked again is asked because the answers differed, and would count disagreement twice."""
    split, _ = held([["pf", "pp"], ["p", "p"]], criteria=2, votes=2, free=False)
    agreed, _ = held([["pf", "pf"]], criteria=2, votes=2, free=False)
    alone, _ = held([["pf"]], criteria=2, free=False)
    assert split is not None
    assert agreed is not None
    assert alone is not None
    assert split.agreement is not None
    assert split.agreement < 1
    assert agreed.agreement == 1
    assert alone.agreement is None


def played(answer: Callable[[Round, int], str], *, criteria: int, votes: int, turn: bool, free: bool) -> list[Round]:
    """All rounds, each vote answered by `answer`."""
    deliberation = deliberate(["c"] * criteria, votes=votes, may_go_on=turn, in_free_play=free)
    rounds = [next(deliberation)]
    try:
        while True:
            rounds.append(deliberation.send([vote(answer(rounds[-1], n)) for n in range(rounds[-1].votes)]))
    except StopIteration:
        return rounds


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans())
def test_it_always_comes_to_an_end(data: st.DataObject, criteria: int, votes: int, turn: bool, free: bool) -> None:
    """Within a confirmation and three rounds of a split, whatever is answered, and nobody who must decide may go on."""

    def answer(asked: Round, number: int) -> str:
        letters = "pfic" if asked.may_go_on else "pfi"
        size = len(asked.criteria)
        return data.draw(st.text(letters, min_size=size, max_size=size), label=f"{asked.number}.{number}")

    rounds = played(answer, criteria=criteria, votes=votes, turn=turn, free=free)
    assert len(rounds) <= (2 if turn else 2 + ROUNDS_OF_A_SPLIT)
    assert all(r.may_go_on == turn for r in rounds)
    assert [r.number for r in rounds] == [*range(1, len(rounds) + 1)]


@given(st.data(), st.integers(1, 3))
def test_nothing_passes_that_a_whole_round_did_not_pass(data: st.DataObject, votes: int) -> None:
    """And nothing fails in free play that was found once only."""
    answers: list[str] = []

    def answer(asked: Round, number: int) -> str:
        del number
        answers.append(data.draw(st.sampled_from("pfi")))
        return answers[-1]

    deliberation = deliberate(["c"], votes=votes, may_go_on=False, in_free_play=True)
    asked = next(deliberation)
    given_in: list[list[str]] = []
    try:
        while True:
            given_in.append([answer(asked, n) for n in range(asked.votes)])
            asked = deliberation.send([vote(letter) for letter in given_in[-1]])
    except StopIteration as end:
        status = statuses_of(end.value)
    if status == "p":
        assert set(given_in[-1]) == {"p"}
    if status == "f":
        assert set(given_in[-1]) == {"f"}
        assert sum(letter == "f" for letters in given_in for letter in letters) >= 2
