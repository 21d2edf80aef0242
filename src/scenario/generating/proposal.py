"""A scenario that is proposed: one goal, one persona; and the grid of them. Pure."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from scenario.errors import ConfigurationError
from scenario.generating.goal import REQUEST, Goal

AS_IT_IS: Final = "plain"
# How somebody says what another would say otherwise, where no model plays the user.
MANNERS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType({
    AS_IT_IS: lambda line: line,
    "newcomer": lambda line: f"I am new to this and do not know your terms, please explain each step. {line}",
    "expert": lambda line: f"{line} Give me exact figures, and say where you have them from.",
    "busy_professional": lambda line: f"{line} I have one minute: only the result, please, in one sentence.",
    "angry_customer": lambda line: f"This is the third time that I ask, and nobody has helped me so far! {line}",
    "skeptic": lambda line: f"{line} And how do you know that? I do not believe it without a proof.",
    "elderly_person": lambda line: f"Good day. I hope that you can help me, I am not good with computers. {line}",
    "teenager": lambda line: f"hey {line.lower().rstrip('.!?')} pls, like rn, cant be that hard lol",
    "non_native_speaker": lambda line: f"Hello, sorry for my bad English, I try to write what I need. {line}",
})  # fmt: skip
_LONGEST_NAME: Final = 60


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal of a persona.

    Attributes:
        name: the file's, without its ending.
    """

    name: str
    goal: Goal
    persona: str

    @property
    def lines(self) -> tuple[str, ...]:
        """What its user says where no model plays it."""
        first, *others = self.goal.lines
        if self.persona == AS_IT_IS:
            return self.goal.lines
        ended = first if unicodedata.category(first[-1]).startswith("P") else f"{first}."
        return (MANNERS[self.persona](ended), *others)


def mannerless(line: str) -> tuple[str, str]:
    """Whose manner a line has, and what is said without it: two that share the manner alone are not alike."""
    for persona, manner in MANNERS.items():
        before, _, after = manner("\0").partition("\0")
        if before + after and line.startswith(before) and line.endswith(after):
            return persona, _without_request(line[len(before) : len(line) - len(after)])
    return AS_IT_IS, _without_request(line)


def _without_request(line: str) -> str:
    return line[len(REQUEST) :] if line.lower().startswith(REQUEST.lower()) else line


def grid(goals: Sequence[Goal], personas: Sequence[str], seed: int) -> Iterator[Proposal]:
    """Each goal with each persona: every goal once before any comes again, with personas in the order of chance.

    Raises:
        ConfigurationError: a persona is given twice.
    """
    if len(set(personas)) < len(personas):
        raise ConfigurationError(f"A persona stands twice in {', '.join(personas)}. Keep one.")
    chance = random.Random(seed)  # noqa: S311 - no secret
    orders = [chance.sample(list(personas), len(personas)) for _ in goals]
    for turn in range(len(personas)):
        for goal, order in zip(goals, orders, strict=True):
            yield Proposal(name=file_name(f"{goal.title} {order[turn]}"), goal=goal, persona=order[turn])


def file_name(title: str) -> str:
    """A name for a file that every system takes, without its ending."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"generated-{words}"[:_LONGEST_NAME].rstrip("-")
