"""Controls: statements whose truth the transcript itself settles, put to a judge unannounced among the criteria. Pure.

They find a judge that has no model, says the same to everything, or was not shown the conversation's beginning or end.
They do not tell how well it judges what takes more than reading.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from scenario.agents.judge.fence import fenced
from scenario.agents.message_text import calls_of, text_of
from scenario.types import Message

USUAL_CONTROLS: Final = 3
# One that is true and one that is false: with fewer, a judge that always says the same is not found.
LEAST_CONTROLS: Final = 2
MOST_CONTROLS: Final = 16

About = Literal["beginning", "end", "nowhere"]
Place = Literal["beginning", "end"]
Who = Literal["user", "agent"]

_ORDER: Final[tuple[About, ...]] = ("beginning", "nowhere", "end")
_SPEAKERS: Final[dict[str, Who]] = {"user": "user", "assistant": "agent"}
_PLACES: Final[tuple[Place, ...]] = ("beginning", "end")
_WHO: Final[tuple[Who, ...]] = ("user", "agent")
_WORDS: Final = 12
_CHARACTERS: Final = 160
_MARKS: Final = re.compile('["“”„«»]')
_TELLING_WORD: Final = re.compile(r"\w{5,}")
_FORMS: Final = (
    "At the {place} of the conversation, the {who} says: “{words}”",
    "The words of the {who} at the {place} of the conversation are, among others: “{words}”",
)
_SAID_NOWHERE: Final = (
    "My violin needs new strings before Thursday's rehearsal",
    "The greenhouse tomatoes were harvested by my grandmother",
    "A blue kayak is lying upside down beside the boathouse",
    "Penguins waddle across frozen harbours during August",
    "The locksmith forgot his umbrella inside the cathedral",
    "Please knit a striped scarf for the lighthouse keeper",
    "Our orchestra rehearses Dvořák beneath the railway bridge",
    "The beekeeper sells lavender honey at the village bakery",
    "Seven goats escaped from the monastery orchard",
    "He painted the wooden sledge with turquoise varnish",
    "The astronomer polished her telescope mirror at midnight",
    "Grandfather's accordion squeaks whenever it snows",
)


_STATED: Final = re.compile(
    "|".join(
        re.escape(form).replace(r"\{words\}", "(.*)").replace(r"\{place\}", r"\w+").replace(r"\{who\}", r"\w+")
        for form in _FORMS
    ),
    re.DOTALL,
)


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """A statement about a conversation.

    Attributes:
        text: what is stated.
        is_true: whether it is true.
        about: where the words stand.
        place: where it is stated that they stand.
        who: who is stated to say them.
        words: that are stated to be said.
    """

    text: str
    is_true: bool
    about: About
    place: Place
    who: Who
    words: str


def words_stated(text: str) -> str | None:
    """The words of which a control states that they were said; None where the text is none."""
    found = _STATED.fullmatch(text)
    return None if found is None else next(group for group in found.groups() if group is not None)


def controls_for(messages: Sequence[Message], count: int, chance: random.Random) -> list[Control]:
    """So many statements, true and false ones in turn; fewer where the conversation gives nothing to state.

    Args:
        messages: the conversation.
        count: how many.
        chance: decides which.
    """
    # Of two, the true one is about either end, as chance has it: over many runs both are covered.
    order = (chance.choice(("beginning", "end")), "nowhere") if count == LEAST_CONTROLS else _ORDER
    return [
        control
        for number in range(count)
        if (control := control_about(order[number % len(order)], messages, chance, number // len(order))) is not None
    ]


def control_about(about: About, messages: Sequence[Message], chance: random.Random, number: int) -> Control | None:
    """A statement of one kind; None where the conversation gives none.

    Args:
        about: which kind.
        messages: the conversation.
        chance: decides on the words of a false one.
        number: from 0; each has another form.
    """
    said = _said(messages)
    if not said:
        return None
    form = _FORMS[number % len(_FORMS)]
    if about == "nowhere":
        words = _said_nowhere(messages, chance)
        place, who = chance.choice(_PLACES), chance.choice(_WHO)
        return _control(form, about, place, who, words) if words else None
    who, text = said[0] if about == "beginning" else said[-1]
    from_start = (about == "beginning") == (number % 2 == 0)
    return _control(form, about, about, who, _quoted(text, from_start=from_start))


def _control(form: str, about: About, place: Place, who: Who, words: str) -> Control:
    text = form.format(place=place, who=who, words=words)
    return Control(text=text, is_true=about != "nowhere", about=about, place=place, who=who, words=words)


def _said(messages: Sequence[Message]) -> list[tuple[Who, str]]:
    """Who said what, in one line each, as far as it has words."""
    spoken = ((_SPEAKERS.get(str(message.get("role"))), " ".join(text_of(message).split())) for message in messages)
    return [(who, text) for who, text in spoken if who and any(char.isalnum() for char in text)]


def _quoted(text: str, *, from_start: bool) -> str:
    """Words from the start or the end of a text, which stand there as they are, but for quotation marks."""
    words = text.split()
    part = " ".join(words[:_WORDS] if from_start else words[-_WORDS:])
    part = part[:_CHARACTERS] if from_start else part[-_CHARACTERS:]
    return fenced(_MARKS.sub("'", part)).strip()


def _said_nowhere(messages: Sequence[Message], chance: random.Random) -> str:
    """A sentence that nobody has said, of which as few words as possible stand anywhere; "" where all were said."""
    said = (text for message in messages for text in (text_of(message), *calls_of(message)))
    everything = " ".join(" ".join(said).split()).casefold()
    words = set(_TELLING_WORD.findall(everything))
    left = [one for one in _SAID_NOWHERE if one.casefold() not in everything]
    if not left:
        return ""
    shared = {one: len(words & set(_TELLING_WORD.findall(one.casefold()))) for one in left}
    fewest = min(shared.values())
    return chance.choice([one for one in left if shared[one] == fewest])
