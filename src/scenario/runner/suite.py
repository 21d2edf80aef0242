"""Many scenarios: so many at once, until all are done or there is a reason to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol

import msgspec

from scenario.dialogue.events import RunEvent, RunFinished, RunStarted, Subscriber
from scenario.dialogue.subscribers import subscribed
from scenario.errors import fault_of
from scenario.record.ending import outcome_of
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import redacted_json
from scenario.run_source import RunSource, current_source
from scenario.runner.failures import ending_words
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


# What another try may change: not the test, its configuration, a dialect or Scenario itself.
RETRIABLE: Final = frozenset({"user simulator", "judge", "model", "wire", "machine"})


class Audience(Protocol):
    """Who is told how a suite goes on."""

    def started(self, job: Job) -> None:
        """A job was begun."""

    def tried_again(self, job: Job, record: RunRecord) -> None:
        """A job was invalid, by a fault that another try may change, and is played again."""

    def ended(self, job: Job, record: RunRecord) -> None:
        """A job is done."""


class SuiteResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite ended.

    Attributes:
        records: one for each job that was begun, in the order they ended in, after those of its tries that were tried
            again (`retried`); what was stopped is "cancelled" here, as it is in the store.
        not_run: the jobs whose runs were never begun.
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
        retry_invalid: how many tries more a job has that ended invalid, by the fault of a simulator, a judge, a model's
            server, the wire or the machine.
        fail_fast: stop at the first that does not pass; what runs then is cancelled.
        max_time: seconds for all of them together; None for no limit.
        audience: who is told.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        *,
        at_once: int = 1,
        retry_invalid: int = 0,
        fail_fast: bool = False,
        max_time: float | None = None,
        audience: Audience | None = None,
    ) -> None:
        self._schedule = Schedule(jobs, fail_fast=fail_fast)
        self._at_once = at_once
        self._retry_invalid = retry_invalid
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
        """Play one job, and keep its record, also where it is cancelled; what had not begun its run then goes back."""
        if self._audience is not None:
            self._audience.started(job)
        cut: list[RunRecord] = []
        try:
            record = await self._tried(job, cut)
        except asyncio.CancelledError:
            if cut:
                self._records += cut
            else:
                self._schedule.given_back(job)
            raise
        self._records.append(record)
        if self._audience is not None:
            self._audience.ended(job, record)
        self._schedule.ended(passed=record.outcome == "passed")

    async def _tried(self, job: Job, cut: list[RunRecord]) -> RunRecord:
        """Play one job, again where it was invalid and may be tried again; into `cut` goes a run that is cancelled."""
        faults: list[str] = []
        while True:
            record = msgspec.structs.replace(
                await _record_of(job, cut), tries=len(faults) + 1, tried_for=tuple(dict.fromkeys(faults))
            )
            again = record.outcome == "invalid" and record.fault in RETRIABLE and len(faults) < self._retry_invalid
            if not again or self._schedule.stopped:
                return record
            faults.append(record.fault)
            self._records.append(msgspec.structs.replace(record, retried=True))
            if self._audience is not None:
                self._audience.tried_again(job, record)


async def _record_of(job: Job, cut: list[RunRecord]) -> RunRecord:
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
        token = current_source.set(RunSource(file=job.file, parameters=job.parameters, repeat=job.repeat))
        try:
            await job.play()
        except asyncio.CancelledError:
            if last and begun and last[0].run_id == begun[0]:
                cut.append(_of_job(last[0], job))
            raise
        except Exception as error:  # noqa: BLE001 - whatever ends a scenario is its record's, and no other scenario's concern
            failure = error
        finally:
            current_source.reset(token)
    if last and begun and last[0].run_id == begun[0]:
        return _of_job(last[0], job)
    return _of_job(_never_begun(job, failure), job)


def _never_begun(job: Job, failure: Exception | None) -> RunRecord:
    """The record of a job that failed before its run began: a participant could not be made."""
    fault = fault_of(failure) or "test"
    error = ending_words(failure) or "it ended without a run"
    # A test that asserts before its run begins has said nothing about the agent.
    return RunRecord(run_id="", name=job.name, outcome=outcome_of(error, fault), error=error, fault=fault)


def _of_job(record: RunRecord, job: Job) -> RunRecord:
    parameters = redacted_json(job.parameters)
    return msgspec.structs.replace(
        record, name=job.name, file=job.file, tags=job.tags, parameters=parameters, repeat=job.repeat
    )
