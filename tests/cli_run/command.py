"""The command line as a user types it, against servers of the test: in a process of its own, or in this one.

A process of its own takes half a second to start, and several to be measured: it is for what only a process has (its
end, its signals, what it leaves on the disk when it is killed).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from scenario.cli.main import main

# Nothing of the machine that runs the tests may lend a model, a key or a look.
_OURS = ("SCENARIO_", "OPENAI_", "ANTHROPIC_", "OLLAMA_")
# Added to the environment of a process whose lines others run as well: measuring them doubles its time.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}


class Ended(NamedTuple):
    """A process that has ended."""

    code: int
    out: str
    err: str


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment without models."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    # pytest-xdist tells its workers the width of its terminal.
    for name in ("CI", "COLUMNS"):
        kept.pop(name, None)
    ours = {"SCENARIO_MODELS": str(folder / "no-models"), "SCENARIO_CACHE_DIR": str(folder / ".cache")}
    return {**kept, **ours, "PYTHONUNBUFFERED": "1", **more}


@asynccontextmanager
async def started(folder: Path, *arguments: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command, started in a folder; it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scenario",
        *arguments,
        cwd=folder,
        env=environment(folder, **more),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """Wait for a process, for a minute at most."""
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def command(folder: Path, *arguments: str, **more: str) -> Ended:
    """Run the command to its end."""
    async with started(folder, *arguments, **more) as process:
        return await ended(process)


async def typed(*arguments: str, **more: str) -> Ended:
    """Run the command to its end in this process, in the folder and with the models that it has.

    In a thread of its own, as it brings its own loop, and the servers that it asks are on the test's.
    """
    foreign = {name: None for name in os.environ if name.startswith(_OURS) or name in ("CI", "COLUMNS")}
    foreign.pop("SCENARIO_CACHE_DIR", None)  # it is the test's own
    done = await asyncio.to_thread(CliRunner().invoke, main, arguments, env={**foreign, **more})
    return Ended(done.exit_code, done.stdout, done.stderr)
