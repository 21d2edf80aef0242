"""Messages for templates that know fewer roles, or demand an order: nothing is lost, or moved past another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.llm.roles import alternating, ending_with_user, system_first, without_system

ROLES = st.sampled_from(["system", "developer", "user", "assistant"])
TEXTS = st.text("abc", min_size=1, max_size=3)
CONTENTS = TEXTS | st.lists(TEXTS.map(lambda text: {"type": "text", "text": text}), min_size=1, max_size=2)
CONVERSATIONS = st.lists(st.fixed_dictionaries({"role": ROLES, "content": CONTENTS}), max_size=7)
ADDED = ("Begin.", "Go on.")


def texts(messages: list[dict[str, Any]]) -> list[str]:
    """Everything that is said, in order, a word to each text."""
    said: list[str] = []
    for message in messages:
        content = message["content"]
        parts = [content] if isinstance(content, str) else [part["text"] for part in content]
        said += [text for part in parts for text in part.split("\n\n")]
    return [text for text in said if text not in ADDED]


def pairs(*turns: str) -> list[dict[str, Any]]:
    """Messages, each written as "role: text"."""
    return [dict(zip(("role", "content"), turn.split(": "), strict=True)) for turn in turns]


@given(CONVERSATIONS)
def test_everything_that_was_said_stays_in_its_order(conversation: list[dict[str, Any]]) -> None:
    """Whatever a server demands; and what was given is left as it was."""
    before = texts(conversation)
    for order in (without_system, system_first, alternating, ending_with_user):
        assert texts(order(conversation)) == before
    assert texts(conversation) == before


@given(CONVERSATIONS)
def test_what_is_demanded_is_there(conversation: list[dict[str, Any]]) -> None:
    """No system role; turns that alternate and begin with the user; the user's last word; one system message."""
    plain = without_system(conversation)
    assert not {"system", "developer"} & {message["role"] for message in plain}
    turns = [message["role"] for message in alternating(plain)]
    assert turns == [("user", "assistant")[at % 2] for at in range(len(turns))]
    assert turns
    assert [message["role"] for message in ending_with_user(conversation)][-1:] != ["assistant"]
    assert "system" not in [message["role"] for message in system_first(conversation)][1:]


@given(CONVERSATIONS)
def test_what_is_so_already_is_left(conversation: list[dict[str, Any]]) -> None:
    """A second time changes nothing."""
    for order in (without_system, alternating, ending_with_user):
        once = order(conversation)
        assert order(once) == once


def test_instructions_stand_before_what_the_user_says_first() -> None:
    """In its message; before an assistant's they are a message of their own, and later ones too."""
    assert without_system(pairs("system: s", "user: u")) == pairs("user: s\n\nu")
    assert without_system(pairs("system: s", "assistant: a")) == pairs("user: s", "assistant: a")
    assert without_system(pairs("user: u", "system: s")) == pairs("user: u", "user: s")


def test_parts_are_joined_with_texts() -> None:
    """A message of parts keeps them."""
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    joined = without_system([*pairs("system: s"), {"role": "user", "content": [picture]}])
    assert joined == [{"role": "user", "content": [{"type": "text", "text": "s"}, picture]}]


@pytest.mark.parametrize("role", ["tool", "assistant"])
def test_calls_and_their_results_stay_apart(role: str) -> None:
    """Each result belongs to its call."""
    one = {"role": role, "content": "a", "tool_calls": [{"id": "1"}]}
    messages = [*pairs("user: u"), one, {**one}]
    assert alternating(messages) == messages
