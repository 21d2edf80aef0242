"""An agent stops for a human, the script answers, and the agent goes on: over the wire, in each dialect's own way."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from tests.human_input.agents import (
    A2A,
    FINAL,
    Adk,
    AgUi,
    Asking,
    LangGraph,
    LangGraphQuestion,
    Make,
    Mcp,
    Responses,
    VercelUi,
)
from tests.runner.players import judge, play, said, user, verdict
from tests.websocket.http_server import serving

PAY = scenario.user("Pay the bill.")


async def run(
    agent: Asking, *script: Any, protocol: str = "auto", others: Any = (), **settings: Any
) -> scenario.ScenarioResult:
    """A run against this agent."""
    async with serving(agent.handle) as url:
        remote = scenario.RemoteAgent(url.removesuffix("/chat") + agent.path, protocol=protocol, **settings)
        return await play(remote, *others, script=script or None)


def stops(state: scenario.ScenarioState) -> None:
    """A check: what the reply waits for is in the state."""
    assert state.interrupt is not None
    assert state.interrupt == state.last_exchange.reply.interrupt


def goes_on(state: scenario.ScenarioState) -> None:
    """A check: it has been answered, and the agent has gone on."""
    assert state.interrupt is None
    assert state.last_agent_message() == FINAL


YES = [
    (
        AgUi, "ag-ui", "agui-interrupt", "tool_approval\ninput",
        [
            {"interruptId": "i1", "status": "resolved", "payload": {"ok": True}},
            {"interruptId": "i2", "status": "resolved", "payload": {"approved": True}},
        ],
    ),
    (A2A, "auto", "input-required", "Which city?", [{"text": "yes"}]),
    (VercelUi, "vercel-ui", "tool-approval-request", None,
     [{"id": "aitxt-PpDBB3TGvAwYFJ7uDuNyoNji", "approved": True}]),
    (LangGraph, "langgraph", "langgraph-interrupt", "Pay 5 euros?", {"decisions": [{"type": "approve"}]}),
    (Adk, "auto", "adk_request_confirmation", "Pay 5 euros?",
     [{"id": "adk-1", "name": "adk_request_confirmation", "response": {"confirmed": True}}]),
    (Mcp, "auto", "elicitation", "Pay 5 euros?", {"ask": {"action": "accept", "content": {"sure": True}}}),
    (Responses, "auto", "mcp_approval_request", 'pay({"eur":5})',
     [{"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "protocol", "kind", "question", "answer"), YES)
async def test_a_human_says_yes(make: Make, protocol: str, kind: str, question: str | None, answer: Any) -> None:
    """Asked, approved, answered; the conversation shows what a person would have seen."""
    agent = make()
    kinds: list[str] = []

    def note(state: scenario.ScenarioState) -> None:
        kinds.append(state.interrupt["kind"])

    script = [PAY, scenario.agent(), stops, note, scenario.approve(), goes_on, scenario.succeed()]
    result = await run(agent, *script, protocol=protocol)
    assert (result.success, result.interrupt) == (True, None)
    assert kinds == [kind]
    assert agent.answers == [answer]
    lines = said(result)
    assert lines[-2:] == [("user", "Approved."), ("assistant", FINAL)]
    assert question is None or ("assistant", question) in lines
    assert [exchange.outcome for exchange in result.exchanges] == ["complete", "complete"]


NO = [
    (AgUi, "ag-ui", {"approved": False, "reason": "too much"}),
    (A2A, "auto", {"text": "too much"}),
    (VercelUi, "vercel-ui", {"id": "aitxt-PpDBB3TGvAwYFJ7uDuNyoNji", "approved": False, "reason": "too much"}),
    (LangGraph, "langgraph", {"type": "reject", "message": "too much"}),
    (Adk, "auto", {"confirmed": False, "payload": {"reason": "too much"}}),
    (Mcp, "auto", {"action": "decline"}),
    (Responses, "auto", {"reason": "too much"}),
]


@pytest.mark.parametrize(("make", "protocol", "part"), NO)
async def test_a_human_says_no(make: Make, protocol: str, part: dict[str, Any]) -> None:
    """With the reason, where the dialect has a place for one."""
    agent = make()
    script = [PAY, scenario.agent(), scenario.reject("too much"), goes_on, scenario.succeed()]
    result = await run(agent, *script, protocol=protocol)
    assert said(result)[-2] == ("user", "Rejected: too much")
    (answer,) = agent.answers
    assert any(part.items() <= found.items() for found in _mappings(answer))


def _mappings(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for one in value for found in _mappings(one)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for one in value.values() for found in _mappings(one))]


@pytest.mark.parametrize(
    ("make", "value", "answer"),
    [
        (A2A, "Paris", [{"text": "Paris"}]),
        (A2A, {"city": "Paris"}, [{"data": {"city": "Paris"}}]),
        (LangGraph, {"decisions": [{"type": "edit"}]}, {"decisions": [{"type": "edit"}]}),
        (LangGraphQuestion, "savings", "savings"),
        (Mcp, {"action": "cancel"}, {"ask": {"action": "cancel"}}),
        (Mcp, {"sure": True}, {"ask": {"action": "accept", "content": {"sure": True}}}),
    ],
)
async def test_a_value_is_handed_over_as_the_dialect_takes_it(make: Make, value: Any, answer: Any) -> None:
    """Text, fields, or the protocol's own words."""
    agent = make()
    protocol = "langgraph" if isinstance(agent, LangGraph) else "auto"
    await run(agent, PAY, scenario.agent(), scenario.resume(value), goes_on, scenario.succeed(), protocol=protocol)
    assert agent.answers == [answer]


