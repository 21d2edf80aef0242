"""A process that is killed at any moment, and `--resume`: each scenario's verdict exactly once."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scenario.testing import AgentServer
from tests.cli_run.command import UNMEASURED, ended, started, typed

FILE = """\
agent: $env.AGENT_URL
name: number ${n}
parameters: {matrix: {n: NUMBERS}}
script: [{user: "first ${n}"}, agent, {user: "second ${n}"}, agent, {check: {text_lacks: bad}}, succeed]
"""


class KillingAgent:
    """Answers, and kills the process that asks at one of its requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.kill_at = 0
        self.process: Any = None

    def __call__(self, body: dict[str, Any]) -> str:
        self.requests += 1
        if self.requests == self.kill_at:
            self.process.kill()
        number = int(str(body["messages"][-1]["content"]).split()[-1])
        return "bad" if number % 10 == 0 else "good"


def verdicts(folder: Path) -> list[tuple[str, str]]:
    """Each scenario in the store that ended, with its verdict."""
    with sqlite3.connect(folder / ".scenario" / "scenario.db") as connection:
        rows = connection.execute(
            "SELECT name, status FROM scenarios WHERE status IN ('passed', 'failed', 'undecided', 'invalid')"
        )
        found = [(str(name), str(status)) for name, status in rows]
    connection.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "scenarios"), [*((seed, 60) for seed in range(17)), (17, 200), (18, 200), (19, 200)])
async def test_a_killed_run_is_gone_on_with(
    seed: int, scenarios: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at a random request of two for each scenario, then resumed: nothing is lost, nothing is doubled."""
    (tmp_path / "numbers.yaml").write_text(FILE.replace("NUMBERS", str(list(range(scenarios)))))
    expected = {f"number {n}": "failed" if n % 10 == 0 else "passed" for n in range(scenarios)}
    agent = KillingAgent()
    # The first time at the first request of all, when hardly anything is stored.
    agent.kill_at = random.Random(seed).randint(1, 2 * scenarios) if seed else 1  # noqa: S311 - no secret
    async with AgentServer(agent) as server:
        variables = {"AGENT_URL": server.url, **UNMEASURED}
        async with started(tmp_path, "run", "numbers.yaml", "--jobs", "16", **variables) as process:
            agent.process = process
            assert (await ended(process)).code != 0
        stored = verdicts(tmp_path) if (tmp_path / ".scenario" / "scenario.db").exists() else []
        done_before = len(stored)
        assert done_before < scenarios
        monkeypatch.chdir(tmp_path)
        done = await typed("run", "numbers.yaml", "--resume", "--jobs", "16", "--json", "r.json", **variables)
    assert done.code == 1, done
    assert f"{done_before} done before" in done.out or not done_before
    report = json.loads((tmp_path / "r.json").read_text())
    assert {one["name"]: one["outcome"] for one in report["scenarios"]} == expected
    assert len(report["scenarios"]) == scenarios
    stored_report = await typed("report", "last", "--format", "json", "--store", str(tmp_path / ".scenario"))
    assert {one["name"]: one["outcome"] for one in json.loads(stored_report.out)["scenarios"]} == expected
    assert len(json.loads(stored_report.out)["scenarios"]) == scenarios, "what was given up is not told beside it"
    counts = Counter(verdicts(tmp_path))
    assert set(counts.values()) == {1}
    assert dict(counts.keys()) == expected
