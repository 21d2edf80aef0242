"""Which job is next, and when there is none any more. Pure: it neither waits nor knows a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

J = TypeVar("J")


class Schedule(Generic[J]):
    """Jobs in their order, until they are all handed out or somebody says stop.

    Args:
        jobs: what there is to do.
        fail_fast: the first job that does not pass is the last one that counts.

    Attributes:
        stopped: why nothing more is handed out; empty while it is.
        not_run: the jobs that were never handed out, or given back.
    """

    def __init__(self, jobs: Iterable[J], *, fail_fast: bool = False) -> None:
        self._waiting = deque(jobs)
        self._fail_fast = fail_fast
        self._given_back: list[J] = []
        self.stopped = ""

    def next(self) -> J | None:
        """The next job; None where there is none, or none any more."""
        return None if self.stopped or not self._waiting else self._waiting.popleft()

    def ended(self, *, passed: bool) -> None:
        """A job was done."""
        if self._fail_fast and not passed:
            self.stop("a scenario did not pass (--fail-fast)")

    def given_back(self, job: J) -> None:
        """A job was begun, and not done."""
        self._given_back.append(job)

    def stop(self, reason: str) -> None:
        """Hand out nothing more; the first reason counts."""
        self.stopped = self.stopped or reason

    @property
    def not_run(self) -> list[J]:
        """Those that were given back, and those that still wait."""
        return [*self._given_back, *self._waiting]
