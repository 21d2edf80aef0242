"""What the lint says of a stream, as pages show it."""

from __future__ import annotations

from scenario.exchange import Exchange
from scenario.lint.finding import Finding as LintFinding
from scenario.record.account import Finding


def findings_of(exchange: Exchange) -> list[Finding]:
    """The findings of every rule."""
    from scenario.lint.linting import lint  # the rules are many, and lists of runs need none

    return [
        Finding(
            rule=found.rule,
            level=found.level,
            message=_sentence(found),
            event=found.event,
        )
        for found in lint(exchange)
    ]


def _sentence(found: LintFinding) -> str:
    told = ": ".join(part.rstrip(".") for part in (found.title, found.seen) if part)
    return f"{told}. {found.remedy}".strip()
