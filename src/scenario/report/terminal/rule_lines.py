"""The lint's rules, explained, as lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scenario.lint.explanations.table import EXPLANATIONS
from scenario.lint.rule import Rule
from scenario.lint.rules_page import scope_of
from scenario.report.terminal.glyphs import Glyphs
from scenario.report.terminal.lines import Line, Span
from scenario.report.terminal.wrapping import wrapped

_MARGIN = 2


def rule_lines(rules: Sequence[Rule], *, glyphs: Glyphs, width: int) -> list[Line]:
    """What each rule demands, why, with an example, the remedy and the source.

    Args:
        rules: in the order in which they are told.
        glyphs: the marks to draw with.
        width: columns of the page.
    """
    return [
        line for number, rule in enumerate(rules) for line in [*([()] if number else []), *_rule(rule, glyphs, width)]
    ]


def _rule(rule: Rule, glyphs: Glyphs, width: int) -> list[Line]:
    told = EXPLANATIONS[rule.id]
    scope = scope_of(rule)
    head: Line = (
        Span(rule.id, "strong"),
        Span(f" {rule.title}", "strong"),
        Span(f"{glyphs.dot}{rule.level}{glyphs.dot + scope if scope else ''}", "dim"),
    )
    return [
        head,
        *_text("", told.what, width),
        *_text("why: ", told.why, width),
        *[(Span(f"{' ' * _MARGIN}| {line}".rstrip(), "tool"),) for line in told.example.rstrip("\n").split("\n")],
        *_text("what to do: ", told.remedy, width),
        *_text("source: ", told.source, width, tone_is_dim=True),
    ]


def _text(label: str, text: str, width: int, *, tone_is_dim: bool = False) -> list[Line]:
    lines = wrapped(f"{label}{text}", max(width - _MARGIN, 30))
    return [(Span(" " * _MARGIN + line, "dim") if tone_is_dim else Span(" " * _MARGIN + line),) for line in lines]
