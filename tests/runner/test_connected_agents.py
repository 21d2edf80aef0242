"""Connected agents: objects with a name and an awaitable `invoke`, as participants."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.errors import AgentError
from tests.runner.players import play, said


class Connected:
    """Keeps what it is invoked with."""

    name = "booking"

    def __init__(self, *answers: Any) -> None:
        self.answers = answers
        self.calls: list[scenario.ConnectedAgentCall] = []

    async def invoke(self, call: scenario.ConnectedAgentCall) -> Any:
        self.calls.append(call)
        answer = self.answers[min(len(self.calls), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


TWO_TURNS = [scenario.user("q1"), scenario.agent(), scenario.user("q2"), scenario.agent(), scenario.succeed()]


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("text", [("assistant", "text")]),
        ({"role": "assistant", "content": "m"}, [("assistant", "m")]),
        ([{"role": "assistant", "content": "1"}, {"role": "assistant", "content": "2"}],
         [("assistant", "1"), ("assistant", "2")]),
        ({"output": "o", "session": 1}, [("assistant", "o")]),
        ({"output": {"role": "assistant", "content": "o"}}, [("assistant", "o")]),
    ],
)  # fmt: skip
async def test_it_stands_in_agents_or_is_wrapped(wrap: bool, answer: Any, expected: Any) -> None:
    """Its reply may be text, a message, messages, or an output with a session."""
    agent = Connected(answer)
    listed = scenario.ConnectedAgentAdapter(agent) if wrap else agent
    assert said(await play(listed, script=TWO_TURNS))[1 : 1 + len(expected)] == expected


async def test_its_session_comes_back_on_the_next_call() -> None:
    """None at first; of another run nothing is known."""
    agent = Connected({"output": "a", "session": {"id": 7}}, "b", "c")
    adapter = scenario.ConnectedAgentAdapter(agent)
    await play(adapter, script=TWO_TURNS)
    await play(adapter, script=TWO_TURNS)
    assert [call.session for call in agent.calls] == [None, {"id": 7}, None, None]
    assert agent.calls[0].thread_id == agent.calls[1].thread_id != agent.calls[2].thread_id


async def test_it_gets_the_conversation_and_the_parameters() -> None:
    """All messages, the new ones, the adapter's parameters overlaid by the run's."""
    agent = Connected("a")
    adapter = scenario.ConnectedAgentAdapter(agent, {"x": 1, "y": 1})
    await play(adapter, script=TWO_TURNS, parameters={"y": 2})
    call = agent.calls[1]
    assert [message["content"] for message in call.messages] == ["q1", "a", "q2"]
    assert [message["content"] for message in call.new_messages] == ["q2"]
    assert call.parameters == {"x": 1, "y": 2}


async def test_its_failure_is_told_with_its_name() -> None:
    """A RuntimeError with the original as its cause."""
    error = ValueError("full")
    with pytest.raises(AgentError, match=r"\[booking\] full") as caught:
        await play(Connected(error), script=TWO_TURNS)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("agent", [None, 5, object(), "name"])
def test_a_wrong_object_in_the_wrapper_is_a_type_error(agent: Any) -> None:
    """It needs a name and `invoke`."""
    with pytest.raises(TypeError, match="no connected agent"):
        scenario.ConnectedAgentAdapter(agent)
