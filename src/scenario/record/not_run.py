"""What was to run and has not."""

from __future__ import annotations

from typing import NamedTuple


class NotRun(NamedTuple):
    """A scenario that was not run, and why."""

    name: str
    file: str
    reason: str
