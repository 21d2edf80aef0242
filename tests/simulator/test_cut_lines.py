"""A line that stopped at a limit or a filter is asked for again, and never said by half."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.errors import ModelError, UserSimulatorError
from scenario.testing import ModelServer
from tests.judge.courts import Observed, hearing
from tests.runner.players import Says, play
from tests.simulator.test_user_simulator_agent import user_at


def ended(text: str, reason: str) -> dict[str, Any]:
    """A completion with a finish reason."""
    message = {"role": "assistant", "content": text}
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}


REASONS = ["length", "max_tokens", "MAX_TOKENS", "model_length", "content_filter", "SAFETY", "error"]


@pytest.mark.parametrize("reason", REASONS)
async def test_it_is_asked_for_again(reason: str) -> None:
    """The model is told why, and what it says then is said."""
    observed = Observed()
    async with ModelServer([ended("Where is my par", reason), "Where is it?"]) as server:
        line = await user_at(server).call(hearing([], observer=observed))
        roles = [message["role"] for message in server.requests[1].body["messages"]]
    assert line == {"role": "user", "content": "Where is it?"}
    assert roles == ["system", "user", "assistant", "user"]
    assert len(observed.calls) == 2


@pytest.mark.parametrize("reason", REASONS)
async def test_twice_is_an_error_and_the_agent_hears_nothing(reason: str) -> None:
    """It says the limit or the reason, what was cut, and the remedy."""
    agent = Says("ok")
    async with ModelServer([ended("Where is my par", reason)] * 2) as server:
        with pytest.raises(UserSimulatorError) as failed:
            await play(user_at(server, max_tokens=7), agent)
        assert len(server.requests) == 2
    said = str(failed.value)
    assert said.startswith("[UserSimulatorAgent] openai/user's line was ")
    assert "Where is my par" in said
    assert repr(reason) in said
    assert "max_tokens=" in said
    assert ("(max_tokens=7)" in said) is (reason in REASONS[:4])
    assert isinstance(failed.value.__cause__, ModelError)
    assert agent.calls == 0


@pytest.mark.parametrize("reason", ["stop", "end_turn", "eos", "stop_sequence", "", None, "something_new"])
async def test_other_ends_are_none(reason: Any) -> None:
    """The line is whole."""
    async with ModelServer([ended("Hello.", reason)]) as server:
        assert await user_at(server).call(hearing([])) == {"role": "user", "content": "Hello."}


async def test_empty_then_cut_then_whole() -> None:
    """Each of the troubles is asked about once."""
    async with ModelServer(["", ended("Wh", "length"), "Where is it?"]) as server:
        assert await user_at(server).call(hearing([])) == {"role": "user", "content": "Where is it?"}
