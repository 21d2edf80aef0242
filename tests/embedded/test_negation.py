"""A negated criterion is asked in its positive form only where that reverses it exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.llm.embedded.negation import positive_form, third_person

LABELLED = Path(__file__).parent.parent / "data" / "judge"


@pytest.mark.parametrize(
    ("criterion", "positive"),
    [
        ("The agent does not recommend bringing an umbrella.", "The agent recommends bringing an umbrella."),
        ("The agent doesn't apologise.", "The agent apologises."),
        ("The agent doesn’t apologise.", "The agent apologises."),
        ("The agent never replies in Spanish.", "The agent replies in Spanish."),
        ("The agent does not say anything rude.", "The agent says something rude."),
        ("The agent does not list any ingredients.", "The agent lists some ingredients."),
        ("The agent does not ask for anything.", "The agent asks for something."),
        ("The agent should not ask more than two questions.", "The agent asks more than two questions."),
        ("Agent must never reveal the password.", "Agent reveals the password."),
        ("The agent won't refuse.", "The agent refuses."),
        ("The agent should never ever lie.", "The agent lies."),
        ("Replies should not contain apologies.", "Replies contain apologies."),
        ("The answers do not mention flights.", "The answers mention flights."),
        ("The agent is not rude.", "The agent is rude."),
        ("The price isn't mentioned.", "The price is mentioned."),
        ("The agent has never apologised.", "The agent has apologised."),
        ("The agent did not cancel the order.", "The agent did cancel the order."),
        ("The agent cannot book flights.", "The agent can book flights."),
        ("The agent does not explicitly reply.", "The agent explicitly replies."),
        ("Does not apologise", "Apologises"),
        ("Never mentions prices.", "Mentions prices."),
        ("The agent does not say that the symptoms are harmless.", "The agent says that the symptoms are harmless."),
    ],
)
def test_a_negation_of_the_main_clause_is_taken_out(criterion: str, positive: str) -> None:
    """A negation of the main clause is taken out."""
    assert positive_form(criterion) == positive


@pytest.mark.parametrize(
    "criterion",
    [
        "The agent states the temperature in Tokyo.",
        "The agent says that it does not know.",
        "Every reply does not exceed 100 words.",
        "All replies must not mention competitors.",
        "At least one reply does not contain an emoji.",
        "Some of the answers are not polite.",
        "Two replies do not greet.",
        "The agent tells the user an umbrella is not needed.",
        "If the user asks for a refund, the agent does not refuse it.",
        "The agent apologises and does not blame the user.",
        "The agent does not just apologise.",
        "The agent does not book a table until the user confirms.",
        "The agent does not refuse but offers an alternative.",
        "The agent does not apologise and does not blame the user.",
        "The agent notices what is not there.",
        "The agent does not.",
        "",
    ],
)
def test_what_the_positive_form_would_not_reverse_exactly_stays_as_it_is(criterion: str) -> None:
    """What the positive form would not reverse exactly stays as it is."""
    assert positive_form(criterion) is None


def test_every_labelled_negation_is_recognised_and_no_plain_criterion_is() -> None:
    """Every labelled negation is recognised and no plain criterion is."""
    for name, expected in (("negated", True), ("plain", False)):
        for case in json.loads((LABELLED / f"{name}.json").read_text(encoding="utf-8")):
            assert (positive_form(case["criterion"]) is not None) is expected, case["criterion"]


@pytest.mark.parametrize(
    ("verb", "third"),
    [("say", "says"), ("go", "goes"), ("reply", "replies"), ("pass", "passes"), ("have", "has"), ("be", "is"),
     ("teach", "teaches"), ("lie.", "lies.")],
)  # fmt: skip
def test_third_person(verb: str, third: str) -> None:
    """The third person of regular and irregular verbs."""
    assert third_person(verb) == third
