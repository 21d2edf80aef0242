"""Who a simulated user is: persona, goal, what it knows, how it behaves; and how its model is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scenario.agents.user_simulator.personas import persona_text
from scenario.agents.user_simulator.traits import WRONG_ABOUT_FACTS, has_trait, own_trait_words, trait_texts
from scenario.errors import ConfigurationError, SettingTypeError

_HOW_TO_TELL: Final = """\
Tell each of these only when it is asked for, and exactly as it stands here. Whatever else is asked for and stands \
nowhere above, the user does not know: say so, and never make up a number, name, date or address."""


class Character(msgspec.Struct, frozen=True, kw_only=True):
    """Who the user is.

    Attributes:
        persona: in words.
        goal: what the user wants.
        knows: facts by what they are of.
        traits: how the user behaves, a sentence for each.
        is_wrong: whether the user is to be wrong about facts.
        own_words: what of persona and traits is not told by name.
    """

    persona: str = ""
    goal: str = ""
    knows: dict[str, str] = msgspec.field(default_factory=dict)
    traits: tuple[str, ...] = ()
    is_wrong: bool = False
    own_words: str = ""

    def sections(self) -> str:
        """What is told to a model that plays the user, under headings; "" where nothing is."""
        told = [("Who the user is", self.persona), ("What the user wants", self.goal)]
        told.append(("How the user behaves", "\n".join(f"- {trait}" for trait in self.traits)))
        facts = "\n".join(f"- {name}: {value}" for name, value in self.knows.items())
        told.append(("What the user knows", f"{facts}\n{_HOW_TO_TELL}" if facts else ""))
        return "".join(f"\n{heading}:\n{text}\n" for heading, text in told if text)

    def sentences(self, situation: str) -> str:
        """The same as one text, for a model that continues a chat log."""
        facts = [f"The customer's {name} is {value}" for name, value in self.knows.items()]
        if not (self.persona or self.goal or self.traits or facts):
            return situation
        parts = (self.persona, situation, self.goal, *self.traits, *facts)
        return " ".join(_sentence(part) for part in parts if part)


def character_of(*, persona: str | None, goal: str | None, knows: Any, traits: Any) -> Character:
    """The character that settings describe.

    Raises:
        ConfigurationError: a name is none, or a value is of a wrong kind (SettingTypeError).
    """
    told = persona_text(persona) or ""
    return Character(
        own_words=" ".join(filter(None, ("" if told != persona else told, *own_trait_words(traits)))),
        persona=told,
        goal=goal or "",
        knows=_facts(knows),
        traits=tuple(trait_texts(traits)),
        is_wrong=has_trait(traits, WRONG_ABOUT_FACTS),
    )


def _facts(knows: Any) -> dict[str, str]:
    if knows is None:
        return {}
    if not isinstance(knows, Mapping):
        raise SettingTypeError(f'knows={knows!r:.120}: give a dictionary, such as {{"order number": "4711"}}.')
    facts: dict[str, str] = {}
    for name, value in knows.items():
        if not isinstance(name, str) or not name.strip():
            raise SettingTypeError(f"knows has the key {name!r:.80}: give the name of what is known, in words.")
        # A list of texts is told as one.
        value = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if not isinstance(value, str | int | float) or not str(value).strip():
            raise ConfigurationError(
                f"knows[{name!r}] is {value!r:.80}: give a text or a number. What the user does not know is left out."
            )
        facts[name.strip()] = str(value).strip()
    return facts


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
