"""What a rate's interval promises: that the truth lies within, about 95 times in 100."""

from __future__ import annotations

import math
import random
from itertools import product
from statistics import mean

import pytest
from hypothesis import given, strategies as st

from scenario.metrics.agreement import krippendorff_alpha
from scenario.metrics.judged_labels import JudgedLabels, alpha, kappa
from scenario.metrics.proportions import Effects, clustered, corrected_rate, design_effect, labels_needed, wilson

COUNTS = st.integers(0, 40)


def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says() -> None:
    """Over true rates from 2 to 98 % and 20 to 500 things counted: 94 to 97 % on average, and never below 92 %."""
    held = [_held(count, rate / 100) for count in (20, 50, 100, 250, 500) for rate in range(2, 99, 4)]
    assert 0.94 <= mean(held) <= 0.97
    assert min(held) > 0.92


def _held(count: int, rate: float) -> float:
    """How often: the probability of each outcome whose interval holds the rate."""
    found = 0.0
    for hits in range(count + 1):
        interval = wilson(hits, count)
        assert interval is not None
        if interval.low <= rate <= interval.high:
            ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
            found += math.exp(ways + hits * math.log(rate) + (count - hits) * math.log(1 - rate))
    return found


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3])
def test_the_interval_of_what_is_alike_holds_the_truth_as_often_as_it_says(correlation: float) -> None:
    """As errors of a judge are within a conversation; Wilson's alone holds it too seldom where they are much alike."""
    chance = random.Random(11)  # noqa: S311 - the same draws each time
    held, plain = [], []
    for clusters, rate in product((15, 30, 80), (0.05, 0.3, 0.5, 0.9)):
        for _ in range(150):
            parts = [_cluster(chance, rate, correlation) for _ in range(clusters)]
            found, alone = clustered(parts), wilson(*map(sum, zip(*parts, strict=True)))
            assert found is not None
            assert alone is not None
            held.append(found.low <= rate <= found.high)
            plain.append(alone.low <= rate <= alone.high)
    assert 0.935 <= mean(held) <= 0.975
    assert mean(plain) < 0.92 or correlation < 0.3


def _cluster(chance: random.Random, rate: float, correlation: float) -> tuple[int, int]:
    size = chance.randint(1, 7)
    spread = (1 - correlation) / correlation if correlation else 0.0
    own = chance.betavariate(rate * spread, (1 - rate) * spread) if correlation else rate
    return _hits(chance, size, own), size


def test_what_stands_alone_has_the_interval_of_wilson() -> None:
    """One label to a conversation: nothing is alike, and nothing widened. What is empty counts for nothing."""
    assert clustered([(1, 1)] * 6 + [(0, 1)] * 24 + [(0, 0)] * 9) == wilson(6, 30)
    assert clustered([(0, 0)]) is clustered([]) is None


def test_one_conversation_says_next_to_nothing() -> None:
    """Nobody knows how far another one would differ."""
    found = clustered([(0, 50)])
    assert found is not None
    assert found.high > 0.9


def test_labels_that_are_alike_are_worth_fewer() -> None:
    """Two conversations of ten, wrong throughout: as few as ten labels, and not thirty. More labels are needed, too."""
    parts = [(3, 3)] * 2 + [(0, 3)] * 8
    assert design_effect(parts) == pytest.approx(3 * 10 / 9)
    found, alone = clustered(parts), wilson(6, 30)
    assert found is not None
    assert alone is not None
    assert found.value == alone.value
    assert found.high - found.low > 1.5 * (alone.high - alone.low)
    assert labels_needed(6, 30, 0.3, effect=3.0) > labels_needed(6, 30, 0.3)


@given(st.lists(st.tuples(COUNTS, COUNTS), max_size=12))
def test_a_clustered_share_lies_within_its_interval(parts: list[tuple[int, int]]) -> None:
    """Always, and the interval within 0 and 1."""
    found = clustered([(hits, hits + others) for hits, others in parts])
    if found is not None:
        assert -1e-12 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1 + 1e-12


def test_the_corrected_rate_holds_the_truth_as_often_as_it_says() -> None:
    """With a judge that is wrong in one of twenty to one of three, and labels that are few themselves."""
    chance = random.Random(7)  # noqa: S311 - the same draws each time
    held = []
    for count, rate, (sensitivity, wrong), labels in product(
        (20, 100, 500), (0.02, 0.3, 0.5, 0.7, 0.98), ((0.95, 0.05), (0.9, 0.2), (0.67, 0.05)), (40, 150)
    ):
        for _ in range(60):
            passed = _hits(chance, count, rate * sensitivity + (1 - rate) * wrong)
            found = corrected_rate(
                passed,
                count,
                false_passes=_hits(chance, labels, wrong),
                not_met=labels,
                true_passes=_hits(chance, labels, sensitivity),
                met=labels,
            )
            assert found is not None
            held.append(found.low <= rate <= found.high)
    assert 0.94 <= mean(held) <= 0.975


