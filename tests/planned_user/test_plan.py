"""What a planned user says next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario import PlannedTurn, Slot
from scenario.agents.planned_user.next_line import next_line
from scenario.agents.planned_user.plan import DialoguePlan, checked_plan
from scenario.errors import ConfigurationError, UserSimulatorError
from scenario.types import Message

GIVES_UP = "That does not help me. Goodbye."


def played(plan: DialoguePlan, *answers: str, most: int = 30) -> list[str]:
    """The user's lines where the agent gives these answers, the last one for ever."""
    messages: list[Message] = []
    lines: list[str] = []
    for turn in range(most):
        line = next_line(plan, messages)
        if line is None:
            return lines
        lines.append(line.text)
        messages.append({"role": "user", "content": line.text})
        messages.append({"role": "assistant", "content": answers[min(turn, len(answers) - 1)]})
    raise AssertionError(f"it goes on and on: {lines}")


def test_lines_are_said_in_order_and_conditional_ones_when_their_time_has_come() -> None:
    """Each once; what waits for words of the agent's comes before the next line in order, or never."""
    plan = checked_plan(
        ["Hello", PlannedTurn("How long does it take?", when="REFUND"), PlannedTurn("Never", when="nowhere"), "Thanks"]
    )
    assert played(plan, "Hi.", "You get a refund.", "Two days.") == ["Hello", "Thanks", "How long does it take?"]
    assert played(plan, "A refund, then.", "Two days.") == ["Hello", "How long does it take?", "Thanks"]
    assert played(plan, "Hi.") == ["Hello", "Thanks"]


@pytest.mark.parametrize(
    ("when", "heard", "holds"),
    [
        ("two  DAYS", "It takes two\ndays.", True),
        ("two days", "It takes three days.", False),
        (re.compile(r"\d+ days"), "It takes 12 days.", True),
        (re.compile(r"^\d+ days"), "It takes 12 days.", False),
        (lambda heard: len(heard) > 3, "Long", True),
        (lambda heard: len(heard) > 3, "No", False),
    ],
)
def test_a_condition_is_a_text_a_pattern_or_a_function(when: Any, heard: str, holds: bool) -> None:
    """Of what the agent has said since the user's last line."""
    plan = checked_plan(["Hello", PlannedTurn("So", when=when)])
    assert played(plan, heard, "") == (["Hello", "So"] if holds else ["Hello"])


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("What is your order number?", "The order number is 4711."),
        ("Please enter the ORDER NUMBER.", "The order number is 4711."),
        ("Gern. Wie lautet Ihre Ordernummer, bitte? Danke.", "The order number is 4711."),
        ("Your postcode and order number?", "The order number is 4711. My zip is 1010."),
        ("I see. Which zip is it", None),
        ("The order number is on the parcel.", None),
        ("What else? The order number is on the parcel.", None),
        ("Which preorder numbers?", None),
        ("REF#?", "The order number is 4711."),
    ],
)
def test_slots_are_told_when_they_are_asked_for(heard: str, told: str | None) -> None:
    """In a question or a request that names them; a mention is no question, and a part of a word is no word."""
    slots = {
        "order number": Slot("4711", asked=["Ordernummer", re.compile("REF#")]),
        "postcode": Slot("1010", asked=["zip"], says="My zip is {value}."),
    }
    plan = checked_plan(["Hello", "Well"], slots=slots)
    assert played(plan, heard, "Fine.")[1] == (told or "Well")


def test_who_is_asked_too_often_gives_up() -> None:
    """The first time and `patience` more; another slot has a patience of its own."""
    plan = checked_plan(["Hello"], slots={"order number": 4711, "name": "Ann"}, patience=1)
    told = "The order number is 4711."
    assert played(plan, "Order number?") == ["Hello", told, told, GIVES_UP]
    assert played(plan, "Order number?", "Your name?", "Order number?", "Thanks.") == [
        "Hello",
        told,
        "The name is Ann.",
        told,
    ]


def test_who_is_not_content_insists_and_gives_up() -> None:
    """What makes it content ends it at once, with its farewell."""
    plan = checked_plan(
        ["Refund {order}!", "Now!"],
        slots={"order": "4711"},
        done_when="on its way",
        persistence=3,
        insists=["Please!", "I insist on {order}."],
        farewell="Thanks.",
    )
    assert played(plan, "No.") == ["Refund 4711!", "Now!", "Please!", "I insist on 4711.", "Please!", GIVES_UP]
    assert played(plan, "It is on its way. Order?") == ["Refund 4711!", "Thanks."]
    turned = ["Refund 4711!", "Now!", "Please!", "I insist on 4711.", "Thanks."]
    assert played(plan, "No.", "No.", "No.", "It is ON ITS WAY") == turned
    silent = checked_plan(["Refund!"], done_when="way", persistence=0)
    assert played(silent, "On its way") == ["Refund!"]
    assert played(silent, "No") == ["Refund!", GIVES_UP]


