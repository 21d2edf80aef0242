"""Traits of a simulated user: how it behaves, by name or in a sentence of one's own. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from scenario.errors import ConfigurationError, SettingTypeError

WRONG_ABOUT_FACTS: Final = "wrong_about_facts"
OTHER_LANGUAGE: Final = "other_language"
_DETAIL: Final = "{}"
# What is said, and what is said where there is a detail; None where the trait needs one, or takes none.
TRAITS: Final[Mapping[str, tuple[str | None, str | None]]] = MappingProxyType({
    "impatient": (("Impatient: presses for the result, complains about delays, and does not like being asked "
    "twice."), None),
    "vague": (
        ("Vague: says what is wanted only roughly at first, leaves details out, and becomes exact only when asked for "
        "each."),
        None,
    ),
    "changes_mind": (
        "Changes their mind: in the middle of the conversation, once, they want something else than at first.",
        "Changes their mind once, in the middle of the conversation: {}.",
    ),
    WRONG_ABOUT_FACTS: (
        "Wrong about a fact: states something that is not so with confidence, and gives in only when it is explained.",
        "Wrong about a fact, with confidence, until it is explained: {}.",
    ),
    "types_badly": (
        ("Types badly: typos, missing letters and words, no capitals or punctuation; numbers, codes and names are "
        "right."),
        None,
    ),
    OTHER_LANGUAGE: (
        None,
        "Writes in {} from the first message to the last, whatever language the agent writes in.",
    ),
})  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")
_WITH_DETAIL: Final = re.compile(r"\s*([A-Za-z]+(?:[_-][A-Za-z]+)+|[A-Za-z]+)\s*:\s*(\S.*)", re.DOTALL)


def trait_texts(traits: Any) -> list[str]:
    """What the user's model is told of the traits, a sentence for each.

    Args:
        traits: a list of names, sentences and one-key dictionaries ({"other_language": "German"}); one of these alone;
            or a dictionary of several.

    Raises:
        ConfigurationError: a name is none, or takes no detail; SettingTypeError for a value of a wrong kind.
    """
    listed = _listed(traits)
    texts = [_text(name, detail) for name, detail in listed]
    for index, (name, _) in enumerate(listed):
        plain = _plain(name)
        languages = plain == OTHER_LANGUAGE and plain in (_plain(one) for one, _ in listed[:index])
        if languages or texts[index] in texts[:index]:
            raise ConfigurationError(f"traits: {name!r} stands there twice. Keep one.")
    return texts


def has_trait(traits: Any, name: str) -> bool:
    """Whether a trait is among them, by its name."""
    return any(_plain(given) == name for given, _ in _listed(traits))


def own_trait_words(traits: Any) -> list[str]:
    """What of the traits the author of the test has worded."""
    return [detail or ("" if _plain(name) in TRAITS else name) for name, detail in _listed(traits)]


def _listed(traits: Any) -> list[tuple[str, str | None]]:
    if traits is None:
        return []
    if isinstance(traits, str | Mapping) or not isinstance(traits, Iterable):
        traits = [traits]
    found: list[tuple[str, str | None]] = []
    for trait in traits:
        if isinstance(trait, str) and trait.strip():
            detailed = _WITH_DETAIL.fullmatch(trait)
            known = detailed is not None and (_plain(detailed[1]) in TRAITS or bool(_near(detailed[1], 0.85)))
            found.append(
                (detailed[1], detailed[2].strip()) if detailed is not None and known else (trait.strip(), None)
            )
        elif (
            isinstance(trait, Mapping) and trait and all(isinstance(one, str) for pair in trait.items() for one in pair)
        ):
            found += [(name, detail.strip() or None) for name, detail in trait.items()]
        else:
            raise SettingTypeError(
                f"traits: {trait!r:.120} is none. Give a list of names ({', '.join(TRAITS)}), of sentences, or of "
                'dictionaries such as {"other_language": "German"}.'
            )
    return found


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _near(name: str, cutoff: float = 0.75) -> list[str]:
    return difflib.get_close_matches(_plain(name), TRAITS, n=1, cutoff=cutoff) if _WORD.fullmatch(name) else []


def _text(name: str, detail: str | None) -> str:
    known = TRAITS.get(_plain(name))
    if known is None:
        near = _near(name)
        if near or detail is not None:
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(
                f"traits: {name!r} is no trait by name.{meant} There are: {', '.join(TRAITS)}. Or say it in a sentence."
            )
        return name if name.endswith((".", "!", "?", "…")) else f"{name}."
    plain, detailed = known
    if detail is None:
        if plain is None:
            raise ConfigurationError(f'traits: {name!r} needs the language: {{"other_language": "German"}}.')
        return plain
    if detailed is None:
        raise ConfigurationError(f"traits: {name!r} takes no detail ({detail!r}). Say it in a sentence of your own.")
    return detailed.replace(_DETAIL, detail.rstrip(". "))
