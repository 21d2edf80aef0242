"""A run that a signal ends: what was done is stored and reported, and the exit code says which signal it was."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from scenario.store.reader import StoreReader
from scenario.testing import AgentServer
from tests.cli_run.command import command, ended, environment, started, typed

FILE = """\
agent: $env.AGENT_URL
scenarios:
  - {name: quick, script: [{user: Quickly}, agent, succeed]}
  - {name: slow, script: [{user: Slowly}, agent, succeed]}
  - {name: never, script: [{user: Quickly}, agent, succeed]}
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class Held:
    """An agent that answers at once, but one question never."""

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, body: dict[str, Any]) -> str:
        if body["messages"][-1]["content"] == "Slowly":
            self.asked.set()
            await self.go_on.wait()
        return "Done"


def check_what_is_left(folder: Path, code: int, reason: str) -> None:
    """Every report and the store have what was done, what was cancelled, what was not run, and why."""
    report = json.loads((folder / "r.json").read_text())
    assert report["exit_code"] == code
    outcomes = {"quick": "passed", "slow": "cancelled"}
    assert {one["name"]: one["outcome"] for one in report["scenarios"]} == outcomes
    assert (report["totals"]["cancelled"], report["totals"]["not_run"]) == (1, 1)
    assert [(one["name"], one["reason"]) for one in report["not_run"]] == [("never", reason)]
    suite = ElementTree.parse(folder / "r.xml").getroot()  # noqa: S314 - our own file
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "0", "1", "1"]
    assert f'"stopped":"{reason}: 1 of 3 run, 1 cancelled, 1 not run."' in (folder / "r.html").read_text()
    with StoreReader(folder / ".scenario") as reader:
        assert {row.name: row.status for row in reader.scenarios()} == outcomes


async def check_what_the_store_tells(folder: Path, reason: str) -> None:
    """`scenario report last` has the same counts and names as the reports that the run itself wrote."""
    told = {
        form: (await typed("report", "last", "--format", form, "--store", str(folder / ".scenario"))).out
        for form in FORMS
    }
    report = json.loads(told["json"])
    assert [report["totals"][name] for name in ("scenarios", "passed", "cancelled", "not_run")] == [2, 1, 1, 1]
    assert [(one["name"], one["reason"]) for one in report["not_run"]] == [("never", reason)]
    suite = ElementTree.fromstring(told["junit"].encode())  # noqa: S314 - our own
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "0", "1", "1"]
    assert f'"stopped":"{reason}: 1 of 3 run, 1 cancelled, 1 not run."' in told["html"]
    assert "1 stopped, 1 not run" in told["markdown"]
    assert f"- `never`: `{reason}`" in told["markdown"]


FORMS = ("json", "junit", "html", "markdown")
ARGUMENTS = ("run", "three.yaml", "--jobs", "1", "--json", "r.json", "--junit", "r.xml", "--html", "r.html")


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        *([(signal.SIGHUP, 129, "the terminal has gone")] if sys.platform != "win32" else []),
    ],
)
async def test_a_signal_stops_in_good_order(tmp_path: Path, number: int, code: int, reason: str) -> None:
    """128 and its number, as shells say it."""
    (tmp_path / "three.yaml").write_text(FILE)
    held = Held()
    async with AgentServer(held) as agent, started(tmp_path, *ARGUMENTS, AGENT_URL=agent.url) as process:
        await held.asked.wait()
        process.send_signal(number)
        done = await ended(process)
        held.go_on.set()
    assert done.code == code, done
    check_what_is_left(tmp_path, code, reason)
    await check_what_the_store_tells(tmp_path, reason)


@pytest.mark.parametrize("options", [[], ["--no-store"]])
async def test_only_what_is_stored_can_be_gone_on_with(tmp_path: Path, options: list[str]) -> None:
    """What was cancelled and what was not run is told all the same, in the HTML too."""
    (tmp_path / "three.yaml").write_text(FILE)
    held = Held()
    arguments = (*ARGUMENTS, *options)
    async with AgentServer(held) as agent, started(tmp_path, *arguments, AGENT_URL=agent.url) as process:
        await held.asked.wait()
        process.send_signal(signal.SIGINT)
        done = await ended(process)
        held.go_on.set()
    told = "1 scenario cancelled and 1 scenario not run: interrupted."
    assert told + ("" if options else " --resume goes on from here.") + "\n" in done.out
    assert '"stopped":"interrupted: 1 of 3 run, 1 cancelled, 1 not run."' in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize("verbose", [[], ["--verbose"]])
