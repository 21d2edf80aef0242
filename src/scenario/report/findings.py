"""What the lint says of a stream, as pages show it."""

from __future__ import annotations

from scenario.exchange import Exchange
from scenario.lint.linting import lint
from scenario.report.account import Finding


def findings_of(exchange: Exchange) -> list[Finding]:
    """The findings of every rule."""
    return [
        Finding(
            rule=found.rule,
            level=found.level,
            message=". ".join(part.rstrip(".") for part in (found.title, found.seen, found.remedy) if part) + ".",
            event=found.event,
        )
        for found in lint(exchange)
    ]
