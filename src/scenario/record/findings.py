"""What the lint says of a stream, as pages show it."""

from __future__ import annotations

from typing import Final

from scenario.exchange import Exchange
from scenario.lint.finding import Finding as LintFinding
from scenario.lint.linting import lint
from scenario.record.account import Finding

# Larger exchanges are not linted for a report: millions of tiny events would take the rules minutes.
_MOST_EVENTS: Final = 20_000
_MOST_BYTES: Final = 8 * 1024 * 1024
# What makes no event is looked at line by line as well.
_MOST_LINES: Final = 100_000
UNLINTED: Final = "unlinted"


def findings_of(exchange: Exchange) -> list[Finding]:
    """The findings of every rule; of an exchange that they would take long for, that they were not asked."""
    if not is_soon_linted(exchange):
        return [Finding(rule=UNLINTED, level="info", message=_too_long(exchange))]
    return [
        Finding(
            rule=found.rule,
            level=found.level,
            message=_sentence(found),
            event=found.event,
        )
        for found in lint(exchange)
    ]


def is_soon_linted(exchange: Exchange) -> bool:
    """Whether the rules are through with it in a fifth of a second: a run's loop, or a page, waits for them."""
    if len(exchange.events) > _MOST_EVENTS or exchange.timing.bytes > _MOST_BYTES:
        return False
    return _lines_in(exchange) <= _MOST_LINES


def _lines_in(exchange: Exchange) -> int:
    """The ends of lines, where each is an LF, a CR, or both."""
    chunks = exchange.chunks
    return max(sum([chunk.data.count(line_end) for chunk in chunks]) for line_end in (b"\n", b"\r"))


def _too_long(exchange: Exchange) -> str:
    return (
        f"This answer is too long to be linted for a report: {len(exchange.events):,} events, "
        f"{_lines_in(exchange):,} lines, {exchange.timing.bytes:,} bytes "
        f"(at most {_MOST_EVENTS:,}, {_MOST_LINES:,} and {_MOST_BYTES:,}). "
        "`scenario lint` reads a stream of any length."
    )


def _sentence(found: LintFinding) -> str:
    told = ": ".join(part.rstrip(".") for part in (found.title, found.seen) if part)
    return f"{told}. {found.remedy}".strip()
