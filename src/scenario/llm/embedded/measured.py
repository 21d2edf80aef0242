"""How the embedded judge did on labels that chose nothing of it: the one place that the figures stand in.

To be measured again whenever prompt, shift, band or model change: `scenario judge --calibrate shipped --json` has the
values in `by_default`. Intervals count in that criteria of one conversation are alike.
"""

from __future__ import annotations

from typing import Final

import msgspec

from scenario.metrics.judged_labels import JudgedLabels
from scenario.metrics.proportions import Rate


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of labelled criteria with the band that is built in.

    Attributes:
        labels: what they are, in a few words.
        digest: of the labels, where they come with the package; "" where they do not.
        counts: how many were judged in which way.
        right: of what it decided, what it decided as the label says.
        true_passes: of what is met, what it passed.
        false_passes: of what is not, what it passed.
    """

    labels: str
    digest: str = ""
    counts: JudgedLabels
    right: Rate | None = None
    true_passes: Rate | None = None
    false_passes: Rate | None = None

    @property
    def sentence(self) -> str:
        """The figures, as they are told everywhere."""
        counts = self.counts
        passed = counts.true_passes + counts.false_passes
        return (
            f"Of {counts.count} labelled criteria ({self.labels}) it decided {counts.decided} "
            f"({_percent(counts.decided, counts.count)} %), and {counts.right} of these rightly "
            f"({_interval(self.right)}). It passed {counts.true_passes} of {counts.met} criteria that are met "
            f"({_interval(self.true_passes)}) and {counts.false_passes} of {counts.not_met} that are not "
            f"({_interval(self.false_passes)}): {counts.false_passes} of its "
            f"{passed} passes are wrong."
        )


def _interval(rate: Rate | None) -> str:
    if rate is None:
        return "nothing to tell"
    return f"{rate.value * 100:.0f} %, 95 % interval {rate.low * 100:.0f} to {rate.high * 100:.0f} %"


def _percent(hits: int, count: int) -> str:
    return f"{hits / count * 100:.0f}" if count else "0"


MEASURED: Final = Measured(
    labels="that come with Scenario",
    digest="240fe5a3dc69aec978c65d93ec24cc91135ef2fbbeb155b472d093032b709013",
    counts=JudgedLabels(
        true_passes=57,
        false_passes=16,
        false_fails=5,
        true_fails=57,
        undecided_met=177,
        undecided_not_met=202,
    ),
    right=Rate(0.8444444444444444, 0.7586109056956165, 0.9036341896626137),
    true_passes=Rate(0.2384937238493724, 0.1840866767679642, 0.3030091189834617),
    false_passes=Rate(0.05818181818181818, 0.03458932722731882, 0.0962616155970385),
)
