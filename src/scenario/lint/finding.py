"""What a rule says of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

Level: TypeAlias = Literal["error", "warning", "info"]

# From the gravest down.
LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "info")
# The rule about what an agent says, and not about how it says it.
REPORTED: Final = "L61"
_RANK: Final[Mapping[str, int]] = MappingProxyType({level: rank for rank, level in enumerate(LEVELS)})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something in an exchange that a rule does not allow.

    Attributes:
        rule: the rule's id, such as "L24".
        level: how grave it is.
        title: what the rule demands.
        seen: what was seen instead.
        remedy: what to do.
        event: the index in `Exchange.events` of the event that shows it, from 0; None where no single one does. People
            are told its `number`.
        at: when that arrived, in seconds since the call began; None where no single moment shows it.
    """

    rule: str
    level: Level
    title: str
    seen: str
    remedy: str
    event: int | None = None
    at: float | None = None

    @property
    def number(self) -> int | None:
        """Which event shows it as people count them, from 1, and as the errors of an answer do."""
        return None if self.event is None else self.event + 1


def is_at_least(finding: Finding, level: Level) -> bool:
    """Whether a finding is as grave as `level`, or graver."""
    return _RANK[finding.level] <= _RANK[level]


def counts(findings: Iterable[Finding]) -> dict[Level, int]:
    """How many findings there are of each level."""
    found: dict[Level, int] = dict.fromkeys(LEVELS, 0)
    for finding in findings:
        found[finding.level] += 1
    return found
