"""Servers as they are: each is judged and simulated by without a setting, and asked only once what it takes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.llm import learned
from scenario.llm.learned import Learned
from scenario.llm.resolve import ModelSettings, resolve_model
from tests.llm.odd_server import OddServer
from tests.llm.public_servers import HABITS, Habit


class Agent(scenario.AgentAdapter):
    """The agent under test."""

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002
        """Its one answer."""
        await asyncio.sleep(0)
        return "It is 20 °C in Oslo."


async def play(server: OddServer, **settings: Any) -> scenario.ScenarioResult:
    """One line of a simulated user, an answer, and a verdict, by new participants."""
    model = scenario.ModelConfig("openai/m", api_base=f"{server.url}/v1", api_key="k-12345678", **settings)
    return await scenario.run(
        name="weather",
        description="A traveller asks about the weather.",
        agents=[
            Agent(),
            scenario.UserSimulatorAgent(model=model),
            scenario.JudgeAgent(criteria=["It names a temperature"], model=model),
        ],
        script=[scenario.user(), scenario.agent(), scenario.judge()],
        verbose=False,
    )


def known_of(server: OddServer) -> str:
    """What is remembered of it, in words."""
    target = resolve_model(ModelSettings(model="openai/m", api_base=f"{server.url}/v1"), {})
    return Learned(target, os.environ).needs.in_words


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.name)
async def test_a_server_is_asked_as_it_wants_to_be_and_only_once_what_it_wants(habit: Habit) -> None:
    """A first run succeeds; a second one, and one of another process, sends two requests: a line and a verdict."""
    async with habit.server() as server:
        assert (await play(server, **habit.settings)).success
        first = len(server.asked)
        assert habit.words in known_of(server)
        assert (await play(server, **habit.settings)).success
        second = len(server.asked)
        learned.forget_memory()
        assert (await play(server, **habit.settings)).success
    assert (first, second - first, len(server.asked) - second) == (habit.first, 2, 2)


_ELSEWHERE = """
import asyncio, sys
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
target = resolve_model(ModelSettings(model="openai/m", api_base=sys.argv[1]), {})
question = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
print(asyncio.run(open_model(target).complete(question)).reply.text)
"""


async def test_another_process_knows_it_too() -> None:
    """Its first request is taken."""
    habit = next(habit for habit in HABITS if habit.name == "no-system")
    async with habit.server() as server:
        await play(server)
        before = len(server.asked)
        arguments = (sys.executable, "-c", _ELSEWHERE, f"{server.url}/v1")
        process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
    assert (out.decode().strip(), len(server.asked) - before) == ("Hello, I need some help.", 1)


async def test_what_is_usual_leaves_no_file(tmp_path: Path) -> None:
    """A server that takes everything teaches nothing."""
    async with Habit(name="usual", first=2, words="").server() as server:
        assert (await play(server)).success
    assert not (tmp_path / "cache").exists()
