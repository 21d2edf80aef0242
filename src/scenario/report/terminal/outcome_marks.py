"""How each way in which a run ends is marked and told: one table for every page on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from scenario.record.ending import Outcome
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Span, Tone

_TONES: Final[dict[str, Tone]] = {
    "passed": "good",
    "failed": "bad",
    "undecided": "unsure",
    "invalid": "invalid",
    "cancelled": "unsure",
    "inconclusive": "unsure",
}

_LONGEST_FAULT: Final = 40


def tone_of(outcome: str) -> Tone:
    """The tone of an outcome, or of a criterion's status."""
    return _TONES.get(outcome, "plain")


def mark_of(outcome: str, glyphs: Glyphs) -> Span:
    """The mark of an outcome, or of a criterion's status."""
    marks = {
        "passed": glyphs.passed,
        "failed": glyphs.failed,
        "invalid": glyphs.invalid,
        "cancelled": glyphs.cancelled,
    }
    return Span(marks.get(outcome, glyphs.unsure), tone_of(outcome))


def again_for(tried_for: Iterable[str]) -> str:
    """Whose faults ended the tries before, after a colon; empty where that is not known."""
    named = ", ".join(one_line(fault, _LONGEST_FAULT) for fault in tried_for)
    return f": {named}" if named else ""


def word_of(outcome: Outcome, faults: Iterable[str] = ()) -> str:
    """The word for an outcome; for what is invalid, with whose fault that was."""
    named = ", ".join(one_line(fault, _LONGEST_FAULT) for fault in dict.fromkeys(filter(None, faults)))
    named = named if outcome == "invalid" else ""
    return f"{outcome} ({named})" if named else outcome
