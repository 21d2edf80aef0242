"""Lines that may be more than the user's words: they are asked for once more, and said the second time. Pure."""

from __future__ import annotations

import re
from typing import Final

from scenario.agents.user_simulator.ending import mark_at_end
from scenario.agents.user_simulator.speakers import other_speakers
from scenario.agents.user_simulator.wrapping import is_message_in_json

_CHOICES: Final = re.compile(
    r"\A\s*(?:\*{0,2}option (?:1|a)\b.*\n\s*\*{0,2}option (?:2|b)\b|1[.)] [\"“].*[\"”]\s*\n\s*2[.)] [\"“]"
    r"|here are (?:some|a few|two|three|several) (?:possible |sample |different )?"
    r"(?:messages|options|replies|responses)\b)",
    re.IGNORECASE | re.DOTALL,
)
_NARRATED: Final = re.compile(
    r"\n[ \t]{0,9}\n\s{0,9}(?:(?:note|explanation|rationale)\b[^\n]*|[^\n]*\bas the persona\b[^\n]*)\s*\Z"
    r"|\A\s*(?:as the (?:user|customer),|here(?:'s|’s| is) an? \w+ message:)"
    r"|\A\s*(?:user|customer)\s*(?:—|–|>|\n)|\A(?:\[turn \d+\]|turn \d+:) ",
    re.IGNORECASE,
)
_ALONE: Final = "Write the message alone, as this user sends it"


def doubt_of(line: str) -> str:
    """What the model is told of a line that may be more than the user's words; "" where there is no doubt."""
    if line.strip().lower() == "null":
        return f'"null" is hardly what the user says. {_ALONE}; where they really say this, write it again.'
    if is_message_in_json(line):
        return f"That was JSON. {_ALONE}, without JSON around it; where they show that JSON, write it again."
    if other_speakers(line):
        return (
            f"That has names of speakers before its lines. {_ALONE}, without names and without the agent's answer; "
            "where they show a log or a form, write it again."
        )
    if mark_at_end(line):
        return (
            f"That ends with what looks like a mark of an end. {_ALONE}, without one; where that word is the user's "
            "own, write it again."
        )
    if _CHOICES.match(line):
        return f"That looks like several messages to choose from. {_ALONE}: one; where it is one, write it again."
    if _NARRATED.search(line):
        return f"That looks like a remark about the message. {_ALONE}; where all of it is theirs, write it again."
    return ""
