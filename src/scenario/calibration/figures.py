"""What a judge said of labels, as figures: wrong passes first. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.examination import Heard
from scenario.calibration.labels import Label
from scenario.llm.decisions.question import DecisionAnswer
from scenario.metrics.judged_labels import JudgedLabels, alpha, kappa, total
from scenario.metrics.proportions import Rate, clustered, design_effect, labels_needed
from scenario.types import CriterionStatus

# The shares of wrong passes for which the labels still needed are told.
WANTED: Final = (0.02, 0.05)

_FIELD: Final[Mapping[tuple[bool, CriterionStatus], str]] = {
    (True, "passed"): "true_passes",
    (True, "failed"): "false_fails",
    (True, "inconclusive"): "undecided_met",
    (False, "passed"): "false_passes",
    (False, "failed"): "true_fails",
    (False, "inconclusive"): "undecided_not_met",
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge said of a label.

    Attributes:
        key: the label's.
        status: its verdict.
        reasoning: why.
        probability: that the statement is true which it was asked about; None where it gave none.
        by: the model that answered, as its server names it.
        heard: what it said of the statements whose truth is known, beside this one.
    """

    key: str
    status: CriterionStatus
    reasoning: str = ""
    probability: float | None = None
    by: str = ""
    heard: tuple[Heard[DecisionAnswer], ...] = ()


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A label that the judge decided the other way."""

    place: str
    criterion: str
    met: bool
    status: CriterionStatus
    reasoning: str


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a judge does on labels.

    Attributes:
        counts: how many labels were judged in which way.
        conversations: in how many groups they stand.
        false_passes: of what is not met, what it passed.
        false_fails: of what is met, what it failed.
        decided: of all, what it decided.
        right: of what it decided, what it decided as the label says.
        kappa: Cohen's, over what it decided; None where there is one category only.
        alpha: Krippendorff's, likewise.
        needed: for each share of wrong passes, how many more labels of what is not met would show that it is not
            exceeded, if the judge passed none of them.
        kinds: the counts of each kind.
        true_passes: of what is met, what it passed.
        effects: by how much the variance of false passes and of true passes is greater than of independent labels.
    """

    counts: JudgedLabels
    conversations: int
    false_passes: Rate | None
    false_fails: Rate | None
    decided: Rate | None
    right: Rate | None
    kappa: Rate | None
    alpha: Rate | None
    needed: dict[float, int]
    kinds: dict[str, JudgedLabels]
    true_passes: Rate | None = None
    effects: tuple[float, float] = (1.0, 1.0)


def figures(labels: Sequence[Label], judged: Mapping[str, Judged]) -> Figures:
    """The figures of those labels that were judged.

    Args:
        labels: all of them.
        judged: what the judge said, by the labels' keys.
    """
    by_group: dict[str, JudgedLabels] = defaultdict(JudgedLabels)
    by_kind: dict[str, JudgedLabels] = defaultdict(JudgedLabels)
    for label in labels:
        if (said := judged.get(label.key)) is not None:
            one = JudgedLabels(**{_FIELD[label.met, said.status]: 1})
            by_group[label.group] += one
            by_kind[label.kind] += one
    counts = total(by_group.values())
    groups = list(by_group.values())
    passed = [(one.true_passes, one.met) for one in groups]
    wrong = [(one.false_passes, one.not_met) for one in groups]
    false_passes = clustered(wrong)
    return Figures(
        counts=counts,
        conversations=len(groups),
        false_passes=false_passes,
        false_fails=clustered([(one.false_fails, one.met) for one in groups]),
        decided=clustered([(one.decided, one.count) for one in groups]),
        right=clustered([(one.right, one.decided) for one in groups]),
        kappa=kappa(groups),
        alpha=alpha(groups),
        needed={share: _needed(wrong, false_passes, share) for share in WANTED},
        kinds=dict(sorted(by_kind.items())) if len(by_kind) > 1 else {},
        true_passes=clustered(passed),
        effects=(design_effect(wrong), design_effect(passed)),
    )


def _needed(wrong: Sequence[tuple[int, int]], rate: Rate | None, most: float) -> int:
    if rate is not None and rate.high <= most:
        return 0
    hits, count = (sum(column) for column in zip(*wrong, strict=True)) if wrong else (0, 0)
    return max(1, labels_needed(hits, count, most, effect=design_effect(wrong)))


def disagreements(labels: Iterable[Label], judged: Mapping[str, Judged]) -> list[Disagreement]:
    """What was decided against the labels, wrong passes first."""
    found = [
        Disagreement(
            place=label.place, criterion=label.criterion, met=label.met, status=said.status, reasoning=said.reasoning
        )
        for label in labels
        if (said := judged.get(label.key)) is not None and said.status == ("failed" if label.met else "passed")
    ]
    return sorted(found, key=lambda one: one.met)
