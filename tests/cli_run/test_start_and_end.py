"""How the command starts and ends: interrupted while it is loaded, its reader gone, its machine unwilling."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scenario.cli.main import LazyGroup
from tests.cli_run.command import environment

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
