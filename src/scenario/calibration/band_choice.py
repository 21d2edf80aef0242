"""A band chosen on one half of the labels, so that the other half can tell what it is worth. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from scenario.agents.judge.band import Band
from scenario.calibration.figures import Judged
from scenario.calibration.labels import Label
from scenario.llm.embedded.log_odds import statement

# Of what is false, what may be taken to be true in the half on which the band is chosen, and the other way round.
_WRONG: Final = 0.02
# Of each kind, in each half: a band of fewer labels would be one of chance.
_LEAST: Final = 5


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen.

    Attributes:
        band: None where none could be.
        why_none: why not, in words.
        chosen_on: the labels on which it was chosen.
        measured_on: those that tell what it is worth; all labels where there is no band.
    """

    measured_on: tuple[Label, ...]
    chosen_on: tuple[Label, ...] = ()
    band: Band | None = None
    why_none: str = ""


class _Point(msgspec.Struct, frozen=True):
    """A statement: the probability that it is true, as a model says, and whether it is."""

    probability: float
    is_true: bool


def chosen_band(labels: Sequence[Label], said: Mapping[str, Judged]) -> Choice:
    """The band for a model that gives probabilities.

    It decides as much as it can while at most 2 % of what is false are taken to be true in the half on which it is
    chosen, and at most 2 % of what is true to be false. Halves have no conversation in common.

    Args:
        labels: all of them.
        said: what the model said, by the labels' keys.
    """
    answered = {said[label.key].by for label in labels if label.key in said and said[label.key].by}
    if len(answered) > 1:
        return Choice(measured_on=tuple(labels), why_none=f"several models answered: {', '.join(sorted(answered))}")
    first, second = halves(labels)
    points = _points(first, said)
    if few := _too_few(points) or _too_few(_points(second, said)):
        return Choice(measured_on=tuple(labels), why_none=few)
    band = band_between(
        [point.probability for point in points if point.is_true],
        [point.probability for point in points if not point.is_true],
    )
    if band is None:
        why = "what is met and what is not have the same probabilities: this model does not tell them apart"
        return Choice(measured_on=tuple(labels), why_none=why)
    return Choice(measured_on=tuple(second), chosen_on=tuple(first), band=band)


def halves(labels: Sequence[Label]) -> tuple[list[Label], list[Label]]:
    """Two halves without a group in common, with as many labels of each kind as groups allow; the same for the same."""
    groups: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        groups[label.group].append(label)
    parts: tuple[list[Label], list[Label]] = ([], [])
    counts: tuple[Counter[bool], Counter[bool]] = (Counter(), Counter())
    for _, group in sorted(groups.items(), key=lambda one: (-len(one[1]), hashlib.sha256(one[0].encode()).digest())):
        kinds = Counter(_is_true(label) for label in group)
        lead = sum((counts[0][kind] - counts[1][kind]) * number for kind, number in kinds.items())
        part = 1 if lead > 0 or (lead == 0 and len(parts[0]) > len(parts[1])) else 0
        parts[part].extend(group)
        counts[part].update(kinds)
    return parts


def band_between(true: Sequence[float], false: Sequence[float]) -> Band | None:
    """The band that decides as much as it can, with few mistakes; None where nothing can be decided.

    Args:
        true: the probabilities of true statements.
        false: those of false ones.
    """
    true_from = next((one for one in sorted(set(true)) if _few(sum(p >= one for p in false), false)), None)
    false_to = next((one for one in sorted(set(false))[::-1] if _few(sum(p <= one for p in true), true)), None)
    if true_from is not None and false_to is not None and false_to >= true_from:
        # Both would decide what lies between, each in its own way.
        above, below = [p for p in true if p > false_to], [p for p in false if p < true_from]
        true_from, false_to = min(above, default=None), max(below, default=None)
    band = Band(false_to=false_to, true_from=true_from)
    return band if band.is_one else None


def _few(wrong: int, of: Sequence[float]) -> bool:
    return wrong <= _WRONG * len(of)


def _is_true(label: Label) -> bool:
    """Whether the statement is true that a model is asked about: that of a negated criterion is where it is not met."""
    return label.met != statement(label.criterion).negated


def _points(labels: Sequence[Label], said: Mapping[str, Judged]) -> list[_Point]:
    found = [(label, said[label.key].probability) for label in labels if label.key in said]
    return [_Point(probability, _is_true(label)) for label, probability in found if probability is not None]


def _too_few(points: Sequence[_Point]) -> str:
    true = sum(point.is_true for point in points)
    if min(true, len(points) - true) >= _LEAST:
        return ""
    return (
        f"there are too few labels: one half has {true} of what is true and {len(points) - true} of what is not, of "
        f"{_LEAST} each that it needs"
    )
