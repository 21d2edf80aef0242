"""What the summaries say of controls: how many statements of known truth a judge missed, with the interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from scenario.metrics.proportions import wilson
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span, counted

_LONGEST = 80
_MOST_SHOWN = 8
WHAT_THEY_TELL = "They tell how often it misreads, and not how well it judges."


class Heard(NamedTuple):
    """What was heard of a judge's model on statements whose truth is known.

    Attributes:
        controls: how many there were.
        missed: how many of them it got wrong when it was first asked.
    """

    controls: int = 0
    missed: int = 0

    def plus(self, controls: int, missed: int) -> Heard:
        """With more of them."""
        return Heard(self.controls + controls, self.missed + missed)


Who = tuple[str, str]
"""A judge's model, and where it was asked; "" where that is not told."""


def control_lines(here: Mapping[Who, Heard], before: Mapping[Who, Heard], glyphs: Glyphs) -> list[Line]:
    """A line for each judge that had controls here, and what they tell.

    Args:
        here: of the runs that are summed up.
        before: of the other runs that are kept.
        glyphs: the marks that can be shown.
    """
    asked = {who: heard for who, heard in here.items() if heard.controls}
    lines: list[Line] = []
    for (model, server), heard in list(asked.items())[:_MOST_SHOWN]:
        others = before.get((model, server), Heard())
        every = heard.plus(*others)
        several = sum(name == model for name, _ in asked) > 1
        named = f"{model} at {server}" if several and server else model
        where = f" in all stored runs, {heard.missed} of {heard.controls} in these" if others.controls else ""
        lines.append(
            (
                Span("Controls: "),
                Span(one_line(named, _LONGEST, glyphs), "strong"),
                Span(f" missed {_share(every)}{where}."),
            )
        )
    if len(asked) > _MOST_SHOWN:
        lines.append((Span(f"{' ' * len('Controls: ')}and {counted(len(asked) - _MOST_SHOWN, 'more judge')}", "dim"),))
    return [*lines, (Span(" " * len("Controls: ") + WHAT_THEY_TELL, "dim"),)] if lines else []


def summed(told: Iterable[tuple[str, str, int, int]]) -> dict[Who, Heard]:
    """Model, server, controls and missed ones, by model and server."""
    found: dict[Who, Heard] = {}
    for model, server, controls, missed in told:
        found[model, server] = found.get((model, server), Heard()).plus(controls, missed)
    return found


def _share(heard: Heard) -> str:
    rate = wilson(heard.missed, heard.controls)
    shown = f"{heard.missed} of {counted(heard.controls, 'control')}"
    if rate is None:
        return shown
    return f"{shown} ({rate.value:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%})"
