"""Conversations to judge, and verdicts to give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import scenario
from scenario.config import ScenarioConfig
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.types import Judgment, Message, Usage

WEATHER: list[Message] = [
    {"role": "user", "content": "How warm is it in Paris?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": '{"celsius": 20}'},
    {"role": "assistant", "content": "It is 20 °C\nin Paris — “mild”."},
]


class Observed:
    """What a participant reports."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Usage, float | None]] = []
        self.judgments: list[Judgment] = []

    def text_delta(self, text: str) -> None:
        """Ignore it."""

    def exchange_recorded(self, exchange: object) -> None:
        """Ignore it."""

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:
        """Note it."""
        self.calls.append((model, usage, cost))

    def keeps_secret(self, secrets: object) -> None:
        pass

    def judgment_given(self, judgment: Judgment) -> None:
        """Note it."""
        self.judgments.append(judgment)


class State:
    """As much of a run's state as participants read."""

    def __init__(self, *, description: str = "A traveller asks.", turn: int = 0, **settings: Any) -> None:
        self.description = description
        self.current_turn = turn
        self.config = ScenarioConfig(**settings)


def hearing(
    messages: list[Message] | None = None,
    *,
    request: scenario.JudgmentRequest | None = None,
    state: State | None = None,
    observer: Observed | None = None,
) -> scenario.AgentInput:
    """What a judge is handed; in free play without `request`."""
    shown = WEATHER if messages is None else messages
    return scenario.AgentInput(
        thread_id="t",
        messages=shown,
        new_messages=shown,
        judgment_request=request,
        scenario_state=state or State(),  # type: ignore[arg-type]  # a stand-in
        observer=observer,
    )


def forced(criteria: list[str] | None = None, context: str | None = None) -> scenario.JudgmentRequest:
    """A verdict is demanded."""
    return scenario.JudgmentRequest(criteria=criteria, additional_context=context)


def judge_at(server: ModelServer, criteria: Sequence[Any], **settings: Any) -> scenario.JudgeAgent:
    """A judge whose model is at that server."""
    return scenario.JudgeAgent(criteria=criteria, model="openai/judge", api_base=server.base_url, **settings)


def finish(criteria: Any, reasoning: str = "So it is.") -> ModelReply:
    """A model's verdict."""
    return ModelReply(tools=(ToolUse(name="finish_test", arguments={"criteria": criteria, "reasoning": reasoning}),))


def item(status: Any, **details: Any) -> dict[str, Any]:
    """The verdict on one criterion."""
    return {"requirement": "r", "reasoning": "because", "quote": "", "message_index": -1, "status": status, **details}
