"""A recorded suite that is played, against the same one with an agent in the process: CPU of whole processes, in turn.

100 scenarios of 5 turns, an answer of 20 words each. What is played is read as it was when it came, event by event.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import scenario
from benchmarks.row import Row
from scenario.testing import AgentServer

ROUNDS = 5
SCENARIOS, TURNS = 100, 5
TARGET = 1.2
TEXT = "It is sunny in Paris today, with 21 degrees and a light wind from the west; take a hat with you."
NOWHERE = "http://127.0.0.1:1/chat"


class InProcess(scenario.AgentAdapter):
    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return TEXT


async def suite(agent: Any, cassette: scenario.Cassette | None) -> None:
    """All scenarios, one after the other."""
    for number in range(SCENARIOS):
        steps: list[Any] = []
        for turn in range(TURNS):
            steps += [scenario.user(f"{turn} of {number}"), scenario.agent(), scenario.checks.text_contains("sunny")]
        result = await scenario.run(
            f"weather {number}", "", [agent], script=[*steps, scenario.succeed()], verbose=False, cassette=cassette
        )
        assert result.success


async def record(path: str) -> None:
    """Make the cassette."""
    async with AgentServer(TEXT) as server:
        await suite(scenario.RemoteAgent(server.url), scenario.Cassette(path, mode="record"))


def seconds(*arguments: str) -> float:
    """The CPU of a process that plays the suite."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "benchmarks.replay", *arguments], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows() -> list[Row]:
    """The ratio of medians, with start-up."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "suite.cassette")
        asyncio.run(record(path))
        taken = [(seconds(path), seconds()) for _ in range(ROUNDS)]
    ours, baseline = (statistics.median(side) for side in zip(*taken, strict=True))
    times = ours / baseline
    return [
        Row(
            benchmark=f"{SCENARIOS} recorded scenarios of {TURNS} turns, played",
            ours=f"{ours:.2f} s",
            baseline=f"{baseline:.2f} s (agent in the process)",
            ratio=baseline / ours,
            target=f"<= {TARGET:g} times (now {times:.2f})",
            reached=times <= TARGET,
        )
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(suite(scenario.RemoteAgent(NOWHERE), scenario.Cassette(sys.argv[1], mode="replay")))
    else:
        asyncio.run(suite(InProcess(), None))
