"""Stored messages as the steps that say them again."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.dialogue.message import answer_message
from scenario.files.blocks import StepBlock
from scenario.freezing.said_steps import step_of


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        ({"approve": True}, "approve"),
        ({"approve": False}, "reject"),
        ({"approve": False, "reason": "too dear"}, StepBlock(reject="too dear")),
        ({"approve": True, "reason": "fine"}, StepBlock(resume={"approve": True, "reason": "fine"})),
        ("the second one", StepBlock(resume="the second one")),
        ({"seat": 4}, StepBlock(resume={"seat": 4})),
    ],
)
def test_an_answer_to_what_an_agent_waits_for_is_given_again(answer: object, step: object) -> None:
    """In the way in which it was given, as the conversation shows it."""
    assert step_of(answer_message(answer)) == step


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system", "content": "Be short"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]},
        {"role": "user", "content": "Hi", "name": "Eve"},
        {"role": "tool", "tool_call_id": "1", "content": "20"},
    ],
)
def test_what_is_more_than_a_line_stays_a_message_as_it_is(message: dict[str, Any]) -> None:
    """With all its parts and keys."""
    assert step_of(message) == StepBlock(message=message)
