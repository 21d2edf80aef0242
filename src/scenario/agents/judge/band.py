"""Which probabilities decide: from one on a statement is taken to be true, up to another to be false. Pure.

A probability is no verdict: over a small general model, p ≥ 0.5 passed nine of ten criteria that were not met. What
decides comes from labels, for one server, one model and one wording; where there are none, only what lies far out does.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from scenario.types import CriterionStatus


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between the two decides nothing.

    Attributes:
        false_to: up to this probability a statement is taken to be false; None where none is.
        true_from: from this one on, to be true; above the other. None where none is.
    """

    false_to: float | None
    true_from: float | None

    @property
    def middle(self) -> float:
        """What lies on neither side: by it, statements whose truth is known are held against a judge."""
        false_to = 0.0 if self.false_to is None else self.false_to
        return (false_to + (1.0 if self.true_from is None else self.true_from)) / 2

    def status_of(self, probability: float) -> CriterionStatus:
        """The verdict on a statement, by the probability that it is true."""
        if self.true_from is not None and probability >= self.true_from:
            return "passed"
        return "failed" if self.false_to is not None and probability <= self.false_to else "inconclusive"

    @property
    def is_one(self) -> bool:
        """Whether it is a band at all: a file may hold anything."""
        ends = [one for one in (self.false_to, self.true_from) if one is not None]
        return bool(ends) and all(0 <= one <= 1 for one in ends) and ends == sorted(set(ends))

    def __str__(self) -> str:
        """Such as "from 0.95 and up to 0.05"."""
        ends = [f"from {self.true_from:.4g}"] if self.true_from is not None else []
        ends += [f"up to {self.false_to:.4g}"] if self.false_to is not None else []
        return " and ".join(ends)


# Chosen wide, and measured with no decision model.
WIDE: Final = Band(false_to=0.05, true_from=0.95)


# Seconds since 1970, of a day that a calendar has: a file may hold anything.
Moment: TypeAlias = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]


# Of a model that nobody has measured as a judge: it decides nothing without a calibration.
NOTHING: Final = Band(false_to=None, true_from=None)


class KeptBand(msgspec.Struct, frozen=True, kw_only=True):
    """A band that was chosen on labels, and what it holds for.

    Attributes:
        server: where the model was asked, without what is secret in an address; "" for one on this machine.
        model: as it is shown, "systemone/jev".
        answered: by which name the server said that it answers; "" where it said none.
        wording: a digest of what the model is asked.
        labels: a digest of the labels.
        file: where these were read.
        at: when, in seconds since 1970.
        chosen_on: how many labels it was chosen on; its figures are those of the others.
    """

    server: str
    model: str
    wording: str
    labels: str
    band: Band
    answered: str = ""
    file: str = ""
    at: Moment = 0.0
    chosen_on: int = 0
