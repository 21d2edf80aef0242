"""`scenario run --resume`: what it goes on with, and when it does not."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from scenario.store.claim import claimed
from scenario.store.invocation import new_invocation
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from scenario.testing import AgentServer
from tests.cli_run.command import command, ended, environment, started

FILE = """\
agent: $env.AGENT_URL
name: number ${n}
parameters: {matrix: {n: [1, 2, 3, 4]}}
script: [{user: "${n}"}, agent, succeed]
"""


class Gate:
    """An agent that answers once it may."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.lines: list[str] = []

    async def __call__(self, body: dict[str, Any]) -> str:
        self.lines.append(str(body["messages"][-1]["content"]))
        self.asked.set()
        await self.open.wait()
        return "fine"


async def test_a_run_that_goes_on_is_not_run_twice(tmp_path: Path) -> None:
    """While its process lives, `--resume` says so and runs nothing; each scenario is run once."""
    (tmp_path / "numbers.yaml").write_text(FILE)
    gate = Gate()
    async with AgentServer(gate) as server, started(tmp_path, "run", "numbers.yaml", AGENT_URL=server.url) as first:
        await asyncio.wait_for(gate.asked.wait(), 60)
        refused = await command(tmp_path, "run", "numbers.yaml", "--resume", AGENT_URL=server.url)
        gate.open.set()
        whole = await ended(first)
    assert refused.code == 2
    assert f"still going on, in process {first.pid}" in refused.err
    assert "Ctrl-C" in refused.err
    assert whole.code == 0
    assert Counter(gate.lines) == {"1": 1, "2": 1, "3": 1, "4": 1}


async def test_a_killed_run_can_be_gone_on_with_at_once(tmp_path: Path) -> None:
    """The claim goes with the process, and leaves no file behind once the run is whole."""
    (tmp_path / "numbers.yaml").write_text(FILE)
    gate = Gate()
    async with AgentServer(gate) as server:
        async with started(tmp_path, "run", "numbers.yaml", AGENT_URL=server.url) as first:
            await asyncio.wait_for(gate.asked.wait(), 60)
            first.kill()
            await first.wait()
        gate.open.set()
        done = await command(tmp_path, "run", "numbers.yaml", "--resume", "--json", "r.json", AGENT_URL=server.url)
    assert done.code == 0, done
    assert json.loads((tmp_path / "r.json").read_text())["totals"]["passed"] == 4
    assert not list((tmp_path / ".scenario").glob("*.lock"))


async def test_a_run_that_was_killed_before_anything_ran_is_the_last_one(tmp_path: Path) -> None:
    """It is not taken for the one before, whose verdicts are those of yesterday."""
    (tmp_path / "numbers.yaml").write_text(FILE)
    async with AgentServer("fine") as server:
        await command(tmp_path, "run", "numbers.yaml", AGENT_URL=server.url)
        invocation = new_invocation("run")
        StoreWriter(tmp_path / ".scenario", invocation=invocation).announce()
        empty = await command(tmp_path, "compare", "last", "last")
        report = await command(tmp_path, "report", "last", "--format", "json")
        done = await command(tmp_path, "run", "numbers.yaml", "--resume", AGENT_URL=server.url)
    # Until then, nothing says that it went well.
    assert (empty.code, json.loads(report.out)["exit_code"]) == (2, 3)
    assert len(server.requests) == 8
    assert f"stored as {invocation.uid[:8]}" in done.out


async def test_a_run_that_is_complete_says_so(tmp_path: Path) -> None:
    """Nothing is run again, and nobody takes the old verdicts for new ones."""
    (tmp_path / "numbers.yaml").write_text(FILE)
    async with AgentServer("fine") as server:
        await command(tmp_path, "run", "numbers.yaml", AGENT_URL=server.url)
        done = await command(tmp_path, "run", "numbers.yaml", "--resume", AGENT_URL=server.url)
    assert len(server.requests) == 4
    assert "is complete, and nothing of it is run again, 4 done before" in done.out
    with StoreReader(tmp_path / ".scenario") as reader:
        assert len(reader.invocations()) == 1


def test_what_killed_processes_left_behind_is_swept(tmp_path: Path) -> None:
    """Their lock files do not pile up; one that is held stays."""
    (tmp_path / "run-dead.lock").write_text("1\n")
    first = claimed(tmp_path, "first")
    assert first is not None
    assert [path.name for path in tmp_path.glob("*.lock")] == ["run-first.lock"]
    first.release()
    first.release()
    assert not list(tmp_path.glob("*.lock"))


_ON_A_SMALL_DISK = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
sys.argv = ["scenario", *sys.argv[1:]]
runpy.run_module("scenario", run_name="__main__")
"""


async def test_a_store_that_could_not_hold_all_says_so(tmp_path: Path) -> None:
    """The disk is full amid the run: verdict and exit code stand, and nobody is told that all of it is stored."""
    (tmp_path / "numbers.yaml").write_text(FILE)
    async with AgentServer(" ".join(f"{number**9}" for number in range(3000))) as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ON_A_SMALL_DISK, "run", "numbers.yaml"),
            cwd=tmp_path,
            env=environment(tmp_path, AGENT_URL=server.url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        done = await ended(process)
    assert done.code == 0, done
    assert "What was stored before stays; from here on nothing is." in done.err
    assert "4 scenarios: 4 passed" in done.out
    assert "in .scenario/scenario.db, not all of it" in done.out
