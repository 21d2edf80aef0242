"""How the command starts and ends: interrupted while it is loaded, its reader gone, its machine unwilling."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scenario.cli.exit_codes import code_of_error
from scenario.cli.main import LazyGroup, main
from scenario.errors import ConfigurationError
from scenario.store.writer import StoreWriter
from scenario.testing import AgentServer
from tests.cli_run.command import command, environment
from tests.store.stored_runs import a_run

# What Ctrl-C does while click is being imported.
INTERRUPTED = """
import runpy, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
runpy.run_module("scenario", run_name="__main__", alter_sys=True)
"""


def test_an_interrupt_while_it_is_loaded_ends_in_silence(tmp_path: Path) -> None:
    """Ctrl-C right after the start: exit code 130, and no traceback."""
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize("arguments", [["schema"], ["doctor"], ["completion", "bash"], ["models", "list"]])
def test_a_reader_that_has_gone_is_no_failed_scenario(arguments: list[str], tmp_path: Path) -> None:
    """`scenario schema | head -1`: silence, and not exit code 1, which would say that a scenario failed."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "scenario", *arguments]
    env = environment(tmp_path, PYTHONUNBUFFERED="")
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=env, cwd=tmp_path, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_machine_that_refuses_is_no_fault_of_scenario() -> None:
    """A full disk or a file that may not be read: one line, exit code 3, and no word of reporting it to anybody."""

    @click.group(cls=LazyGroup)
    @click.option("--traceback", is_flag=True)
    def group(traceback: bool) -> None:
        del traceback

    @group.command()
    def fills() -> None:
        raise OSError(28, "No space left on device", "runs.db")

    done = CliRunner().invoke(group, ["fills"])
    assert done.exit_code == 3
    assert done.output.startswith("Error: [Errno 28] No space left on device: 'runs.db'.")
    assert isinstance(CliRunner().invoke(group, ["--traceback", "fills"]).exception, OSError)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_nor_is_one_that_has_gone_before_the_help_was_read(arguments: list[str], tmp_path: Path) -> None:
    """`scenario --help | true`: what is printed before any command runs ends in the same way."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "scenario", *arguments]
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, env=environment(tmp_path), cwd=tmp_path, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a disk that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["schema"]])
def test_help_on_a_full_disk_is_the_machines_fault(arguments: list[str], tmp_path: Path) -> None:
    """`scenario --help > /dev/full`: exit code 3 and one message, and no traceback."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "scenario", *arguments]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment(tmp_path), text=True, check=False
        )
    assert (done.returncode, done.stderr.count("No space left"), "Traceback" in done.stderr) == (3, 1, False), done


def test_a_file_that_cannot_be_opened_is_a_matter_of_usage(tmp_path: Path) -> None:
    """And not exit code 1, which says that a scenario failed."""
    with StoreWriter(tmp_path) as writer:
        for event in a_run("aa"):
            writer(event)
    done = CliRunner().invoke(main, ["export", "aa", "--store", str(tmp_path), "-o", str(tmp_path / "no" / "r.json")])
    assert (done.exit_code, "r.json" in done.output) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a disk that is always full")
def test_a_full_disk_is_the_machines_fault(tmp_path: Path) -> None:
    """Exit code 3, whatever could not be written: it is no wrong setting."""
    with StoreWriter(tmp_path) as writer:
        for event in a_run("aa"):
            writer(event)
    done = CliRunner().invoke(main, ["export", "aa", "--store", str(tmp_path), "-o", "/dev/full"])
    assert (done.exit_code, "No space left" in done.output) == (3, True)
    full = ConfigurationError("r.json cannot be written")
    full.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert code_of_error(full) == 3
    assert code_of_error(ConfigurationError("no model")) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk of Linux")
@pytest.mark.parametrize(("answer", "code"), [("good", 3), ("bad", 1)])
async def test_a_report_on_a_full_disk_hides_no_finding(answer: str, code: int, tmp_path: Path) -> None:
    """The machine refused: 3, and 1 where a scenario failed. The other reports are written, and say so."""
    (tmp_path / "one.yaml").write_text(
        "agent: $env.AGENT_URL\nscript: [{user: hi}, agent, {check: {text_lacks: bad}}, succeed]\n"
    )
    async with AgentServer(answer) as server:
        reports = ["--html", "/dev/full", "--json", "r.json", "--junit", "r.xml"]
        done = await command(tmp_path, "run", "one.yaml", *reports, AGENT_URL=server.url)
    assert "Error: /dev/full cannot be written: No space left on device" in done.err
    assert (done.code, json.loads((tmp_path / "r.json").read_text())["exit_code"]) == (code, code)
    assert (tmp_path / "r.xml").exists()
    assert ("html:" in done.out, "junit: r.xml" in done.out, "stored as" in done.out) == (False, True, True)
