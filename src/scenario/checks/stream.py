"""Checks of the last answer on the wire: how it ended, and when its pieces came. Times are in seconds. Pure."""

from __future__ import annotations

from scenario.checks.check import Check, demand, last_exchange
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.dialogue.tolerance import tolerating_malformed
from scenario.errors import ConfigurationError
from scenario.types import End, Outcome, StreamTiming


@named
def ttft_below(seconds: float) -> Check:
    """The last answer's first content (text, reasoning or a tool call) came before so many seconds.

    They are counted from the beginning of the call, connecting included.

    Args:
        seconds: the limit; the same as `state.last_exchange.timing.ttft < seconds`.
    """

    def check(state: ScenarioState) -> None:
        first = _with_content(state, "ttft_below").ttft
        demand(first < seconds, f"ttft_below: the first content came after {first:.3f} s, not below {seconds} s")

    return check


@named
def total_below(seconds: float) -> Check:
    """The last answer was over before so many seconds.

    Args:
        seconds: the limit, from the beginning of the call to its end.
    """

    def check(state: ScenarioState) -> None:
        total = last_exchange(state, "total_below").timing.total
        demand(total < seconds, f"total_below: the answer took {total:.3f} s, not below {seconds} s")

    return check


@named
def gap_below(seconds: float) -> Check:
    """The longest silence between two pieces of the last answer's content was below so many seconds.

    Args:
        seconds: the limit. An answer in one piece has no silence in it; one without any content does not hold.
    """

    def check(state: ScenarioState) -> None:
        longest = _with_content(state, "gap_below").longest_gap
        demand(longest < seconds, f"gap_below: the longest silence was {longest:.3f} s, not below {seconds} s")

    return check


@named
def outcome(expected: Outcome, *, end: End | None = None) -> Check:
    """The last answer ended in this way.

    Any way but "complete" raises before a check is reached, unless the agent is a
    `RemoteAgent(…, on_incomplete="return")`.

    Args:
        expected: "complete", "truncated", "error", "stalled", "timed_out" or "aborted".
        end: how it must be known that the answer is over: "marked" by the agent itself, or "assumed" since its body
            ended, which a cut that a proxy has repaired looks like too. None takes either.

    Raises:
        ConfigurationError: there is no such end.
    """
    if end not in (None, "marked", "assumed"):
        raise ConfigurationError(f"outcome(end={end!r}): give 'marked' or 'assumed', or leave it out.")

    def check(state: ScenarioState) -> None:
        exchange = last_exchange(state, "outcome")
        why = f" ({exchange.error})" if exchange.error else ""
        demand(exchange.outcome == expected, f"outcome: the stream was {exchange.outcome}{why}, not {expected}")
        known = exchange.reading.end
        demand(
            end is None or known == end,
            f"outcome: the end of the answer is {known}, not {end}: "
            "only an end of the agent's own tells a whole answer from one that was cut on its way",
        )

    return check


@named
def status(expected: int) -> Check:
    """The last answer had this HTTP status.

    Args:
        expected: such as 200.
    """

    def check(state: ScenarioState) -> None:
        found = last_exchange(state, "status").status
        demand(found == expected, f"status: the answer had {found}, not {expected}")

    return check


@named
def malformed_at_most(events: int) -> Check:
    """At most so many of the last answer's events could not be read, and were skipped.

    A script with this check reads on past such events: its agents need no `malformed="skip"`.

    Args:
        events: the limit; 0 allows none.
    """

    def check(state: ScenarioState) -> None:
        found = last_exchange(state, "malformed_at_most").malformed
        demand(found <= events, f"malformed_at_most: {found} events could not be read, above {events}")

    return tolerating_malformed(check)


def _with_content(state: ScenarioState, check: str) -> StreamTiming:
    """The last answer's timing, where there is something in it to be timed."""
    timing = last_exchange(state, check).timing
    demand(timing.first_content is not None, f"{check}: the answer had no content at all")
    return timing
