"""What a command costs from its start to its end: whole processes, CPU, taken in turn with what they are held against.

`scenario --help` and a trivial `scenario run` are held against importing what is needed to call an agent at all; the
commands that read a store of 10,000 scenarios against `scenario --help`. Bytecode is compiled, as it is installed.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.row import Row
from benchmarks.store import fill
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.testing import AgentServer

ROUNDS = 11
SCENARIOS = 10_000
WRITTEN = 100
TO_START, TO_LIST, TO_SHOW = 1.5, 3.0, 5.0
IMPORTS = [sys.executable, "-c", "import aiohttp, msgspec, click"]
SCENARIO = [sys.executable, "-m", "scenario"]
FILE = """\
agent: $env.AGENT_URL
script: [{user: What is the weather?}, agent, {check: {text_contains: sunny}}, succeed]
"""
# Everything that belongs to a scenario, with what ties it to others; bytes of responses no list has to do with.
_COPIED = {"details": (), "turns": (), "calls": (), "messages": ("id",), "exchanges": ("id",), "verdicts": ("id",)}


def many(folder: Path, scenarios: int) -> None:
    """A store with so many scenarios: some that were written as ever, and copies of their rows."""
    fill(folder, WRITTEN)
    with closing(sqlite3.connect(database_path(folder))) as connection, connection:
        for copy in range(1, scenarios // WRITTEN):
            given = {"id": f"id + {copy * WRITTEN}", "run_id": f"'{copy:04x}' || run_id", "key": f"'{copy:04x}' || key"}
            _copy(connection, "scenarios", given, WRITTEN)
            for table, numbers in _COPIED.items():
                given = {"scenario": f"scenario + {copy * WRITTEN}"}
                given |= {name: f"(SELECT max({name}) FROM {table}) + {name}" for name in numbers}  # noqa: S608 - our own
                _copy(connection, table, given, WRITTEN)


def _copy(connection: sqlite3.Connection, table: str, given: dict[str, str], most: int) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(given.get(column, column) for column in columns)
    which = "id" if table == "scenarios" else "scenario"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {which} <= {most}"  # noqa: S608
    )


@contextmanager
def _environment() -> Iterator[dict[str, str]]:
    """That of an installed package: bytecode is compiled, and none of it is written into this tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCENARIO_", "PYTHONDONT"))}
    with tempfile.TemporaryDirectory() as bytecode:
        yield {**kept, "PYTHONPYCACHEPREFIX": bytecode, "PYTHONHASHSEED": "0"}


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(command: list[str], folder: Path, environ: dict[str, str]) -> Callable[[], float]:
    """Seconds of CPU, user and system, of one process to its end."""

    def measured() -> float:
        before = _spent()
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
        return _spent() - before

    return measured


def first_page(folder: Path, environ: dict[str, str]) -> Callable[[], float]:
    """Seconds of CPU of `scenario view` until the page and all that it asks for at first have been served."""

    def measured() -> float:
        before = _spent()
        command = [*SCENARIO, "view", "--no-browser"]
        with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as viewer:
            assert viewer.stdout is not None
            for line in viewer.stdout:
                if found := re.search(r"(http://\S+)/#token=(\S+)", line):
                    break
            assert found
            for path in ("/", "/api/invocations"):
                asked = urllib.request.Request(found[1] + path, headers={"Authorization": f"Bearer {found[2]}"})  # noqa: S310
                with urllib.request.urlopen(asked) as answer:  # noqa: S310 - loopback
                    assert answer.read()
            viewer.send_signal(signal.SIGTERM)
        return _spent() - before

    return measured


def in_turn(*measured: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """The median of each, taken in turn with the others; the first round compiles, and does not count."""
    taken = [[one() for one in measured] for _ in range(rounds + 1)][1:]
    return [statistics.median(each) for each in zip(*taken, strict=True)]


def row(name: str, ours: float, baseline: float, against: str, most: float) -> Row:
    """A row whose figure is how many times the baseline ours takes."""
    times = ours / baseline
    return Row(
        benchmark=f"{name} (CPU, median)",
        ours=f"{ours * 1000:.0f} ms, {times:.2f} times",
        baseline=f"{baseline * 1000:.0f} ms {against}",
        ratio=baseline / ours,
        target=f"at most {most:g} times",
        reached=times <= most,
    )


async def start_rows(environ: dict[str, str]) -> list[Row]:
    """The command's list of commands, and one scenario against a streaming agent, from start to end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.yaml").write_text(FILE)
        async with AgentServer("It is sunny.") as agent:
            helped, played, imported = await asyncio.to_thread(
                in_turn,
                process([*SCENARIO, "--help"], folder, environ),
                process([*SCENARIO, "run", "one.yaml"], folder, environ | {"AGENT_URL": agent.url}),
                process(IMPORTS, folder, environ),
            )
    against = "to import aiohttp, msgspec, click"
    return [
        row("scenario --help", helped, imported, against, TO_START),
        row("scenario run of one scripted scenario", played, imported, against, TO_START),
    ]


def store_rows(environ: dict[str, str], scenarios: int = SCENARIOS) -> list[Row]:
    """The commands that read a store, from start to end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many(folder / ".scenario", scenarios)
        with StoreReader(folder / ".scenario") as reader:
            run = reader.scenarios(limit=1)[0].run_id
        asked = environ | {"HOME": name}
        helped, listed, shown, viewed = in_turn(
            process([*SCENARIO, "--help"], folder, asked),
            process([*SCENARIO, "list"], folder, asked),
            process([*SCENARIO, "show", run], folder, asked),
            first_page(folder, asked),
        )
    against = "for scenario --help"
    return [
        row(f"scenario list of {scenarios:,} scenarios", listed, helped, against, TO_LIST),
        row(f"scenario show of one of {scenarios:,}", shown, helped, against, TO_SHOW),
        row(f"scenario view of {scenarios:,}, to the first page", viewed, helped, against, TO_SHOW),
    ]


def rows() -> list[Row]:
    """Measure."""
    with _environment() as environ:
        return [*asyncio.run(start_rows(environ)), *store_rows(environ)]


if __name__ == "__main__":
    for one in rows():
        print(*one, sep=" | ")
