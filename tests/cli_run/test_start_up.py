"""What `scenario run` loads: what a scenario needs, and not what others would."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import ended, environment

HEAVY = (
    "scenario.agents.judge.agent",
    "scenario.agents.user_simulator.agent",
    "scenario.report.files.html",
    "xml.etree.ElementTree",
    "difflib",
    "html.entities",
    "importlib.metadata",
    "jmespath",
    "statistics",
)
_LISTING = f"""
import sys
from scenario.__main__ import main
try:
    main()
finally:
    print("loaded:", *(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""


_COMPILING = """
import re._compiler, sys
from scenario.__main__ import main
compile, early = re._compiler.compile, set()
def compiled(pattern, flags=0):
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") in ("re", "functools"):
        frame = frame.f_back
    if frame.f_globals.get("__name__", "").startswith("scenario.") and frame.f_code.co_name == "<module>":
        early.add(f"{frame.f_code.co_filename}:{frame.f_lineno}")
    return compile(pattern, flags)
re._compiler.compile = compiled
try:
    main()
finally:
    print("loaded:", *early, file=sys.stderr)
"""


async def loaded(folder: Path, *arguments: str, code: str = _LISTING, **more: str) -> set[str]:
    """Which of the heavy modules a command has loaded by its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *arguments),
        cwd=folder,
        env=environment(folder, COVERAGE_PROCESS_CONFIG="", **more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    done = await ended(process)
    assert done.code == 0, done
    return set(done.err.partition("loaded:")[2].split())


async def test_a_scripted_run_loads_neither_judge_nor_simulator_nor_pages(tmp_path: Path) -> None:
    """A script without models does not wait for what only models and reports need."""
    file = tmp_path / "one.yaml"
    file.write_text("agent: $env.AGENT_URL\nscript: [{user: hi}, agent, succeed]\n")
    async with AgentServer("fine") as agent:
        assert await loaded(tmp_path, "run", "one.yaml", AGENT_URL=agent.url) == set()


async def test_a_scripted_run_compiles_no_pattern_before_it_is_used(tmp_path: Path) -> None:
    """Hundreds of patterns would be compiled at each start, of which a run uses a few."""
    file = tmp_path / "one.yaml"
    file.write_text("agent: $env.AGENT_URL\nscript: [{user: hi}, agent, succeed]\n")
    async with AgentServer("fine") as agent:
        assert await loaded(tmp_path, "run", "one.yaml", code=_COMPILING, AGENT_URL=agent.url) == set()


@pytest.mark.parametrize(
    ("steps", "module"),
    [
        ("[{user: hi}, agent, judge]\njudge: [It answers]", "scenario.agents.judge.agent"),
        ("[user, agent, succeed]", "scenario.agents.user_simulator.agent"),
    ],
)
async def test_who_is_needed_is_there(steps: str, module: str, tmp_path: Path) -> None:
    """A scenario with a judge or a simulated user is played as ever, with what it needs."""
    (tmp_path / "one.yaml").write_text(f"agent: $env.AGENT_URL\nmodel: openai/m\nscript: {steps}\n")
    async with AgentServer("fine") as agent, ModelServer() as models:
        keys = {"AGENT_URL": agent.url, "OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k"}
        assert module in await loaded(tmp_path, "run", "one.yaml", **keys)
