"""`import scenario` is light: nothing heavy, no thread, no file, no socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

HEAVY = ["aiohttp", "asyncio", "click", "jmespath", "msgspec", "pytest", "ssl", "yaml"]
LOOK = """
import json, os, resource, sys, threading, time
def look():
    return {
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        "files": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                        if os.path.exists(f"/proc/self/fd/{fd}")),
        "threads": len(os.listdir("/proc/self/task")) + threading.active_count(),
        "environment": dict(os.environ),
        "cpu": time.process_time(),
        "resident": int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize(),
    }
before = look()
CODE
after = look()
print(json.dumps([before, after]))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def looked(code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an interpreter is before and after it runs `code`."""
    command = [sys.executable, "-I", "-c", LOOK.replace("CODE", code)]
    # Under a coverage measurement, coverage would be loaded there and be counted as ours.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    before, after = json.loads(done.stdout)
    return before, after


@linux
def test_importing_opens_and_starts_nothing() -> None:
    """No thread, no open file or socket, and the environment as it was."""
    before, after = looked("import scenario")
    assert after["threads"] == before["threads"]
    assert after["files"] == before["files"]
    assert after["environment"] == before["environment"]


@linux
def test_importing_loads_nothing_heavy() -> None:
    """Not one of the packages that it depends on, nor the loop."""
    before, after = looked("import scenario")
    assert [name for name in HEAVY if name in after["modules"] and name not in before["modules"]] == []


@linux
def test_importing_takes_little_memory() -> None:
    """At most 25 MB for the whole process."""
    _, after = looked("import scenario")
    assert after["resident"] <= 25e6


@linux
def test_importing_takes_little_time() -> None:
    """A few milliseconds of processor time, where 0.1 s are allowed: the bound holds on a busy machine too."""
    spent = []
    for _ in range(3):
        before, after = looked("import scenario")
        spent.append(after["cpu"] - before["cpu"])
    assert min(spent) <= 0.1


@linux
@pytest.mark.parametrize("code", ["import scenario; scenario.run", "import scenario; scenario.JudgeAgent"])
def test_running_without_a_network_needs_no_client_and_no_terminal(code: str) -> None:
    """Neither aiohttp nor the terminal's packages are loaded for a name that does not need them."""
    _, after = looked(code)
    assert not {"aiohttp", "click", "pytest"} & set(after["modules"])


@linux
def test_the_engines_rooms_are_pure() -> None:
    """The dialogue is there without the loop."""
    _, after = looked("import scenario.dialogue.engine, scenario.dialogue.state, scenario.metrics.run_timing")
    assert not {"asyncio", "socket", "logging", "aiohttp"} & set(after["modules"])
