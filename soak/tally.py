"""What is counted while it goes on: runs, what came of them, and what this process holds."""

from __future__ import annotations

import time
from collections import Counter
from typing import NamedTuple

from soak.slope import Slope, slope_of
from tests.hostile.behaviour import Hostile
from tests.hostile.playing import Played
from tests.hostile.resources import descriptors, resident_mib, threads


class Sample(NamedTuple):
    """What this process holds at one moment: seconds since the begin, MiB, descriptors, threads."""

    at: float
    mib: float
    descriptors: int
    threads: int


class Tally:
    """Counts.

    Attributes:
        runs: how many are over.
        outcomes: how many of each kind and outcome.
        wrong: what was said of a run, where it was not what is right.
        samples: what this process held.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.runs = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self.samples: list[Sample] = []

    @property
    def seconds(self) -> float:
        """Since the begin."""
        return time.monotonic() - self.began

    def sample(self) -> Sample:
        """Look at this process."""
        found = Sample(self.seconds, resident_mib(), descriptors(), len(threads()))
        self.samples.append(found)
        return found

    def count(self, hostile: Hostile, played: Played | None, error: BaseException | None = None) -> None:
        """Count a run, and hold its outcome against what is right."""
        self.runs += 1
        outcome = played.exchange.outcome if played is not None and played.exchanges else "none"
        self.outcomes[hostile.kind, outcome] += 1
        fault = None if played is None else played.fault
        told = None if played is None or played.record is None else played.record.outcome
        if error is not None or told is None or (outcome, fault) != (hostile.outcome, hostile.fault):
            said = error if played is None else played.error
            right = f"{hostile.outcome} ({hostile.fault})"
            self.wrong.append(f"{hostile}: {outcome} ({fault}, {told}), not {right}: {said!r:.400}")

    def slope(self, warm_up: float) -> Slope:
        """How fast memory grows, after so many seconds."""
        return slope_of([(sample.at, sample.mib) for sample in self.samples if sample.at >= warm_up])

    def line(self) -> str:
        """How it stands, in one line."""
        held = self.sample()
        outcomes: Counter[str] = Counter()
        for (_, outcome), count in self.outcomes.items():
            outcomes[outcome] += count
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        return (
            f"{held.at / 60:6.1f} min  {self.runs} runs ({counts})  {held.mib:.1f} MiB, "
            f"{held.descriptors} descriptors, {held.threads} threads, {len(self.wrong)} wrong"
        )

    def table(self) -> str:
        """Runs by kind and outcome."""
        outcomes = sorted({outcome for _, outcome in self.outcomes})
        lines = [f"{'':12}" + "".join(f"{outcome:>11}" for outcome in outcomes)]
        for kind in dict.fromkeys(kind for kind, _ in self.outcomes):
            counts = "".join(f"{self.outcomes[kind, outcome]:>11}" for outcome in outcomes)
            lines += [f"{kind:12}{counts}"]
        return "\n".join(lines)
