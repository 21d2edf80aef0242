"""Judges that give a number and no verdict: how likely each criterion's statement is true, and what a band makes of it.

Decision models and the embedded model are asked through the same few names: `Scored`, `Scores`, `verdict_of`. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from scenario.agents.judge.band import WIDE, Band, KeptBand
from scenario.agents.judge.examination import Heard, Said, reads_the_conversation, told_of, undecided, unfit_result
from scenario.agents.judge.verdict import Verdict
from scenario.llm.decisions.question import DecisionAnswer
from scenario.llm.embedded.log_odds import Statement
from scenario.types import CriterionResult, CriterionStatus

_FLIPPED: Final[dict[CriterionStatus, CriterionStatus]] = {
    "passed": "failed",
    "failed": "passed",
    "inconclusive": "inconclusive",
}
_WORDS: Final[dict[CriterionStatus, str]] = {
    "passed": "taken to be true",
    "failed": "taken to be false",
    "inconclusive": "undecided",
}
_NO_CALIBRATION: Final = "no calibration for this server, model and wording"


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What a model makes of one criterion.

    Attributes:
        criterion: as the test gave it.
        asked: the statement about which the model was asked.
        answer: the probability that this is true, or why there is none.
        by: the model that answered, as its server names it.
    """

    criterion: str
    asked: Statement
    answer: DecisionAnswer
    by: str = ""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What a model makes of a conversation's criteria.

    Attributes:
        items: one for each criterion, in their order.
        heard: what it says of statements whose truth is known.
        missed: how many of these it missed, asked for the first time.
        unfit: why nothing of it counts; "" where nothing tells.
        remarks: what whoever reads the verdict has to know, a sentence each.
    """

    items: tuple[Scored, ...]
    heard: tuple[Heard[DecisionAnswer], ...] = ()
    missed: int = 0
    unfit: str = ""
    remarks: tuple[str, ...] = ()


def joined(parts: Sequence[Scores]) -> Scores:
    """Those of several requests about one conversation."""
    return Scores(
        items=tuple(item for part in parts for item in part.items),
        heard=tuple(one for part in parts for one in part.heard),
        missed=sum(part.missed for part in parts),
        unfit=next((part.unfit for part in parts if part.unfit), ""),
        remarks=tuple(remark for part in parts for remark in part.remarks),
    )


class BandInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The band by which a model's numbers become verdicts.

    Attributes:
        kept: that which was calibrated for this model; None where none was, or it does not hold.
        why_none: why none that is kept is used, in words; "" where none is kept.
        default: what decides where none is used.
    """

    kept: KeptBand | None = None
    why_none: str = ""
    default: Band = WIDE

    @property
    def band(self) -> Band:
        """What decides."""
        return self.default if self.kept is None else self.kept.band

    def of(self, answered: str) -> BandInForce:
        """The same for a name by which the server says that it answers: behind an address the model may change."""
        if self.kept is None or self.kept.answered == answered:
            return self
        calibrated = self.kept.answered or "no name"
        why = f"{answered or 'a model without a name'} answers, and {calibrated} was calibrated"
        return BandInForce(why_none=why, default=self.default)


def said_of(answer: DecisionAnswer, band: Band) -> Said:
    """What a model says of a statement whose truth is known: the middle of the band is on neither side."""
    if answer.probability is None:
        return Said(is_true=None, words=f"nothing ({answer.why_none})")
    is_true = None if answer.probability == band.middle else answer.probability > band.middle
    return Said(is_true=is_true, words=f"{answer.probability:.6g}")


def is_fit(heard: Sequence[Heard[DecisionAnswer]], band: Band) -> bool:
    """Whether a model got statements right whose truth is known, with a band by which it was not asked perhaps.

    One that only this band finds missed was not asked about another in its place, and is taken to be missed for good.
    """
    known = all(
        said_of(one.first, band).is_true is one.is_true
        or (one.again is not None and said_of(one.again, band).is_true is one.is_true)
        for one in heard
    )
    is_asked = any(one.turned is not None for one in heard)
    return known and (not is_asked or reads_the_conversation(heard, lambda answer: said_of(answer, band)))


def verdict_of(scores: Scores, in_force: BandInForce, *, by: str) -> Verdict:
    """The verdict on each criterion; what the band does not decide is inconclusive, with the reason.

    Args:
        scores: what the model said.
        in_force: the band.
        by: the model that was asked.
    """
    results = [criterion_result(one, in_force.of(one.by)) for one in scores.items]
    if scores.unfit:
        results = [unfit_result(result, scores.unfit) for result in results]
    told = scores.unfit or told_of(len(scores.heard), scores.missed)
    answered = in_force.of(next((one.by for one in scores.items if one.answer.probability is not None), ""))
    said = " ".join(dict.fromkeys(scores.remarks))
    reasoning = " ".join(filter(None, (f"Probabilities of {by}.", told, _told_of_band(in_force, answered), said)))
    return Verdict(criteria=tuple(results), reasoning=reasoning, controls=len(scores.heard), missed=scores.missed)


def criterion_result(scored: Scored, in_force: BandInForce) -> CriterionResult:
    """The verdict on one criterion, with how it came about."""
    asked, probability = scored.asked, scored.answer.probability
    if probability is None:
        return undecided(scored.criterion, scored.answer.why_none, requirement=_requirement(asked))
    status = in_force.band.status_of(probability)
    return CriterionResult(
        criterion=scored.criterion,
        requirement=_requirement(asked),
        status=status_of(scored, in_force.band),
        reasoning=f"{_shown(probability, in_force.band)}: {_WORDS[status]}, {_by_what(in_force)} Answered by "
        f"{scored.by or 'a model that its server does not name'}, which gives no reasons."
        + (f" It was asked whether “{asked.text}”, and its answer was reversed." if asked.negated else ""),
    )


def status_of(scored: Scored, band: Band) -> CriterionStatus:
    """The verdict alone."""
    if scored.answer.probability is None:
        return "inconclusive"
    status = band.status_of(scored.answer.probability)
    return _FLIPPED[status] if scored.asked.negated else status


def _requirement(asked: Statement) -> str:
    return f"Not: {asked.text}" if asked.negated else asked.text


def _by_what(in_force: BandInForce) -> str:
    if in_force.kept is not None:
        return f"by the band that was calibrated for it: {in_force.band} it counts."
    why = f" ({in_force.why_none})" if in_force.why_none else ""
    counts = f"only {in_force.band} it counts" if in_force.band.is_one else "nobody has measured how it judges"
    return f"{_NO_CALIBRATION}{why}: {counts}."


def _told_of_band(asked: BandInForce, in_force: BandInForce) -> str:
    if (kept := in_force.kept) is not None:
        day = datetime.fromtimestamp(kept.at, UTC).strftime("%Y-%m-%d")
        return f"They are read by the band that {kept.file} of {day} gave this server, model and wording."
    return f"The band that is kept is not used: {in_force.why_none}." if asked.why_none or in_force.why_none else ""


def _shown(probability: float, band: Band) -> str:
    """In two digits, in more where two would tell another verdict."""
    short = f"{probability:.2f}"
    return short if band.status_of(float(short)) == band.status_of(probability) else repr(probability)
