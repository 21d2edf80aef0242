"""Many scenarios: so many at once, until all are done or there is a reason to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from scenario.dialogue.events import RunEvent, RunFinished, RunStarted, Subscriber
from scenario.dialogue.subscribers import subscribed
from scenario.errors import ScenarioError
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import redacted_json
from scenario.runner.failures import summary_of
from scenario.runner.schedule import Schedule
from scenario.types import ScenarioResult


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One repetition of one scenario.

    Attributes:
        name: the scenario's name, as it is shown.
        play: runs it.
        file: where it comes from.
        tags: its tags.
        parameters: its row of parameters.
        repeat: which repetition it is, from 0.
        subscribers: who hears this job's run, and no other.
    """

    name: str
    play: Callable[[], Awaitable[ScenarioResult]]
    file: str = ""
    tags: tuple[str, ...] = ()
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    repeat: int = 0
    subscribers: tuple[Subscriber, ...] = ()


class Audience(Protocol):
    """Who is told how a suite goes on."""

    def started(self, job: Job) -> None:
        """A job was begun."""

    def ended(self, job: Job, record: RunRecord) -> None:
        """A job is done."""


class SuiteResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite ended.

    Attributes:
        records: one for each job that was done, in the order they ended in.
        not_run: the jobs that were not done.
        stopped: why they were not; empty where all were.
    """

    records: list[RunRecord]
    not_run: list[Job]
    stopped: str = ""


class Suite:
    """Plays jobs on the caller's loop.

    Args:
        jobs: what there is to do, in order.
        at_once: how many run at the same time.
        fail_fast: stop at the first that does not pass; what runs then is cancelled.
        max_time: seconds for all of them together; None for no limit.
        audience: who is told.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        *,
        at_once: int = 1,
        fail_fast: bool = False,
        max_time: float | None = None,
        audience: Audience | None = None,
    ) -> None:
        self._schedule = Schedule(jobs, fail_fast=fail_fast)
        self._at_once = at_once
        self._max_time = max_time
        self._audience = audience
        self._records: list[RunRecord] = []
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> SuiteResult:
        """Play them; cancelling it cancels what runs."""
        timer = None
        if self._max_time is not None:
            reason = f"{self._max_time:g} s have passed (--max-time)"
            timer = asyncio.get_running_loop().call_later(self._max_time, self.stop, reason)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once):
                    group.create_task(self._work())
        finally:
            if timer is not None:
                timer.cancel()
        return SuiteResult(records=self._records, not_run=self._schedule.not_run, stopped=self._schedule.stopped)

    def stop(self, reason: str) -> None:
        """Begin nothing more, and cancel what runs."""
        self._schedule.stop(reason)
        for task in self._running:
            task.cancel()

    async def _work(self) -> None:
        while (job := self._schedule.next()) is not None:
            task = asyncio.create_task(self._done(job))
            self._running.add(task)
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                worker = asyncio.current_task()
                if not task.cancelled() or (worker is not None and worker.cancelling()):
                    # This worker itself is cancelled: so is what it waits for, which may clean up first.
                    task.cancel()
                    await asyncio.wait([task])
                    raise
            finally:
                self._running.discard(task)
            if self._schedule.stopped:
                self.stop(self._schedule.stopped)

    async def _done(self, job: Job) -> None:
        """Play one job, and keep its record; what was cancelled goes back."""
        if self._audience is not None:
            self._audience.started(job)
        try:
            record = await _record_of(job)
        except asyncio.CancelledError:
            self._schedule.given_back(job)
            raise
        self._records.append(record)
        if self._audience is not None:
            self._audience.ended(job, record)
        self._schedule.ended(passed=record.outcome == "passed")


async def _record_of(job: Job) -> RunRecord:
    last: list[RunRecord] = []

    def keep(record: RunRecord, started: RunStarted, finished: RunFinished) -> None:
        # A step may run a scenario of its own; the one that ends last is the job's.
        del started, finished
        last[:] = [record]

    begun: list[str] = []

    def first(event: RunEvent) -> None:
        if not begun:
            begun.append(event.run_id)

    failure: Exception | None = None
    with contextlib.ExitStack() as scope:
        subscribers: tuple[Subscriber, ...] = (first, RunRecorder(keep), *job.subscribers)
        for subscriber in subscribers:
            scope.enter_context(subscribed(subscriber))
        try:
            await job.play()
        except Exception as error:  # noqa: BLE001 - whatever ends a scenario is its record's, and no other scenario's concern
            failure = error
    if last and begun and last[0].run_id == begun[0]:
        return _of_job(last[0], job)
    return _of_job(_never_begun(job, failure), job)


def _never_begun(job: Job, failure: Exception | None) -> RunRecord:
    """The record of a job that failed before its run began: a participant could not be made."""
    fault = failure.fault if isinstance(failure, ScenarioError) else "test"
    error = summary_of(failure) or "it ended without a run"
    return RunRecord(run_id="", name=job.name, outcome="errored", error=error, fault=fault)


def _of_job(record: RunRecord, job: Job) -> RunRecord:
    parameters = redacted_json(job.parameters)
    return msgspec.structs.replace(
        record, name=job.name, file=job.file, tags=job.tags, parameters=parameters, repeat=job.repeat
    )


def exit_code(records: Sequence[RunRecord], *, stopped: bool) -> int:
    """What a suite's process ends with.

    0: all passed. 1: a scenario failed, or its agent did. 2: settings, or the script, are wrong. 3: something outside
    failed (a model, the judge, an agent that cannot be reached), or not everything was run. Where there are several,
    the first of 1, 2, 3.
    """
    codes = {_code(record) for record in records} | ({3} if stopped else set())
    return min(codes - {0}, default=0)


def _code(record: RunRecord) -> int:
    if record.outcome == "passed":
        return 0
    kind = record.error.partition(":")[0]
    # Of a refusal it is not known whether the request or the agent is to blame.
    refused = kind == "ErrorReplyError"
    if record.outcome == "failed" or refused or (record.fault == "agent" and kind != "AgentUnreachableError"):
        return 1
    if record.fault == "configuration" or kind in ("ScriptError", "ScriptTypeError", "MissingParticipantError"):
        return 2
    return 1 if record.fault == "test" else 3
