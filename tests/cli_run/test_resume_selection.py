"""`scenario run --resume` goes on with what was asked for when the run was started, and with no more than that."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scenario.store.reader import StoreReader
from scenario.testing import AgentServer
from tests.cli_run.command import Ended, command, started

FILE = """\
agent: $env.AGENT_URL
scenarios:
  - {name: paris 1, tags: [smoke], script: [{user: paris 1}, agent, {check: {text_lacks: bad}}, succeed]}
  - {name: paris 2, script: [{user: paris 2}, agent, {check: {text_lacks: bad}}, succeed]}
  - {name: rome 1, tags: [smoke], script: [{user: rome 1}, agent, {check: {text_lacks: bad}}, succeed]}
  - {name: rome 2, script: [{user: rome 2}, agent, {check: {text_lacks: bad}}, succeed]}
"""


class KilledBy:
    """An agent that answers, and kills the process that asks when it asks for the nth time.

    What ended before is on the disk by then: the store gathers what happens for a moment.
    """

    def __init__(self, at: int = 2, bad: Sequence[str] = ()) -> None:
        self.at = at
        self.bad = bad
        self.lines: list[str] = []
        self.process: asyncio.subprocess.Process | None = None
        self.store = Path()

    async def __call__(self, body: dict[str, Any]) -> str:
        self.lines.append(str(body["messages"][-1]["content"]))
        if len(self.lines) == self.at and self.process is not None:
            async with asyncio.timeout(60):
                while ended_in(self.store) < self.at - 1:  # noqa: ASYNC110 - a store calls nobody when it is written
                    await asyncio.sleep(0.01)
            self.process.kill()
        return "bad" if self.lines[-1] in self.bad else "good"


def ended_in(store: Path) -> int:
    """How many scenarios of the newest invocation have ended."""
    with StoreReader(store) as reader:
        return len(reader.ended(reader.invocations(limit=1)[0].uid))


async def killed(folder: Path, agent: KilledBy, url: str, *arguments: str) -> None:
    """A run that is killed by the agent's machine at the request that the agent says; one scenario at a time."""
    agent.lines.clear()
    async with started(folder, "run", "--jobs", "1", *arguments, AGENT_URL=url) as process:
        agent.process, agent.store = process, folder / ".scenario"
        await process.wait()
    agent.process = None
    agent.lines.clear()


def written(tmp_path: Path) -> Path:
    """The file, in the folder that is run by default."""
    (tmp_path / "scenarios").mkdir()
    file = tmp_path / "scenarios" / "cities.yaml"
    file.write_text(FILE)
    return file


async def resumed(folder: Path, url: str, *arguments: str) -> Ended:
    """The run gone on with."""
    return await command(folder, "run", "--resume", *arguments, AGENT_URL=url)


async def test_failures_that_were_selected_are_gone_on_with_and_nothing_else(tmp_path: Path) -> None:
    """Yesterday two of four failed; `--failed` was killed; `--resume` runs these two, and no more."""
    written(tmp_path)
    agent = KilledBy(at=1, bad=("paris 2", "rome 2"))
    async with AgentServer(agent) as server:
        first = await command(tmp_path, "run", AGENT_URL=server.url)
        assert "2 passed, 2 failed" in first.out
        await killed(tmp_path, agent, server.url, "--failed")
        agent.bad = ()
        done = await resumed(tmp_path, server.url)
    assert done.code == 0, done
    assert sorted(agent.lines) == ["paris 2", "rome 2"]
    assert "2 scenarios: 2 passed" in done.out


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (["-k", "paris"], ["paris 2"]),
        (["--tag", "smoke"], ["rome 1"]),
        (["--repeat", "2", "-k", "paris 1"], ["paris 1"]),
        (["--repeat", "2", "-k", "paris"], ["paris 1", "paris 2", "paris 2"]),
    ],
)
async def test_a_selection_is_kept_and_need_not_be_said_again(
    arguments: list[str], left: list[str], tmp_path: Path
) -> None:
    """Words, tags and repetitions: killed at the second request, the run goes on with what is left of just them."""
    written(tmp_path)
    agent = KilledBy(at=2)
    async with AgentServer(agent) as server:
        await killed(tmp_path, agent, server.url, *arguments)
        done = await resumed(tmp_path, server.url)
        assert done.code == 0, done
        assert Counter(agent.lines) <= Counter({line: left.count(line) + 1 for line in left})
        assert set(agent.lines) == set(left)
        again = await resumed(tmp_path, server.url, *arguments)
    assert "is complete, and nothing of it is run again" in again.out, again


@pytest.mark.parametrize(
    "arguments", [["-k", "rome"], ["--tag", "smoke"], ["--failed"], ["--repeat", "3"], ["--seed", "5"]]
)
async def test_another_selection_is_refused(arguments: list[str], tmp_path: Path) -> None:
    """Options that say otherwise than the run that was stopped: exit code 2, what it was asked for; nothing runs."""
    written(tmp_path)
    agent = KilledBy(at=2)
    async with AgentServer(agent) as server:
        await killed(tmp_path, agent, server.url, "-k", "1", "--seed", "4")
        done = await resumed(tmp_path, server.url, *arguments)
        nothing = list(agent.lines)
        same = await resumed(tmp_path, server.url, "-k", "1", "--seed", "4")
    assert (done.code, nothing) == (2, [])
    assert "which was asked for -k 1 --seed 4, not for" in done.err
    assert " ".join(arguments) in done.err
    assert (same.code, agent.lines[-1]) == (0, "rome 1")


async def test_files_that_were_named_are_those_that_are_gone_on_with(tmp_path: Path) -> None:
    """Without PATHS, `--resume` runs what is left of the stopped run's files: not ./scenarios, nor what came since."""
    written(tmp_path)
    other = tmp_path / "other.yaml"
    other.write_text(FILE.replace("paris", "oslo").replace("rome", "bonn"))
    agent = KilledBy(at=2)
    async with AgentServer(agent) as server:
        await killed(tmp_path, agent, server.url, "other.yaml")
        more = "  - {name: new, script: [{user: new}, agent, succeed]}\n"
        other.write_text(other.read_text().replace("  - {name: bonn 2", f"{more}  - {{name: bonn 2"))
        done = await resumed(tmp_path, server.url)
    assert done.code == 0, done
    assert sorted(set(agent.lines)) == ["bonn 1", "bonn 2", "oslo 2"]


async def test_what_is_not_in_the_files_any_more_is_told(tmp_path: Path) -> None:
    """A scenario that was asked for and is gone from the files is told of, and the rest is run."""
    file = written(tmp_path)
    agent = KilledBy(at=2)
    async with AgentServer(agent) as server:
        await killed(tmp_path, agent, server.url)
        file.write_text("".join(line for line in FILE.splitlines(keepends=True) if "rome 2" not in line))
        done = await resumed(tmp_path, server.url)
    assert done.code == 0, done
    assert "1 scenario of the run that is gone on with" in done.err
    assert "rome 1" in agent.lines


async def test_tries_again_are_kept(tmp_path: Path) -> None:
    """A run that was to try invalid ones again does so when it is gone on with."""
    file = written(tmp_path)
    file.write_text(
        FILE.replace("  - {name: rome 2, ", "  - {name: rome 2, agent: 'http://127.0.0.1:9/v1/chat/completions', ")
    )
    agent = KilledBy(at=2)
    async with AgentServer(agent) as server:
        await killed(tmp_path, agent, server.url, "--retry-invalid", "1")
        done = await resumed(tmp_path, server.url)
    assert done.code == 3
    assert "try 2" in done.out or "tried" in done.out, done.out
