"""What a summary says of the judge: how often it was wrong when that was measured, and what that makes of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from scenario.calibration.kept import Kept
from scenario.metrics.proportions import Effects, Rate, corrected_rate, design_effect
from scenario.record.run_record import JudgmentRecord, RunRecord
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
    judgments = [judgment for record in judged for judgment in record.judgments]
    if not judgments:
        return []
    if why := _does_not_hold(kept, judgments, wordings):
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
    statuses = [[criterion.status for criterion in record.criteria] for record in judged]
    seen = [(one.count("passed"), len(one)) for one in statuses]
    passed, count = sum(hits for hits, _ in seen), sum(each for _, each in seen)
    rate = corrected_rate(
        passed,
        count,
        effects=Effects(design_effect(seen), *figures.effects),
        false_passes=counts.false_passes,
        not_met=counts.not_met,
        true_passes=counts.true_passes,
        met=counts.met,
    )
    if rate is not None:
        told = f"Of {count} criteria it passed {passed}; freed of its errors, {_percent(rate)} are met."
        lines.append((Span(" " * len("Judge: ")), Span(told)))
    return lines


def _does_not_hold(kept: Kept, judgments: Sequence[JudgmentRecord], wordings: Collection[str]) -> str:
    who = kept.judge
    measured = set(who.model.split(", "))
    # Who is asked about what is left undecided is not asked in every run.
    voted = [one for one in judgments if one.model in measured or one.model != who.above]
    if {one.model for one in voted} != measured:
        return f"they are those of {who.model}, and here {_all({one.model for one in judgments})} judged"
    if who.wording not in wordings:
        return "what a judge is asked has changed since; calibrate it again"
    if {one.server for one in voted} != set(who.server.split(", ")):
        here = {one.server or "this machine" for one in voted}
        return f"it was asked at {who.server or 'a server that is not known'} then, and at {_all(here)} here"
    if {one.settings for one in judgments} != {who.settings}:
        here = {one.settings or "in a way that is not known" for one in judgments}
        return f"it was asked with {who.settings} then, and with {_all(here)} here"
    return ""


def _all(values: Collection[str]) -> str:
    return ", ".join(sorted(values))


def _of(hits: int, count: int, rate: Rate | None) -> str:
    return f"{hits} of {count}" if rate is None else f"{hits} of {count} (up to {rate.high:.1%})"


def _percent(rate: Rate) -> str:
    return f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})"


def _day(kept: Kept) -> str:
    return datetime.fromtimestamp(kept.at, UTC).strftime("%Y-%m-%d")
