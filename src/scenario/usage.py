"""What calls of models used."""

from __future__ import annotations

import msgspec


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


class RoleUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What one role's model calls used.

    Attributes:
        calls: requests that were answered.
        seconds: time spent waiting for them.
        cost: US dollars; None where a price is not known.
    """

    calls: int = 0
    usage: Usage = Usage()
    seconds: float = 0.0
    cost: float | None = None
