"""Personas by name: who the user is, in the words that its model is told. Pure."""

from __future__ import annotations

import difflib
import re
from types import MappingProxyType
from typing import Final

from scenario.errors import ConfigurationError

PERSONAS: Final = MappingProxyType({
    "newcomer": "New to all of this: does not know the product, its words or how things are done, does not understand "
    "jargon, and asks what it means.",
    "expert": "Knows the subject well: uses its terms, wants exact answers with figures and sources, and notices "
    "where an "
    "answer is vague or wrong.",
    "busy_professional": "Has little time, between two meetings: writes short messages, wants the result first, and "
    "does "
    "not answer questions that do not seem needed.",
    "angry_customer": "Angry, as something went wrong more than once: says so, complains, demands a solution or "
    "somebody "
    "in charge, and calms down only where real help comes. No insults.",
    "skeptic": "Distrusts what is said: asks how the agent knows it, wants proof, and is not convinced by assurances.",
    "elderly_person": "An elderly person who is not at ease with computers: polite, writes whole sentences, mixes up "
    "steps, and needs one step at a time.",
    "teenager": "A teenager: very short messages in lower case, slang, hardly any punctuation, quickly bored.",
    "non_native_speaker": "Not a native speaker of the language: simple words, small mistakes of grammar, and asks "
    "again "
    "where a sentence is complicated.",
})  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")


def persona_text(persona: str | None) -> str | None:
    """Who the user is: the words of a persona by name, however it is written ("Angry Customer"), or the text itself.

    Raises:
        ConfigurationError: it is one word, and nearly the name of a persona (a ValueError).
    """
    if persona is None:
        return persona
    name = re.sub(r"[\s-]+", "_", persona.strip().lower())
    if name in PERSONAS:
        return PERSONAS[name]
    if not _WORD.fullmatch(persona.strip()):
        return persona
    if near := difflib.get_close_matches(name, PERSONAS, n=1, cutoff=0.75):
        raise ConfigurationError(
            f"persona={persona!r} is no persona by name. Did you mean {near[0]!r}? There are: {', '.join(PERSONAS)}. "
            "Or say who the user is in a sentence."
        )
    return persona
