"""From what a judge said of labels to what is kept of it: a band where it gives probabilities, and figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from scenario.agents.judge.band import Band, KeptBand
from scenario.agents.judge.kept_bands import with_band, without_band
from scenario.agents.judge.scored import BandInForce
from scenario.calibration.band_choice import Choice, chosen_band
from scenario.calibration.figures import Disagreement, Judged, disagreements, figures
from scenario.calibration.judging import JudgeIdentity, with_verdicts
from scenario.calibration.kept import Kept
from scenario.calibration.labels import Label, digest_of
from scenario.llm.embedded.measured import MEASURED, Measured


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        kept: what is kept for later runs.
        wrong: what was decided against the labels, of those that the figures are of.
        choice: of the band; None where the judge gives verdicts and no probabilities.
        by_default: what all labels come to by the band that decides without a calibration; None where there is none.
    """

    kept: Kept
    wrong: list[Disagreement]
    choice: Choice | None = None
    by_default: Measured | None = None


def calibrated(
    who: JudgeIdentity,
    labels: Sequence[Label],
    said: Mapping[str, Judged],
    *,
    default: Band | None,
    bands: Sequence[KeptBand],
    file: str,
    at: float,
) -> Calibration:
    """The figures of a judge and, where it gives probabilities, a band: chosen on one half, measured on the other.

    Args:
        who: the judge.
        labels: all of them.
        said: what it said, by the labels' keys.
        default: what decides without a band; None where the judge gives verdicts.
        bands: those that are kept so far.
        file: where the labels were read.
        at: now, in seconds since 1970.
    """
    digest, measured = digest_of(labels), labels
    choice = by_default = None
    if default is not None:
        choice = chosen_band(labels, said)
        measured = choice.measured_on
        new = (
            None
            if choice.band is None
            else KeptBand(
                server=who.server,
                model=who.model,
                answered=next((said[one.key].by for one in labels if one.key in said and said[one.key].by), ""),
                wording=who.wording,
                labels=digest,
                band=choice.band,
                file=file,
                at=at,
                chosen_on=len(choice.chosen_on),
            )
        )
        by_default = _measured(labels, with_verdicts(labels, said, BandInForce(default=default)), digest, file)
        said = with_verdicts(labels, said, BandInForce(kept=new, default=default))
        bands = with_band(bands, new) if new else without_band(bands, who.server, who.model, who.wording)
    kept = Kept(judge=who, labels=digest, file=file, at=at, figures=figures(measured, said), bands=tuple(bands))
    return Calibration(kept=kept, wrong=disagreements(measured, said), choice=choice, by_default=by_default)


def _measured(labels: Sequence[Label], said: Mapping[str, Judged], digest: str, file: str) -> Measured:
    found = figures(labels, said)
    return Measured(
        labels=MEASURED.labels if digest == MEASURED.digest else file,
        digest=digest,
        counts=found.counts,
        right=found.right,
        true_passes=found.true_passes,
        false_passes=found.false_passes,
    )
