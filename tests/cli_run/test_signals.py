"""A run that a signal ends: what was done is stored and reported, and the exit code says which signal it was."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from scenario.store.reader import StoreReader
from scenario.testing import AgentServer
from tests.cli_run.command import ended, started

FILE = """\
agent: $env.AGENT_URL
scenarios:
  - {name: quick, script: [{user: Quickly}, agent, succeed]}
  - {name: slow, script: [{user: Slowly}, agent, succeed]}
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        *([(signal.SIGHUP, 129, "the terminal has gone")] if sys.platform != "win32" else []),
    ],
)
async def test_a_signal_stops_in_good_order(tmp_path: Path, number: int, code: int, reason: str) -> None:
    """128 and its number, as shells say it; the report says the same, and what was left out why."""
    (tmp_path / "two.yaml").write_text(FILE)
    asked, never = asyncio.Event(), asyncio.Event()

    async def reply(body: dict[str, Any]) -> str:
        if body["messages"][-1]["content"] == "Slowly":
            asked.set()
            await never.wait()
        return "Done"

    arguments = ("run", "two.yaml", "--jobs", "1", "--json", "r.json")
    async with AgentServer(reply) as agent, started(tmp_path, *arguments, AGENT_URL=agent.url) as process:
        await asked.wait()
        process.send_signal(number)
        done = await ended(process)
        never.set()
    assert done.code == code, done
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["exit_code"] == code
    assert [one["name"] for one in report["scenarios"]] == ["quick"]
    assert [(one["name"], one["reason"]) for one in report["not_run"]] == [("slow", reason)]
    with StoreReader(tmp_path / ".scenario") as reader:
        assert {row.name: row.status for row in reader.scenarios()} == {"quick": "passed", "slow": "cancelled"}
