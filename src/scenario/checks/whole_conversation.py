"""Checks of all that the agent has said, not of its last message alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scenario.checks.check import Check, demand, shown
from scenario.checks.whole_words import folded, place_of
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ScriptError, ScriptTypeError

_AROUND: Final = 40


@named
def says_nothing_about(*words: str) -> Check:
    """In no message so far has the agent said any of these words, whatever their case and accents.

    Whole words are meant: "art" is not in "party", and an inflected form is a word of its own. In a script without
    spaces between words they are found anywhere. What tools were called with is not said.

    Args:
        words: words or phrases.

    Raises:
        ScriptTypeError: there is none, or one is no text or has nothing in it. The check itself raises a ScriptError
            where the agent has said nothing yet.
    """
    given: tuple[object, ...] = words
    if not given or not all(isinstance(word, str) and folded(word).strip() for word in given):
        raise ScriptTypeError(f"scenario.checks.says_nothing_about{words!r:.200}: give words, each as an argument.")
    unwanted = [(word, " ".join(folded(word).split())) for word in words]

    def check(state: ScenarioState) -> None:
        said = list(_said(state.messages))
        if not said:
            raise ScriptError("says_nothing_about: the agent has said nothing yet: let it answer first.")
        for index, text in said:
            said_so = " ".join(folded(text).split())
            for word, needle in unwanted:
                place = place_of(needle, said_so)
                around = said_so[max(0, (place or 0) - _AROUND) : (place or 0) + len(needle) + _AROUND]
                demand(place is None, f"says_nothing_about: message {index} says {word!r}: {shown(around)}")

    return check


def _said(messages: list[Any]) -> Iterator[tuple[int, str]]:
    """Each of the agent's messages that has a text, with its index."""
    for index, message in enumerate(messages):
        if not isinstance(message, Mapping) or message.get("role") != "assistant":
            continue
        content = message.get("content")
        if isinstance(content, list):
            parts = [str(part.get("text") or "") for part in content if isinstance(part, Mapping)]
            content = "\n".join(parts)
        if isinstance(content, str) and content.strip():
            yield index, content