async def test_the_question_and_the_answer_are_shown_and_not_sent() -> None:
    """The agent knows what it asked, and is answered in its own way: a message more could break its history."""
    agent = AgUi()
    script = [PAY, scenario.agent(), scenario.approve(), scenario.user("Thanks."), scenario.agent(), scenario.succeed()]
    result = await run(agent, *script, protocol="ag-ui")
    roles = [[message["role"] for message in turn["messages"]] for turn in agent.turns]
    assert roles == [["user"], ["user", "assistant"], ["user", "assistant", "assistant", "user"]]
    assert "toolCalls" in agent.turns[1]["messages"][1]
    assert [role for role, _ in said(result)][:4] == ["user", "assistant", "assistant", "user"]


async def test_a_question_that_was_detected_is_answered_in_its_dialect() -> None:
    """Also where the request before was put as home-made endpoints are asked."""
    agent = VercelUi()
    result = await run(agent, PAY, scenario.agent(), scenario.approve(), goes_on, scenario.succeed())
    assert result.success
    assert [answer["approved"] for answer in agent.answers[0]] == [True]


@pytest.mark.parametrize(("make", "answer"), [(A2A, [{"text": "From savings."}]), (LangGraphQuestion, "From savings.")])
async def test_words_answer_a_question(make: Make, answer: Any) -> None:
    """In free play the user's next line is the answer, where the agent asks an open question."""
    agent = make()
    others = (user("Pay the bill.", "From savings."), judge([], verdict(reasoning="paid")))
    result = await run(agent, protocol="langgraph" if isinstance(agent, LangGraph) else "auto", others=others)
    assert (result.success, result.reasoning, result.interrupt) == (True, "paid", None)
    assert agent.answers == [answer]
    question = "Which account?" if isinstance(agent, LangGraph) else "Which city?"
    assert said(result)[1:] == [("assistant", question), ("user", "From savings."), ("assistant", FINAL)]


@pytest.mark.parametrize("make", [AgUi, VercelUi, LangGraph, Adk, Mcp, Responses])
async def test_words_do_not_answer_an_approval(make: Make) -> None:
    """Free play ends there, and says what is waited for and how to answer it; the agent is not asked again."""
    agent = make()
    protocol = {AgUi: "ag-ui", VercelUi: "vercel-ui", LangGraph: "langgraph"}.get(type(agent), "auto")
    result = await run(agent, protocol=protocol, others=(user("Pay the bill."),))
    assert not result.success
    assert result.interrupt is not None
    assert "scenario.approve()" in str(result.reasoning)
    assert result.interrupt["kind"] in str(result.reasoning)
    assert len(agent.turns) == 1


async def test_a_callback_may_answer_in_free_play() -> None:
    """`on_step` comes right after the agent has spoken."""
    agent = LangGraph()

    async def say_yes(state: scenario.ScenarioState) -> None:
        if state.interrupt is not None:
            await scenario.approve()(state)

    script = [scenario.proceed(on_step=say_yes)]
    result = await run(agent, *script, protocol="langgraph", others=(user("Pay."), judge(verdict(reasoning="paid"))))
    assert (result.success, result.reasoning, result.interrupt) == (True, "paid", None)
    assert said(result)[-1] == ("assistant", FINAL)


async def test_a_body_of_ones_own_gets_the_answer_at_its_placeholder() -> None:
    """$resume; left out while there is nothing to answer."""
    agent = LangGraphQuestion()
    body = {"assistant_id": "agent", "input": {"text": "$message"}, "command": {"resume": "$resume"}}
    script = [PAY, scenario.agent(), scenario.resume("savings"), goes_on, scenario.succeed()]
    await run(agent, *script, protocol="langgraph", request=body)
    assert agent.turns == [
        {"assistant_id": "agent", "input": {"text": "Pay the bill."}, "command": {}},
        {"assistant_id": "agent", "input": {"text": "savings"}, "command": {"resume": "savings"}},
    ]
