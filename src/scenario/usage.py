"""What calls of models used."""

from __future__ import annotations

from typing import Final

import msgspec

# A thousand of the longest contexts that there are: what is above it was counted by nobody.
MOST_TOKENS: Final = 1_000_000_000


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, in one shape for every provider."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """The sum, field by field."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
        )

    @property
    def tokens(self) -> int:
        """Tokens in and out; some servers tell the sum only, some the parts only."""
        return max(self.total_tokens, self.input_tokens + self.output_tokens)


def implausible(usage: Usage) -> str:
    """What in a usage can be no number of tokens of one call, by name; empty where all of it can."""
    wrong = [name for name in usage.__struct_fields__ if not _is_count(getattr(usage, name))]
    return ", ".join(wrong)


def _is_count(value: object) -> bool:
    # An agent's own number may be anything that JSON holds: neither NaN nor true is a count.
    return type(value) is int and 0 <= value <= MOST_TOKENS


class RoleUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one role's model calls used; of "agent", what agents over the wire tell of themselves.

    Attributes:
        calls: requests that were answered.
        seconds: time spent waiting for them.
        cost: US dollars; None where a price is not known.
    """

    calls: int = 0
    usage: Usage = Usage()
    seconds: float = 0.0
    cost: float | None = None
