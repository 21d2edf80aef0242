"""Checks of the last answer on the wire: how it ended, and when its pieces came. Times are in seconds. Pure."""

from __future__ import annotations

from scenario.checks.check import Check, demand, last_exchange
from scenario.dialogue.state import ScenarioState
from scenario.types import Outcome


def ttft_below(seconds: float) -> Check:
    """Its first content came before so many seconds."""

    def check(state: ScenarioState) -> None:
        first = last_exchange(state, "ttft_below").timing.first_content
        demand(first is not None, "ttft_below: the answer had no content at all")
        demand(
            (first or 0.0) < seconds, f"ttft_below: the first content came after {first:.3f} s, not below {seconds} s"
        )

    return check


def total_below(seconds: float) -> Check:
    """It was over before so many seconds."""

    def check(state: ScenarioState) -> None:
        total = last_exchange(state, "total_below").timing.total
        demand(total < seconds, f"total_below: the answer took {total:.3f} s, not below {seconds} s")

    return check


def gap_below(seconds: float) -> Check:
    """The longest silence between two pieces of its content was below so many seconds."""

    def check(state: ScenarioState) -> None:
        longest = last_exchange(state, "gap_below").timing.gaps.maximum or 0.0
        demand(longest < seconds, f"gap_below: the longest silence was {longest:.3f} s, not below {seconds} s")

    return check


def outcome(expected: Outcome) -> Check:
    """It ended so."""

    def check(state: ScenarioState) -> None:
        exchange = last_exchange(state, "outcome")
        why = f" ({exchange.error})" if exchange.error else ""
        demand(exchange.outcome == expected, f"outcome: the stream was {exchange.outcome}{why}, not {expected}")

    return check


def status(expected: int) -> Check:
    """It had this HTTP status."""

    def check(state: ScenarioState) -> None:
        found = last_exchange(state, "status").status
        demand(found == expected, f"status: the answer had {found}, not {expected}")

    return check


def malformed_at_most(events: int) -> Check:
    """At most so many of its events could not be read."""

    def check(state: ScenarioState) -> None:
        found = last_exchange(state, "malformed_at_most").malformed
        demand(found <= events, f"malformed_at_most: {found} events could not be read, above {events}")

    return check
