"""How long a run may take. A context variable, because the public `run` has no parameter for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from scenario.errors import ConfigurationError

time_limit: Final[ContextVar[float | None]] = ContextVar("scenario_time_limit", default=None)


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Runs that begin in this block fail, with a verdict that says so, once they have taken so many seconds.

    Args:
        seconds: None for no limit.

    Raises:
        ConfigurationError: it is no number above 0.
    """
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if seconds is not None and not (is_number and seconds > 0):
        raise ConfigurationError(f"max_time={seconds!r}: give a number of seconds above 0, or None for no limit.")
    token = time_limit.set(seconds)
    try:
        yield
    finally:
        time_limit.reset(token)