async def test_a_terminal_that_has_gone_loses_nothing(tmp_path: Path, verbose: list[str]) -> None:
    """A window that is closed: what can be printed nowhere any more is no error, and the report is written."""
    (tmp_path / "three.yaml").write_text(FILE)
    held = Held()
    window, terminal = os.openpty()
    async with AgentServer(held) as agent:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _IN_A_WINDOW, *ARGUMENTS, *verbose),
            cwd=tmp_path,
            env=environment(tmp_path, AGENT_URL=agent.url, TERM="xterm"),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        reading = asyncio.get_running_loop()
        reading.add_reader(window, os.read, window, 65536)  # a window shows what is printed
        await held.asked.wait()
        reading.remove_reader(window)
        os.close(window)
        async with asyncio.timeout(60):
            assert await process.wait() == 129
        held.go_on.set()
    check_what_is_left(tmp_path, 129, "the terminal has gone")


async def test_a_run_that_is_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    """`nohup scenario run`: SIGHUP was set to be ignored before it began."""
    (tmp_path / "three.yaml").write_text(FILE)
    held = Held()
    async with AgentServer(held) as agent:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _UNDER_NOHUP, *ARGUMENTS),
            cwd=tmp_path,
            env=environment(tmp_path, AGENT_URL=agent.url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await held.asked.wait()
        process.send_signal(signal.SIGHUP)
        held.go_on.set()
        async with asyncio.timeout(60):
            assert await process.wait() == 0


# The controlling terminal of a session is the first that its leader takes.
_IN_A_WINDOW = """
import fcntl, runpy, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module("scenario", run_name="__main__", alter_sys=True)
"""
_UNDER_NOHUP = """
import runpy, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
runpy.run_module("scenario", run_name="__main__", alter_sys=True)
"""


async def at_its_beginning(folder: Path) -> None:
    """Wait until the scenario file's own code is being imported, which goes on when it may."""
    async with asyncio.timeout(60):
        while not (folder / "importing").exists():  # noqa: ASYNC110 - a file calls nobody
            await asyncio.sleep(0.01)


EARLY = "scenarios:\n  - {name: one, agent: {python: 'slow_agent:agent'}, script: [{user: Hi}, agent, succeed]}\n"
# It is being imported until the test lets it go on.
SLOW = """
import pathlib, time, scenario
class agent(scenario.AgentAdapter):
    async def call(self, input):
        return "Hi"
pathlib.Path("importing").touch()
while not pathlib.Path("go-on").exists():
    time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_before_the_suite_is_there_leaves_reports_of_nothing_run(
    number: signal.Signals, tmp_path: Path
) -> None:
    """The files are still being loaded: nothing is run, every report says so, and the store can be gone on with."""
    (tmp_path / "early.yaml").write_text(EARLY)
    (tmp_path / "slow_agent.py").write_text(SLOW)
    (tmp_path / "r.json").write_text("of a run before")
    arguments = ("run", "early.yaml", "--json", "r.json", "--junit", "r.xml", "--html", "r.html")
    async with started(tmp_path, *arguments, PYTHONPATH=str(tmp_path)) as process:
        await at_its_beginning(tmp_path)
        process.send_signal(number)
        assert process.stderr is not None
        async with asyncio.timeout(60):
            assert b"before anything is run" in await process.stderr.readline()
        (tmp_path / "go-on").touch()
        done = await ended(process)
    assert done.code == 128 + number, done
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["exit_code"], report["scenarios"], report["totals"]["not_run"]) == (128 + number, [], 1)
    assert (tmp_path / "r.xml").exists()
    assert (tmp_path / "r.html").exists()
    again = await command(tmp_path, "run", "early.yaml", "--resume", PYTHONPATH=str(tmp_path))
    assert (again.code, "1 scenario: 1 passed" in again.out) == (0, True), again


async def test_a_signal_before_files_that_are_wrong_says_that_there_is_no_report(tmp_path: Path) -> None:
    """A report of a run before stays, and is not to be taken for this one's; the exit code is the signal's."""
    (tmp_path / "early.yaml").write_text(EARLY)
    (tmp_path / "slow_agent.py").write_text(f"{SLOW}raise ValueError('no agent')\n")
    (tmp_path / "r.json").write_text("of a run before")
    async with started(tmp_path, "run", "early.yaml", "--json", "r.json", PYTHONPATH=str(tmp_path)) as process:
        await at_its_beginning(tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        async with asyncio.timeout(60):
            assert b"before anything is run" in await process.stderr.readline()
        (tmp_path / "go-on").touch()
        done = await ended(process)
    assert (done.code, (tmp_path / "r.json").read_text()) == (143, "of a run before"), done
    assert "no report is written" in done.err


async def test_a_second_early_signal_ends_at_once(tmp_path: Path) -> None:
    """Whatever is being loaded: nothing is waited for."""
    (tmp_path / "early.yaml").write_text(EARLY)
    (tmp_path / "slow_agent.py").write_text(SLOW)
    async with started(tmp_path, "run", "early.yaml", PYTHONPATH=str(tmp_path)) as process:
        await at_its_beginning(tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        async with asyncio.timeout(60):
            await process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 143
