"""A check of every answer on the wire so far against the rules of the lint. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scenario.checks.check import Check, last_exchange
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ConfigurationError
from scenario.lint.finding import LEVELS, REPORTED, Finding, Level, is_at_least
from scenario.lint.linting import lint
from scenario.lint.rules import RULES

_MOST_TOLD = 10


@named
def stream_conforms(*, ignore: Iterable[str] = (), level: Level = "error") -> Check:
    """No answer on the wire so far breaks a rule of the lint.

    A call that got no response has no stream: what the check looks at are the others, of which there has to be one.
    An error that is reported soundly breaks none: whether there is one is for `checks.outcome`.

    Args:
        ignore: ids of rules that do not count, such as "L03".
        level: what counts: "error"; "warning", which is warnings and errors; or "info", which is everything.

    Raises:
        ConfigurationError: there is no such rule or level.
    """
    left_out = _checked(ignore) | {REPORTED}
    if level not in LEVELS:
        raise ConfigurationError(f"stream_conforms(level={level!r}): give one of {', '.join(map(repr, LEVELS))}.")

    def check(state: ScenarioState) -> None:
        last_exchange(state, "stream_conforms")
        if all(exchange.status is None for exchange in state.exchanges):
            raise AssertionError("stream_conforms: no response came, so that there is no stream to look at.")
        broken = [
            (number, finding)
            for number, exchange in enumerate(state.exchanges, start=1)
            for finding in lint(exchange, ignore=left_out)
            if is_at_least(finding, level)
        ]
        if broken:
            told = "\n".join(_told(number, finding) for number, finding in broken[:_MOST_TOLD])
            more = f"\n… and {len(broken) - _MOST_TOLD} more" if len(broken) > _MOST_TOLD else ""
            raise AssertionError(f"stream_conforms: the stream breaks {len(broken)} of its rules:\n{told}{more}")

    return check


def _checked(ignore: Iterable[str]) -> frozenset[str]:
    ids = frozenset([ignore] if isinstance(ignore, str) else ignore)
    if unknown := ids - {rule.id for rule in RULES}:
        known = f"{RULES[0].id} to {RULES[-1].id}"
        raise ConfigurationError(
            f"stream_conforms(ignore={sorted(map(str, unknown))}): there is no such rule; they are called {known}."
        )
    return ids


def _told(number: int, finding: Finding) -> str:
    event = "" if finding.number is None else f", event {finding.number}"
    when = "" if finding.at is None else f" at {finding.at:.2f} s"
    return f"  {finding.rule} {finding.level} (answer {number}{event}{when}): {finding.seen}. {finding.remedy}"
