"""Jobs for tests of suites: scenarios that end when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import scenario
from scenario.record.run_record import RunRecord
from scenario.runner.suite import Job
from scenario.types import Usage


class Audience:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.started_names: list[str] = []
        self.records: list[RunRecord] = []
        self.again: list[RunRecord] = []

    def started(self, job: Job) -> None:
        self.started_names.append(job.name)

    def tried_again(self, job: Job, record: RunRecord) -> None:
        self.again.append(record)

    def ended(self, job: Job, record: RunRecord) -> None:
        self.records.append(record)


class Gate(scenario.AgentAdapter):
    """An agent that answers once the gate is opened, and knows how many wait at it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.waiting = 0
        self.most = 0
        self.arrived = asyncio.Condition()

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        async with self.arrived:
            self.arrived.notify_all()
        try:
            await self.opened.wait()
        finally:
            self.waiting -= 1
        return "ok"

    async def reached(self, count: int) -> None:
        """Wait until so many wait at the gate."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: self.waiting >= count)


class Costly(scenario.AgentAdapter):
    """An agent whose every answer reports tokens and a price."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        usage = Usage(input_tokens=90, output_tokens=10, total_tokens=100)
        input.observer.model_called("m", usage, seconds=0.1, cost=0.25)
        return "ok"


def job(name: str, *agents: Any, ending: Callable[..., Any] = scenario.succeed, **settings: Any) -> Job:
    """A scenario of one turn."""

    async def play() -> scenario.ScenarioResult:
        script = [scenario.user("Hi"), *([scenario.agent()] if agents else []), ending()]
        return await scenario.run(name=name, description="", agents=list(agents), script=script, verbose=False)

    return Job(name=name, play=play, **settings)


def raising(name: str, error: Exception) -> Job:
    """A job that raises before its run begins."""

    async def play() -> scenario.ScenarioResult:
        raise error

    return Job(name=name, play=play)
