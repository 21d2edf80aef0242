"""`scenario view` as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp

from tests.viewer.conftest import Recorded


async def _started(*arguments: str, store: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "scenario", "view", "--no-browser", "--store", str(store), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


async def test_it_prints_an_address_that_opens_and_ends_with_ctrl_c(recorded: Recorded) -> None:
    """The address that is printed answers; an interrupt ends it at once, with 0 and no traceback, streams or not."""
    process = await _started(store=recorded.store)
    assert process.stdout is not None
    async with asyncio.timeout(30):
        await process.stdout.readline()
        address = (await process.stdout.readline()).decode().strip()
        origin, _, token = address.partition("/#token=")
        known = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as http, http.get(f"{origin}/api/events", headers=known) as response:
            assert response.status == 200
            await response.content.readany()
            process.send_signal(signal.SIGINT)
            out, errors = await process.communicate()
    assert process.returncode == 0
    assert out.decode().endswith("Ended.\n")
    assert errors == b""


async def test_a_store_that_is_not_there_is_a_matter_of_usage(tmp_path: Path) -> None:
    """The command ends with 2, and says what to do."""
    process = await _started(store=tmp_path / "nowhere")
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"There is no store at" in errors
