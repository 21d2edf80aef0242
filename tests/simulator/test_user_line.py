"""The simulated user's line: what a model wrote, without its thoughts, its template's marks and the agent's part."""

from __future__ import annotations

import pytest

from scenario.agents.user_simulator.line import user_line

SAID = "Where is my parcel?"
THOUGHT = "They want their parcel."


@pytest.mark.parametrize(
    "text",
    [
        f"<reasoning>{THOUGHT}</reasoning>\n{SAID}",
        f"<Thinking>{THOUGHT}</Thinking> {SAID}",
        f"<x:think>{THOUGHT}</x:think>{SAID}",
        f"[Reasoning]{THOUGHT}[/Reasoning]{SAID}",
        f"{THOUGHT}</think>{SAID}",
        f"{THOUGHT}◁/think▷{SAID}",
        f"<think>{THOUGHT}</think><think>{THOUGHT}</think>{SAID}",
        f"<|START_THINKING|>{THOUGHT}<|END_THINKING|>{SAID}<|END_OF_TURN_TOKEN|>",
        f'<details type="reasoning" duration="2">{THOUGHT}</details>\n\n{SAID}',
        f"<|channel|>commentary<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
        f"<|start|>assistant<|channel|>analysis<|message|>{THOUGHT}<|end|>{SAID}",
        f"<|begin_of_thought|>{THOUGHT}<|end_of_thought|><|begin_of_solution|>{SAID}<|end_of_solution|>",
        f"<start_of_turn>user\n{SAID}<end_of_turn>\n<start_of_turn>model\nIt is on its way.",
        f"{SAID}<|eot_id|>",
        f"{SAID}</s>",
        f"**User:** {SAID}",
        f"[Customer]: {SAID}",
        f"Human (Ben): {SAID}",
        f"User: {SAID}\nUser: Hello?",
        f"{SAID}\n\n**Agent (Scenario):** It is on its way.\n\n**User:** Good.",
        f"{SAID}\nAssistant: It is on its way.",
        f'{{"message": "{SAID}"}}',
        f'```json\n{{"content": "{SAID}", "emotion": "upset"}}\n```',
        f"“{SAID}”",
    ],
)
def test_only_the_user_s_words_are_said(text: str) -> None:
    """Whatever notation a model's template has."""
    assert user_line(text) == SAID


@pytest.mark.parametrize(
    "text",
    [
        "Does <think> end a sentence?",
        "My notes say: agent: none. Is that right?",
        "Hi!\n\nAI: what does that stand for?",
        'Is {"message": "x"} valid?',
        '{"a": 1} is what I got.',
        "I said “no”, and “never”.",
        "User stories: what are they?",
        "Why is [think] in brackets?",
        "Hello there\nCustomer number: 12",
    ],
)
def test_what_a_user_may_say_stays(text: str) -> None:
    """Marks that stand in the midst of a sentence, and names that are none."""
    assert user_line(text) == text


@pytest.mark.parametrize(
    "text", [f"<think>{THOUGHT}", f"[THINK]{THOUGHT}", f"<|channel|>analysis<|message|>{THOUGHT}", " "]
)
def test_thoughts_that_never_end_are_no_line(text: str) -> None:
    """They were cut: nothing has been said yet."""
    assert user_line(text) == ""
