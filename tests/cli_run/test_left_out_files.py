"""A folder run says which files it left out, and refuses to pass over one that was meant to be a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.testing import AgentServer
from tests.cli_run.command import typed

GOOD = "agent: $env.AGENT_URL\nscript: [{user: hi}, agent, succeed]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one scenario and files of other programs; it is where the command is typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "good.yaml").write_text(GOOD)
    for name in ("package.json", "tsconfig.json", "data.json", "more.json"):
        (tmp_path / "scenarios" / name).write_text("{}")
    return tmp_path / "scenarios"


@pytest.mark.usefixtures("folder")
async def test_other_programs_files_are_one_line() -> None:
    """By their number, with the first names; the run goes as ever. Nothing of it is on standard output."""
    async with AgentServer("fine") as server:
        done = await typed("run", "--no-store", AGENT_URL=server.url)
    names = "scenarios/data.json, scenarios/more.json, scenarios/package.json, ..."
    assert done.err == f"Left out: 4 files that hold no scenario ({names}); -v says why.\n"
    assert (done.code, "Left out" in done.out) == (0, False)


async def test_verbose_lists_each_with_its_reason(folder: Path) -> None:
    """`-v`: a line for each file."""
    (folder / "template.yaml").write_text("image: {{ x }}\n")
    async with AgentServer("fine") as server:
        done = await typed("run", "--no-store", "-v", AGENT_URL=server.url)
    lines = [line for line in done.err.splitlines() if line.startswith("Left out: ")]
    assert len(lines) == 5
    assert "Left out: scenarios/package.json: another program's file" in lines
    assert any(line.startswith("Left out: scenarios/template.yaml: ") for line in lines)


async def test_a_report_beside_the_scenarios_is_none_of_them(folder: Path) -> None:
    """The same command typed again writes it again; what has other names beside `scenarios` is read as ever."""
    command = ("run", "--no-store", "-v", "--json", "scenarios/report.json")
    async with AgentServer("fine") as server:
        codes = [(await typed(*command, AGENT_URL=server.url)).code for _ in range(2)]
        done = await typed(*command, AGENT_URL=server.url)
        (folder / "wrong.json").write_text('{"version": 3, "totals": {}, "scenarios": []}')
        wrong = await typed(*command, AGENT_URL=server.url)
    assert (codes, done.code) == ([0, 0], 0)
    assert "Left out: scenarios/report.json: it is a report of what was run" in done.err
    assert (wrong.code, "wrong.json" in wrong.err) == (2, True)


async def test_a_name_that_is_nearly_ours_is_told_loudly(folder: Path) -> None:
    """One name alone may be another program's: it is told on a line of its own, and fails nothing."""
    (folder / "team.yaml").write_text("name: x\nagents: [a, b]\n")
    async with AgentServer("fine") as server:
        done = await typed("run", "--no-store", AGENT_URL=server.url)
    assert "Left out: scenarios/team.yaml:2: it has 'agents' and no 'agent'. Did you mean that?" in done.err
    assert done.code == 0


async def test_a_scenario_with_a_wrong_name_does_not_go_missing(folder: Path) -> None:
    """`agents:` beside `user:`: exit code 2, nothing runs, and the file, the line and the name are told."""
    (folder / "wrong.yaml").write_text("user: a customer\nagents: http://127.0.0.1:1/chat\n")
    async with AgentServer("fine") as server:
        done = await typed("run", "--no-store", AGENT_URL=server.url)
    assert "scenarios/wrong.yaml:2: it has 'agents' and no 'agent'. Did you mean that?" in done.err
    assert (done.code, len(server.requests)) == (2, 0)
