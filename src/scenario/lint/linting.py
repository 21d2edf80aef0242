"""The lint: every rule over one exchange."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from scenario.exchange import Exchange
from scenario.lint.evidence import DEFAULT_THRESHOLDS, Evidence, Thresholds
from scenario.lint.finding import Finding
from scenario.lint.rule import Check, Rule, Seen
from scenario.lint.rules import RULES

# So many findings of one rule are told one by one; a stream in which every event is broken says it once and a number.
MOST_PER_RULE: Final = 5


def lint(
    exchange: Exchange, *, ignore: Container[str] = (), thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> list[Finding]:
    """What is wrong with an exchange, in the order of the rules; nothing where no response came to be looked at.

    Args:
        exchange: what was recorded.
        ignore: ids of rules to leave out.
        thresholds: where rules about time and size draw the line.
    """
    if exchange.status is None:
        return []
    evidence = Evidence(exchange, thresholds)
    findings: list[Finding] = []
    # A rule that is ignored has spoken all the same: what follows from its fault is no other fault.
    spoken: set[str] = set()
    for rule, check in _rules_for(evidence.dialect, is_answer=evidence.may_be_answer):
        if spoken and not spoken.isdisjoint(rule.explained_by):
            continue
        seen = check(evidence)
        # Most rules find nothing in most streams: this is as quick as it can be for them.
        for first in seen:
            spoken.add(rule.id)
            if rule.id in ignore:
                break
            findings += _findings(rule, evidence, [first, *islice(seen, MOST_PER_RULE - 1)], sum(1 for _ in seen))
    return findings


@lru_cache(maxsize=64)
def _rules_for(dialect: str, *, is_answer: bool) -> tuple[tuple[Rule, Check], ...]:
    """The rules that look at one exchange of a dialect, with what they look by."""
    return tuple(
        (rule, rule.check)
        for rule in RULES
        if rule.check is not None
        and (not rule.dialects or dialect in rule.dialects)
        and (is_answer or rule.about != "answers")
    )


def _findings(rule: Rule, evidence: Evidence, told: list[Seen], more: int) -> Iterator[Finding]:
    for number, one in enumerate(told, start=1):
        what = f"{one.what} (and {more:,} more like it)" if more and number == len(told) else one.what
        yield _finding(rule, evidence, one, what)


def _finding(rule: Rule, evidence: Evidence, seen: Seen, what: str) -> Finding:
    events = evidence.exchange.events
    # Where a limit ended the reading, bytes have come of which no event was made.
    event = seen.event if seen.event is not None and seen.event < len(events) else None
    at = seen.at
    if at is None and event is not None and evidence.is_live:
        at = events[event].at
    return Finding(
        rule=rule.id,
        level=seen.level or rule.level,
        title=rule.title,
        seen=what,
        remedy=seen.remedy,
        event=event,
        at=at,
    )
