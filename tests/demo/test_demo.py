"""`scenario demo`, as a newcomer runs it: in a process of its own."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from scenario.demo.forecast import CITIES, answer, city_in
from scenario.demo.weather_agent import weather_agent
from scenario.testing import ModelServer


async def demo(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run the command with a home folder and an environment of its own; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scenario",
        "demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"HOME": str(tmp_path), "PATH": "", **environ},
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_without_a_model_rules_play_every_part_and_it_exits_0(tmp_path: Path) -> None:
    """With nothing installed beside it and no key, the demo shows a passing and a failing scenario."""
    code, output = await demo(tmp_path, "--model", "none")
    assert code == 0, output
    assert "deterministic checks" in output
    assert "It is 18°C and partly cloudy in Paris today" in output
    assert "TTFT" in output
    assert "failed" in output
    assert "Both ended as they should" in output
    # The lint has nothing to say of the bundled agent's stream.
    assert "stream lint" not in output


async def test_with_a_base_url_the_server_s_model_plays_agent_user_and_judge(tmp_path: Path) -> None:
    """`OPENAI_BASE_URL` alone is enough: its model answers as the agent, asks as the user, and judges."""
    async with ModelServer() as server:
        code, output = await demo(tmp_path, OPENAI_BASE_URL=server.base_url)
    assert code == 0, output
    assert "what OPENAI_BASE_URL has" in output
    # Three answers, two questions (the first is scripted), one verdict.
    assert len(server.requests) == 6


async def test_a_verdict_that_is_not_as_it_should_be_exits_1(tmp_path: Path) -> None:
    """A judge that fails the first scenario makes the demo say so, and exit 1."""
    async with ModelServer(verdicts={"temperature": "failed"}) as server:
        code, output = await demo(tmp_path, OPENAI_BASE_URL=server.base_url)
    assert code == 1
    assert "was meant to pass, and did not" in output


async def test_interrupted_it_ends_in_silence(tmp_path: Path) -> None:
    """Ctrl-C: it says that it was cancelled, shows no traceback, and exits 130."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "scenario", "demo", "--model", "none"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(tmp_path), "PATH": ""},
    )
    assert process.stdout is not None
    await process.stdout.readuntil(b"User   ")
    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()
    assert process.returncode == 130
    assert "cancelled" in output.decode()
    assert errors == b""


async def test_the_agent_says_nothing_of_a_client_that_hangs_up(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that nobody waits for ends, without an error in the log."""
    question = {"messages": [{"role": "user", "content": "How is the weather in Oslo?"}]}
    async with weather_agent() as url:
        async with aiohttp.ClientSession() as session, session.post(url, json=question) as response:
            await response.content.readany()
            response.close()
        await asyncio.sleep(0.1)  # some words of the answer
    assert caplog.text == ""


@pytest.mark.parametrize("city", CITIES)
def test_every_city_of_the_table_is_found_in_a_question(city: str) -> None:
    """The agent knows the cities that it says it knows, in any case."""
    question = [{"role": "user", "content": f"how is it in {city.upper()}?"}]
    assert city_in(question[0]["content"]) == city
    assert f"{CITIES[city].celsius}°C" in answer(question)


def test_a_city_that_the_table_lacks_is_refused() -> None:
    """The agent invents nothing: it names the cities that it knows."""
    assert "I have no weather for that place" in answer([{"role": "user", "content": "And in Atlantis?"}])
