"""A judge's figures as lines: wrong passes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.calibration.calibrating import Calibration
from scenario.calibration.figures import Disagreement, Figures
from scenario.metrics.judged_labels import JudgedLabels
from scenario.metrics.proportions import Rate
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span, Tone, counted
from scenario.report.terminal.wrapping import wrapped

_MOST_SHOWN: Final = 10
_LONGEST: Final = 400
_NAME: Final = 14


def calibration_lines(figures: Figures) -> list[Line]:
    """The figures of a calibration."""
    counts = figures.counts
    lines = [
        _rate("false passes", counts.false_passes, counts.not_met, figures.false_passes, "of what is not met, passed"),
        _rate("false fails", counts.false_fails, counts.met, figures.false_fails, "of what is met, failed"),
        _rate("decided", counts.decided, counts.count, figures.decided, "the others are inconclusive"),
        _rate("right", counts.right, counts.decided, figures.right, "of what it decided"),
        _coefficient("kappa", figures.kappa),
        _coefficient("alpha", figures.alpha),
    ]
    lines += _needed(figures)
    if figures.kinds:
        lines += [(), (Span("By kind:", "strong"),)]
        width = max(map(len, figures.kinds), default=0)
        lines += [_kind(name or "(none)", kind, width) for name, kind in figures.kinds.items()]
    return lines


def band_lines(found: Calibration, width: int) -> list[Line]:
    """What was chosen of a judge that gives probabilities, and on what; none of one that gives verdicts."""
    choice = found.choice
    if choice is None:
        return []
    tone: Tone = "plain"
    if choice.band is None:
        tone, told = "unsure", f"none: {choice.why_none}. What lies far out counts, as without a calibration."
    else:
        told = (
            f"{choice.band} it counts: chosen on {counted(len(choice.chosen_on), 'label')}; the figures are those of "
            f"the other {len(choice.measured_on)}, of other conversations"
        )
    parts = wrapped(told, width - _NAME)
    names = ["band", *[""] * (len(parts) - 1)]
    shown = zip(names, parts, strict=True)
    return [*((Span(f"{name:<{_NAME}}", "strong"), Span(part, tone)) for name, part in shown), ()]


def default_lines(found: Calibration, width: int) -> list[Line]:
    """What the same answers come to without the band that was chosen, of all labels: nothing was chosen on them."""
    if found.by_default is None or found.choice is None or found.choice.band is None:
        return []
    return [
        (),
        (Span("Without this calibration:", "strong"),),
        *((Span(f"  {part}"),) for part in wrapped(found.by_default.sentence, width - 2)),
    ]


def disagreement_lines(found: Sequence[Disagreement], glyphs: Glyphs, width: int) -> list[Line]:
    """The first of what was decided against the labels, wrong passes first."""
    if not found:
        return []
    lines: list[Line] = [(), (Span("Decided against the labels:", "strong"),)]
    for one in found[:_MOST_SHOWN]:
        tone: Tone = "unsure" if one.met else "bad"
        said = "failed, and is met" if one.met else "passed, and is not met"
        lines.append((Span(f"  {one_line(one.place, 60, glyphs)}  ", "dim"), Span(said, tone)))
        for text in (one.criterion, one.reasoning):
            shown = one_line(text, _LONGEST, glyphs)
            lines += [
                (Span(f"    {part}", "dim" if text is one.reasoning else "plain"),)
                for part in wrapped(shown, width - 4)
            ]
    if len(found) > _MOST_SHOWN:
        lines.append((Span(f"  and {len(found) - _MOST_SHOWN} more: --json lists all", "dim"),))
    return lines


def _percent(rate: Rate) -> str:
    return f"{rate.value:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%}"


def _rate(name: str, hits: int, count: int, rate: Rate | None, told: str) -> Line:
    shown = "no label of that kind" if rate is None else f"{hits} of {count} ({_percent(rate)})"
    return Span(f"{name:<{_NAME}}", "strong"), Span(shown), Span(f"  {told}", "dim")


def _coefficient(name: str, rate: Rate | None) -> Line:
    if rate is None:
        return Span(f"{name:<{_NAME}}", "strong"), Span("cannot be told: there is one category only")
    return (
        Span(f"{name:<{_NAME}}", "strong"),
        Span(f"{rate.value:.2f} (95 % interval {rate.low:.2f} to {rate.high:.2f})"),
        Span("  over what it decided", "dim"),
    )


def _needed(figures: Figures) -> list[Line]:
    lines: list[Line] = []
    for share, needed in figures.needed.items():
        tone: Tone = "dim"
        if figures.false_passes is not None and figures.false_passes.low > share:
            told, tone = f"these labels show that more than {share:.0%} of what is not met passes", "bad"
        elif needed:
            told = (
                f"to show at most {share:.0%}: {counted(needed, 'more label')} of what is not met, none of them passed"
            )
        else:
            told, tone = f"these labels show that at most {share:.0%} of what is not met passes", "good"
        lines.append((Span(" " * _NAME), Span(told, tone)))
    return lines


def _kind(name: str, kind: JudgedLabels, width: int) -> Line:
    return (
        Span(f"  {name:<{width}}  "),
        Span(f"false passes {kind.false_passes} of {kind.not_met}", "bad" if kind.false_passes else "plain"),
        Span(f"  false fails {kind.false_fails} of {kind.met}  undecided {kind.count - kind.decided} of {kind.count}"),
    )
