"""The lint's findings as lines: what was seen, where and when, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scenario.exchange import Exchange
from scenario.lint.finding import Finding, Level, counts
from scenario.lint.rules import RULES
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span, Tone, counted, seconds
from scenario.report.terminal.wrapping import wrapped

_TONES: Final[dict[Level, Tone]] = {"error": "bad", "warning": "unsure", "info": "dim"}
_LONGEST: Final = 600
_TITLE_OF: Final = {rule.id: rule.title for rule in RULES}
_MARGIN: Final = 6


def lint_lines(findings: Sequence[Finding], *, glyphs: Glyphs, width: int) -> list[Line]:
    """A few lines for each finding, and how many there are of each level.

    Args:
        findings: in the order in which they are to be told.
        glyphs: the marks to draw with.
        width: columns of the page.
    """
    lines: list[Line] = []
    for finding in findings:
        lines += _finding(finding, glyphs, width)
    return [*lines, summary_line(findings, glyphs)]


def _finding(finding: Finding, glyphs: Glyphs, width: int) -> list[Line]:
    marks: dict[Level, str] = {"error": glyphs.failed, "warning": glyphs.invalid, "info": glyphs.unsure}
    tone = _TONES[finding.level]
    head: Line = (
        Span(f"{marks[finding.level]} {finding.rule}", tone),
        Span(f" {finding.title}", "strong"),
        Span(f"{glyphs.dot}{finding.level}{place_of(finding, glyphs)}", "dim"),
    )
    room = max(width - _MARGIN, 30)
    seen = wrapped(one_line(finding.seen, _LONGEST, glyphs), room)
    remedy = wrapped(one_line(f"{glyphs.arrow} {finding.remedy}", _LONGEST, glyphs), room)
    margin = " " * _MARGIN
    return [head, *[(Span(margin + line),) for line in seen], *[(Span(margin + line, "dim"),) for line in remedy]]


def place_of(finding: Finding, glyphs: Glyphs) -> str:
    """Which event shows it, counted from 1, and when it came; empty where neither is known."""
    event = "" if finding.number is None else f"{glyphs.dot}event {finding.number}"
    return event + ("" if finding.at is None else f"{glyphs.dot}at {seconds(finding.at)}")


def summary_line(findings: Sequence[Finding], glyphs: Glyphs) -> Line:
    """How many findings there are of each level."""
    if not findings:
        return (Span(f"{glyphs.passed} nothing to say: the stream is sound", "good"),)
    found = counts(findings)
    words = {
        "error": counted(found["error"], "error"),
        "warning": counted(found["warning"], "warning"),
        "info": f"{found['info']} to know",
    }
    spans: list[Span] = []
    for level, tone in _TONES.items():
        if found[level]:
            spans += [Span(", " if spans else ""), Span(words[level], tone)]
    return tuple(spans)


def unchecked_lines(unchecked: Mapping[str, str], *, width: int) -> list[Line]:
    """Rules that could not be looked at, each with the reason; nothing where all were."""
    if not unchecked:
        return []
    told = [
        line
        for rule, why in unchecked.items()
        for line in wrapped(f"{rule} {_TITLE_OF[rule]}: {why}", max(width - _MARGIN, 30))
    ]
    return [(), (Span("Not looked at:", "dim"),), *[(Span(f"  {line}", "dim"),) for line in told]]


def stream_line(exchange: Exchange, glyphs: Glyphs) -> Line:
    """What was read: the dialect, how many events and bytes, how it ended."""
    tone: Tone = "good" if exchange.outcome == "complete" else "bad"
    parts = [
        counted(len(exchange.events), "event"),
        counted(exchange.timing.bytes, "byte"),
        *([] if exchange.status is None else [f"status {exchange.status}"]),
    ]
    rest = "".join(f"{glyphs.dot}{part}" for part in parts)
    return (Span(exchange.protocol or "unread", "strong"), Span(rest + glyphs.dot, "dim"), Span(exchange.outcome, tone))
