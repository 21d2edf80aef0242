"""Who a simulated user is: personas and traits by name, facts that it knows."""

from __future__ import annotations

from typing import Any

import pytest

import scenario
from scenario.agents.user_simulator.personas import PERSONAS, persona_text
from scenario.agents.user_simulator.traits import TRAITS, trait_texts
from scenario.errors import ConfigurationError, SettingTypeError
from scenario.testing import ModelServer
from tests.judge.courts import hearing
from tests.simulator.test_user_simulator_agent import user_at

GERMAN = "Writes in German from the first message to the last, whatever language the agent writes in."


async def told(**settings: Any) -> str:
    """The instructions that a simulator's model gets."""
    async with ModelServer() as server:
        await user_at(server, **settings).call(hearing([]))
    return str(server.requests[0].body["messages"][0]["content"])


@pytest.mark.parametrize("system_prompt", [None, "Be a pirate."])
async def test_facts_are_told_with_how_to_tell_them(system_prompt: str | None) -> None:
    """When they are asked for; with instructions of one's own, too."""
    text = await told(knows={"order number": 4711, "member": True}, system_prompt=system_prompt)
    assert "What the user knows:\n- order number: 4711\n- member: yes\n" in text
    assert "only when it is asked for" in text
    assert "never make up a number" in text


async def test_nothing_is_told_where_nothing_is_given() -> None:
    """The instructions have no empty headings."""
    text = await told()
    assert not any(heading in text for heading in ("Who the user is", "What the user knows", "How the user behaves"))


@pytest.mark.parametrize(
    ("traits", "sentences"),
    [
        (["impatient"], [TRAITS["impatient"][0]]),
        ("impatient", [TRAITS["impatient"][0]]),
        (["Changes-Mind", "Collects stamps"], [TRAITS["changes_mind"][0], "Collects stamps."]),
        (["other_language: German"], [GERMAN]),
        ({"other_language": "German"}, [GERMAN]),
        ([{"wrong_about_facts": "the price is 5 "
            "euros."}], ["Wrong about a fact, with confidence, until it is explained: the price is 5 euros."]),
        (["Says: no to everything"], ["Says: no to everything."]),
        (["Language: German"], ["Language: German."]),
        (["sarcastic"], ["sarcastic."]),
        (None, []),
    ],
)  # fmt: skip
def test_traits_by_name_and_in_sentences(traits: Any, sentences: list[str]) -> None:
    """With details where they take some."""
    assert trait_texts(traits) == sentences


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        (["impatiant"], "Did you mean 'impatient'"),
        ([{"impatient": "very"}], "takes no detail"),
        ([{"no_such": "x"}], "There are: impatient"),
        (["other_languages: German"], "Did you mean 'other_language'"),
        (["other_language"], 'needs the language: {"other_language": "German"}'),
        (["impatient", "Impatient"], "'Impatient' stands there twice"),
        (["Likes tea.", "Likes tea"], "'Likes tea' stands there twice"),
        ([{"other_language": "German"}, "other_language: French"], "stands there twice"),
        ([3], "Give a list of names"),
        (3, "Give a list of names"),
    ],
)
def test_a_trait_that_is_none_is_refused(traits: Any, says: str) -> None:
    """Where the user is made, and the traits that there are are named."""
    with pytest.raises(ConfigurationError, match=says):
        scenario.UserSimulatorAgent(model="openai/x", traits=traits)


async def test_personas_by_name() -> None:
    """Hyphens, spaces and capitals do not matter; a sentence, or a word that is near to none, is taken as it is."""
    for written in ("Angry-Customer", "Angry Customer", " angry customer"):
        assert PERSONAS["angry_customer"] in await told(persona=written)
    for own in ("An angry customer", "sailor", "Angry", ""):
        assert persona_text(own) == own
    with pytest.raises(ConfigurationError, match=r"Did you mean 'newcomer'\? There are: newcomer, expert"):
        scenario.UserSimulatorAgent(model="openai/x", persona="newcommer")


@pytest.mark.parametrize("knows", [["a"], "a", {1: "a"}, {"a": None}, {"a": ""}, {"": "a"}, {"a": {"b": 1}}])
def test_facts_of_a_wrong_kind_are_refused(knows: Any) -> None:
    """What the user does not know is left out, not empty."""
    with pytest.raises(ConfigurationError, match="knows"):
        scenario.UserSimulatorAgent(model="openai/x", knows=knows)


def test_a_wrong_kind_is_a_type_error() -> None:
    """As for other settings."""
    with pytest.raises(SettingTypeError):
        scenario.UserSimulatorAgent(model="openai/x", knows=["a"])  # type: ignore[arg-type]
