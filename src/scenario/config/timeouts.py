"""Deadlines of a call."""

from __future__ import annotations

import msgspec

from scenario.errors import ConfigurationError


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines of one call, in seconds; None switches one off.

    Attributes:
        connect: until the connection stands.
        first_byte: from the request's end to the first byte of the response.
        idle: the longest silence between two pieces of the body; any byte counts, a comment too.
        total: the whole call.
    """

    connect: float | None = 10.0
    first_byte: float | None = 60.0
    idle: float | None = 60.0
    total: float | None = 300.0

    def __post_init__(self) -> None:
        """Refuse what cannot be a deadline.

        Raises:
            ConfigurationError: a deadline is zero, negative, or no number.
        """
        for name in self.__struct_fields__:
            seconds = getattr(self, name)
            if seconds is None:
                continue
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
                raise ConfigurationError(
                    f"Timeouts({name}={seconds!r}): a deadline is a number of seconds above 0, or None for no deadline."
                )
