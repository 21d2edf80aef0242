"""Dialogues that a model writes in the place of the user's line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from scenario.agents.user_simulator.both_sides import users_turn
from scenario.agents.user_simulator.line import user_line

ASKED, ANSWERED = "How warm is it in Rome?", "It is 25 degrees."


def turn(role: str, text: str) -> dict[str, str]:
    """A message."""
    return {"role": role, "content": text}


@pytest.mark.parametrize(
    "written",
    [
        f"[User] {ASKED}\n[Assistant] {ANSWERED}",
        f"1. User: {ASKED}\n2. Assistant: {ANSWERED}",
        f"Turn 1 (Customer): {ASKED}\nTurn 2 (Agent): {ANSWERED}",
        f"User - {ASKED}\nAssistant - {ANSWERED}",
        f"User → {ASKED}\nAgent → {ANSWERED}",
        f'User says: "{ASKED}"\nAssistant says: "{ANSWERED}"',
        f"> User: {ASKED}\n>\n> Assistant: {ANSWERED}",
        f"User: {ASKED}\n---\nAssistant: {ANSWERED}\n---\nUser: Thanks!",
        f"U: {ASKED}\nA: {ANSWERED}\nU: Thanks!",
        f"👤 {ASKED}\n🤖 {ANSWERED}",
        f"USER: {ASKED} ASSISTANT: {ANSWERED}",
        f"### Human: {ASKED}### Assistant: {ANSWERED}",
        f"User: {ASKED}\nFalcon: {ANSWERED}\nUser: Thanks!",
        f"User: {ASKED}\n\nWeather Agent: {ANSWERED}\n\nUser: Thanks!",
        f"Bob: {ASKED}\nAssistant: {ANSWERED}\nBob: Thanks!",
        f"{ASKED}\nAgent: {ANSWERED}",
        f"{ASKED}\n\n---\n\nAssistant: {ANSWERED}",
        json.dumps([turn("user", ASKED), turn("assistant", ANSWERED)]),
        json.dumps({"messages": [turn("user", ASKED), turn("assistant", ANSWERED)]}),
        json.dumps({"user": ASKED, "assistant": ANSWERED}),
        f"{json.dumps(turn('user', ASKED))}\n{json.dumps(turn('assistant', ANSWERED))}",
    ],
)
def test_of_both_sides_the_users_first_turn_is_said(written: str) -> None:
    """Whatever the names, the marks around them, and what stands between."""
    assert user_line(written) == ASKED


@pytest.mark.parametrize(
    "said",
    [
        "Customer: Anna Schmidt\nOrder: 4711\nAgent: Bob",
        "Agent Smith helped me.\nAgent: Smith, ticket 77",
        "I pasted the chat.\nAgent: We refund you.\nIs that true?",
        'Why does my app send {"role": "user"} twice?',
        '{"user": "bob"}',
        "[User] is what my page shows.",
        "1. User names\n2. Assistant names\nWhich is first?",
        "My list:\n- one\n- two",
    ],
)
def test_forms_lists_and_what_is_shown_stay(said: str) -> None:
    """They are the user's own words."""
    assert user_line(said) == said


@given(st.text(alphabet=st.characters(blacklist_characters="{}[]<>👤🧑🙋👩👨:-–—→", blacklist_categories=("Cs",))))
def test_a_text_without_names_stays_as_it_is(text: str) -> None:
    """Whatever it says."""
    assert users_turn(text) == text
