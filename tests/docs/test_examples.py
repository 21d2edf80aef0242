"""The examples run as they stand there, against the agent that stands beside them."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from aiohttp import web

from scenario.testing import ModelServer

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded(name: str) -> ModuleType:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_examples_pass() -> None:
    """`pytest examples` passes: each of its tests, in a pytest of its own."""
    runner = web.AppRunner(loaded("weather_agent").application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ModelServer() as model:
        environ = os.environ | {
            "AGENT_URL": f"http://127.0.0.1:{runner.addresses[0][1]}/chat",
            "OPENAI_BASE_URL": model.base_url,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "-q", "-o", "asyncio_mode=auto", "-o", "addopts=", str(EXAMPLES)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environ,
            cwd=EXAMPLES,
        )
        output, _ = await process.communicate()
    await runner.cleanup()
    assert process.returncode == 0, output.decode()
    assert "4 passed" in output.decode()
    # Whoever takes the agent for a pattern takes a stream in which the lint finds nothing.
    assert "stream lint" not in output.decode()