def _hits(chance: random.Random, count: int, rate: float) -> int:
    return sum(chance.random() < rate for _ in range(count))


def test_a_corrected_rate_of_what_is_alike_is_less_certain() -> None:
    """Of criteria and labels that are alike within their conversation; the rate itself is the same."""
    counts = {"false_passes": 6, "not_met": 60, "true_passes": 54, "met": 60}
    alone = corrected_rate(30, 60, **counts)
    alike = corrected_rate(30, 60, **counts, effects=Effects(judged=2.0, not_met=3.0, met=1.5))
    assert alone is not None
    assert alike is not None
    assert alike.value == alone.value
    assert alike.low < alone.low < alone.high < alike.high


def test_a_judge_that_is_always_right_corrects_nothing() -> None:
    """The rate is the one that it counted."""
    found = corrected_rate(30, 40, false_passes=0, not_met=200, true_passes=200, met=200)
    assert found is not None
    assert found.value == 0.75


@pytest.mark.parametrize(
    ("false_passes", "not_met", "true_passes", "met"), [(0, 0, 5, 5), (0, 5, 0, 0), (3, 5, 3, 5), (5, 5, 1, 5)]
)
def test_nothing_is_said_with_a_judge_that_tells_nothing(
    false_passes: int, not_met: int, true_passes: int, met: int
) -> None:
    """Labels of one kind are missing, or what is not met passes as often as what is."""
    found = corrected_rate(5, 10, false_passes=false_passes, not_met=not_met, true_passes=true_passes, met=met)
    assert found is None


def test_of_nothing_there_is_no_share() -> None:
    """None of none is no rate, and neither 0 nor 1."""
    assert wilson(0, 0) is None


@given(COUNTS, COUNTS)
def test_the_share_lies_within_its_interval(hits: int, others: int) -> None:
    """Always, and the interval within 0 and 1."""
    found = wilson(hits, hits + others)
    if found is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("most", [0.02, 0.05])
@pytest.mark.parametrize(("hits", "count"), [(0, 0), (0, 50), (2, 60), (0, 1000)])
def test_so_many_labels_are_needed_and_one_fewer_is_too_few(hits: int, count: int, most: float) -> None:
    """Until the interval's end is below what is asked for, where none of them is a hit."""
    needed = labels_needed(hits, count, most)
    enough = wilson(hits, count + needed)
    assert enough is not None
    assert enough.high <= most
    if needed:
        before = wilson(hits, count + needed - 1)
        assert before is None or before.high > most


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_alpha_of_one_conversation_is_krippendorffs(
    true_passes: int, false_passes: int, false_fails: int, true_fails: int
) -> None:
    """Computed from the table as from the pairs that are in it."""
    table = JudgedLabels(
        true_passes=true_passes, false_passes=false_passes, false_fails=false_fails, true_fails=true_fails
    )
    pairs = ["pp"] * true_passes + ["pf"] * false_passes + ["fp"] * false_fails + ["ff"] * true_fails
    found, expected = alpha([table]), krippendorff_alpha(pairs)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(expected)


def test_kappa_has_its_textbook_value() -> None:
    """20 and 15 agreed, 5 and 10 not: 0.4."""
    found = kappa([JudgedLabels(true_passes=20, false_passes=5, false_fails=10, true_fails=15)])
    assert found is not None
    assert found.value == pytest.approx(0.4)


def test_undecided_criteria_are_no_disagreement() -> None:
    """They are counted apart."""
    decided = JudgedLabels(true_passes=8, true_fails=8, false_passes=1)
    with_undecided = decided + JudgedLabels(undecided_met=5, undecided_not_met=9)
    assert kappa([decided, decided]) == kappa([with_undecided, with_undecided])
    assert (with_undecided.met, with_undecided.not_met, with_undecided.decided) == (13, 18, 17)


def test_criteria_of_one_conversation_count_as_one_drawing() -> None:
    """Ten conversations with ten alike criteria say less than a hundred with one: their interval is wider."""
    right, wrong = JudgedLabels(true_passes=5, true_fails=5), JudgedLabels(false_passes=5, false_fails=5)
    clustered = kappa([right] * 8 + [wrong] * 2)
    single = kappa(
        [JudgedLabels(true_passes=1), JudgedLabels(true_fails=1)] * 40
        + [JudgedLabels(false_passes=1), JudgedLabels(false_fails=1)] * 10
    )
    assert clustered is not None
    assert single is not None
    assert clustered.value == pytest.approx(single.value)
    assert clustered.high - clustered.low > 1.5 * (single.high - single.low)
