"""Goals from an A2A agent card: its skills and their examples. Pure; all of it is hearsay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario.generating.goal import REQUEST, Goal
from scenario.generating.hearsay import LONGEST_TITLE, all_said, said
from scenario.probe.schemas import listed

_MOST_SKILLS: Final = 50
_MOST_EXAMPLES: Final = 3


def is_card(value: Any) -> bool:
    """Whether a value is an agent card, as far as its names tell."""
    return isinstance(value, dict) and ("skills" in value or "capabilities" in value)


def goals_of_card(card: dict[str, Any]) -> Iterator[Goal]:
    """A goal for each example of each skill; for a skill without any, one from its name."""
    for skill in listed(card.get("skills"))[:_MOST_SKILLS]:
        name = said(skill.get("name"), LONGEST_TITLE) or said(skill.get("id"), LONGEST_TITLE)
        about = said(skill.get("description"))
        if not name:
            continue
        source = f"the skill {name!r} of its agent card"
        wish = f"{name}: {about}" if about else name
        examples = all_said(skill.get("examples"), _MOST_EXAMPLES)
        for number, example in enumerate(examples, 1):
            title = name if len(examples) == 1 else f"{name} {number}"
            yield Goal(title=title, wish=f"{wish} For example: {example}", lines=(example,), source=source)
        if not examples:
            yield Goal(title=name, wish=wish, lines=(f"{REQUEST}{wish}",), source=source)
