"""What a summary says of the judge: how often it was wrong when that was measured, and what that makes of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from scenario.calibration.kept import Kept
from scenario.metrics.proportions import Rate, corrected_rate
from scenario.record.run_record import RunRecord
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span

_LONGEST = 80


def judge_lines(kept: Kept, records: Sequence[RunRecord], wordings: Collection[str], glyphs: Glyphs) -> list[Line]:
    """The lines; none where no judge's model was asked.

    Args:
        kept: the calibration that is known.
        records: of the runs.
        wordings: what judges are asked now, as digests.
        glyphs: the marks that can be shown.
    """
    judged = [record for record in records if record.judgments and not record.retried]
    models = sorted({judgment.model for record in judged for judgment in record.judgments})
    if not models:
        return []
    if why := _does_not_hold(kept, models, wordings):
        return [(Span(f"Judge: its figures of {_day(kept)} do not hold: {one_line(why, 200, glyphs)}.", "unsure"),)]
    figures, counts = kept.figures, kept.figures.counts
    wrong_passes = _of(counts.false_passes, counts.not_met, figures.false_passes)
    wrong_fails = _of(counts.false_fails, counts.met, figures.false_fails)
    lines: list[Line] = [
        (
            Span("Judge: "),
            Span(one_line(kept.judge.model, _LONGEST, glyphs), "strong"),
            Span(f" passed {wrong_passes} criteria that are not met and failed {wrong_fails} that are, "),
            Span(f"by {one_line(kept.file, _LONGEST, glyphs)} on {_day(kept)}", "dim"),
        )
    ]
    statuses = [criterion.status for record in judged for criterion in record.criteria]
    passed = statuses.count("passed")
    rate = corrected_rate(
        passed,
        len(statuses),
        false_passes=counts.false_passes,
        not_met=counts.not_met,
        true_passes=counts.true_passes,
        met=counts.met,
    )
    if rate is not None:
        told = f"Of {len(statuses)} criteria it passed {passed}; freed of its errors, {_percent(rate)} are met."
        lines.append((Span(" " * len("Judge: ")), Span(told)))
    return lines


def _does_not_hold(kept: Kept, models: Sequence[str], wordings: Collection[str]) -> str:
    measured = sorted(set(kept.judge.model.split(", ")))
    if measured != list(models):
        return f"they are those of {kept.judge.model}, and here {', '.join(models)} judged"
    return "" if kept.judge.wording in wordings else "what a judge is asked has changed since; calibrate it again"


def _of(hits: int, count: int, rate: Rate | None) -> str:
    return f"{hits} of {count}" if rate is None else f"{hits} of {count} (up to {rate.high:.1%})"


def _percent(rate: Rate) -> str:
    return f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})"


def _day(kept: Kept) -> str:
    return datetime.fromtimestamp(kept.at, UTC).strftime("%Y-%m-%d")
