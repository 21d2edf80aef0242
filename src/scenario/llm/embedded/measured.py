"""How the embedded judge did on labels that chose nothing of it: the one place that the figures stand in.

To be measured again whenever prompt, shift, band or model change: `scenario judge --calibrate shipped --json` has the
counts in `calibration.figures.counts` and the labels' digest in `calibration.labels`, where no band was chosen.
"""

from __future__ import annotations

from typing import Final

import msgspec

from scenario.metrics.judged_labels import JudgedLabels
from scenario.metrics.proportions import wilson


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of labelled criteria with the band that is built in.

    Attributes:
        labels: what they are, in a few words.
        digest: of the labels, where they come with the package; "" where they do not.
        counts: how many were judged in which way.
    """

    labels: str
    digest: str = ""
    counts: JudgedLabels

    @property
    def sentence(self) -> str:
        """The figures, as they are told everywhere."""
        counts = self.counts
        passed = counts.true_passes + counts.false_passes
        return (
            f"Of {counts.count} labelled criteria ({self.labels}) it decided {counts.decided} "
            f"({_percent(counts.decided, counts.count)} %), and {counts.right} of these rightly "
            f"({_interval(counts.right, counts.decided)}). It passed {counts.true_passes} of {counts.met} criteria "
            f"that are met ({_interval(counts.true_passes, counts.met)}) and {counts.false_passes} of {counts.not_met} "
            f"that are not ({_interval(counts.false_passes, counts.not_met)}): {counts.false_passes} of its "
            f"{passed} passes are wrong."
        )


def _interval(hits: int, count: int) -> str:
    rate = wilson(hits, count)
    if rate is None:
        return "nothing to tell"
    return f"{rate.value * 100:.0f} %, 95 % interval {rate.low * 100:.0f} to {rate.high * 100:.0f} %"


def _percent(hits: int, count: int) -> str:
    return f"{hits / count * 100:.0f}" if count else "0"


MEASURED: Final = Measured(
    labels="of public data sets",
    counts=JudgedLabels(
        true_passes=74,
        false_passes=22,
        false_fails=9,
        true_fails=37,
        undecided_met=171,
        undecided_not_met=161,
    ),
)