def test_lines_of_a_script_are_none_of_the_plan_s() -> None:
    """Unless they are what it would have said; what an agent said before them is heard no more."""
    plan = checked_plan(["Hello", "Bye"])
    said: list[Message] = [{"role": "user", "content": "Something else"}, {"role": "assistant", "content": "Yes?"}]
    line = next_line(plan, said)
    assert line is not None
    assert line.text == "Hello"
    line = next_line(plan, [{"role": "user", "content": "Hello"}, {"role": "tool", "content": "Order number?"}])
    assert line is not None
    assert line.text == "Bye"


def test_who_is_content_says_nothing_more() -> None:
    """Without a farewell as with one, whatever a script lets the conversation be afterwards."""
    plan = checked_plan(["Refund!", "Now!"], done_when="done")
    said: list[Message] = [{"role": "user", "content": "Refund!"}, {"role": "assistant", "content": "It is done."}]
    assert next_line(plan, said) is None
    said += [{"role": "user", "content": "Scripted"}, {"role": "assistant", "content": "Anything else?"}]
    assert next_line(plan, said) is None


def test_a_condition_that_says_neither_is_told() -> None:
    """It decides what the user says, and so does a mistake in it."""
    plan = checked_plan(["Hello", PlannedTurn("So", when=lambda heard: 1)])
    with pytest.raises(UserSimulatorError, match="return True or False"):
        played(plan, "Hi")


_WORDS = st.lists(st.sampled_from(["order?", "name?", "done", "refund", "please order", "x"]), max_size=3).map(" ".join)


@given(
    st.lists(st.sampled_from([None, "refund", "x"]), max_size=3),
    st.sampled_from([None, "done"]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.lists(_WORDS, min_size=1, max_size=8),
)
def test_it_ends_whatever_the_agent_says(
    conditions: list[str | None], done_when: str | None, patience: int, persistence: int, answers: list[str]
) -> None:
    """In as many lines as the plan has room for; it tells nothing that nobody asked for, and says the same again."""
    turns: list[Any] = ["begin", *(PlannedTurn(f"line {i}", when=when) for i, when in enumerate(conditions))]
    more: dict[str, Any] = {} if done_when is None else {"done_when": done_when, "persistence": persistence}
    plan = checked_plan(turns, slots={"order": "4711", "name": "Ann"}, patience=patience, **more)
    lines = played(plan, *answers, most=100)
    assert lines == played(plan, *answers, most=100)
    assert len(lines) <= len(turns) + 2 * (patience + 1) + persistence + 1
    assert lines.count("line 0") <= 1
    assert ("4711" in " ".join(lines)) <= any("order" in answer for answer in answers)
    assert ("Ann" in " ".join(lines)) <= any("name" in answer for answer in answers)


@pytest.mark.parametrize(
    ("turns", "settings", "words"),
    [
        ([], {}, "turns=.*give a list of lines"),
        ("Hello", {}, "give a list of lines"),
        (["Hello", ""], {}, "none empty"),
        ([3], {}, "none empty"),
        ([PlannedTurn("a", when="b")], {}, "nobody would begin"),
        (["a"], {"turns": 1}, "turns"),
        (["a", PlannedTurn("b", when="")], {}, "when=.*give a text"),
        (["a {order}"], {"slots": {"number": "1"}}, "is no slot. There are: number"),
        (["a"], {"slots": {"number": True}}, "a text, a number"),
        (["a"], {"slots": {"number": ""}}, "a text, a number"),
        (["a"], {"slots": {"": "1"}}, "a text, a number"),
        (["a"], {"slots": ["number"]}, "a dictionary"),
        (["a"], {"slots": {"n": Slot("1", asked=[""])}}, "words or compiled"),
        (["a"], {"slots": {"n": Slot("1", says="It is one.")}}, "tells no value"),
        (["a"], {"patience": 1}, "no effect without `slots`"),
        (["a"], {"persistence": 1}, "no effect without `done_when`"),
        (["a"], {"insists": "b"}, "no effect without `done_when`"),
        (["a"], {"insists": 5}, "insists=5"),
        (["a"], {"insists": None}, "insists=None"),
        (["a"], {"slots": {"n": 1}, "patience": -1}, "whole number"),
        (["a"], {"done_when": 3}, "done_when"),
        (["a"], {"farewell": 3}, "farewell"),
        (["a"], {"gives_up": " "}, "gives_up"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(turns: Any, settings: dict[str, Any], words: str) -> None:
    """When it is made, with what to give."""
    with pytest.raises((ConfigurationError, TypeError), match=words):
        scenario.PlannedUserAgent(turns, **settings)
