"""Models that play the user and judge are recorded and played like agents: without a key, a network or a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.errors import JudgeError
from scenario.testing import AgentServer, ModelServer
from tests.cassette.sockets import sockets_noted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cassette is to be."""
    return tmp_path / "talk.cassette"


async def play(url: str, path: Path, mode: str, **model: Any) -> scenario.ScenarioResult:
    """A free conversation of two turns, with a simulated user and a judge."""
    return await scenario.run(
        name="a talk",
        description="A traveller asks about the weather.",
        agents=[
            scenario.RemoteAgent(url),
            scenario.UserSimulatorAgent(**model),
            scenario.JudgeAgent(criteria=["The agent answers"], **model),
        ],
        max_turns=2,
        verbose=False,
        cassette=scenario.Cassette(str(path), mode=mode),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "habits",
    [
        {},
        {"refuse": ["temperature", "tools"]},
        {"statuses": [503], "retry_after": "0"},
        {"verdicts": {"answers": "failed"}},
    ],
    ids=["usual", "refuses", "overloaded", "fails"],
)
async def test_user_and_judge_are_played_without_a_key_or_a_socket(
    habits: dict[str, Any], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server refused, and whatever this process has learnt of it since."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-" + "k3y" * 12)
    async with AgentServer("Sunny, 21 degrees.") as agent, ModelServer(**habits) as server:
        model = {"model": "openai/test-model", "api_base": server.base_url}
        live = await play(agent.url, path, "record", **model)
        asked = len(server.requests)
        again = await play(agent.url, path.with_name("again.cassette"), "record", **model)
        assert len(server.requests) - asked in (asked, asked - 1), "each recorded run asks as the first one did"
    monkeypatch.delenv("OPENAI_API_KEY")
    with sockets_noted() as opened:
        played = await play("http://127.0.0.1:1/chat", path, "replay", **model)
        second = await play("http://127.0.0.1:1/chat", path, "replay", **model)
    assert not opened
    assert played.model_dump_json() == second.model_dump_json()
    for other in (played, again):
        assert (other.messages, other.success, other.criteria) == (live.messages, live.success, live.criteria)
    assert b"k3y" not in path.read_bytes()  # noqa: ASYNC240 - a small file


async def test_a_model_that_was_found_by_the_environment_is_found_in_the_cassette(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever this machine would find, or if it has none at all."""
    async with AgentServer("Sunny, 21 degrees.") as agent, ModelServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        live = await play(agent.url, path, "auto")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "SCENARIO_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CI", "1")  # where no other model is looked for
    scenario.configure(cassette=str(path), cassette_mode="replay")
    try:
        played = await play("http://127.0.0.1:1/chat", path, "replay")
    finally:
        scenario.configure(cassette=None)
    assert played.messages == live.messages


async def test_a_changed_criterion_is_not_judged_by_the_old_answer(path: Path) -> None:
    """The error shows where the question differs."""
    async with AgentServer("Sunny") as agent, ModelServer() as server:
        model = {"model": "openai/test-model", "api_base": server.base_url}

        async def judged(criterion: str, mode: str) -> scenario.ScenarioResult:
            return await scenario.run(
                name="judged",
                description="",
                agents=[scenario.RemoteAgent(agent.url), scenario.JudgeAgent(criteria=[criterion], **model)],
                script=[scenario.user("Hi"), scenario.agent(), scenario.judge()],
                verbose=False,
                cassette=scenario.Cassette(str(path), mode=mode),  # type: ignore[arg-type]
            )

        assert (await judged("It says sunny", "record")).success
        with pytest.raises(JudgeError, match=r"(?s)nearest one.*sunny.*recorded") as error:
            await judged("It says rainy", "replay")
        assert error.value.fault == "configuration"
