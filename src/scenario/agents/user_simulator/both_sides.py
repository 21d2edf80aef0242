"""A dialogue of both sides that a model wrote in the place of the user's next line. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from scenario.agents.user_simulator.speakers import is_sentence
from scenario.llm.json_in_text import json_lists, json_objects

_USERS: Final = "user|customer|client|human|caller"
_AGENTS: Final = "assistant|agent|bot|chatbot|ai|gpt|model|response|support"
# What transcripts put before a name, and between it and the words: "1. User:", "[User]", "User -", "Turn 1 (User):".
_BEFORE: Final = r"[ \t]*(?:>[ \t]*)?(?:\d{1,3}[.)][ \t]*)?(?:turn \d{1,3}:?[ \t]*)?[\[(*_]{0,3}"
_BEHIND: Final = r"[\])*_]{0,3}(?:[ \t]+says)?[ \t]*(?:[:：→]|-{1,2}>?|[–—]|(?<=[\])]))[\])*_]{0,3}[ \t]*"
_LABELLED: Final = re.compile(
    rf"\A\s*{_BEFORE}(?:{_USERS}){_BEHIND}(?P<said>\S.*?)\s*(?:\n[ \t>]*(?:[-*_=]{{3,}}[ \t]*)?)+"
    rf"{_BEFORE}(?:{_AGENTS}){_BEHIND}(?=\S)",
    re.IGNORECASE | re.DOTALL,
)
_LETTERS: Final = re.compile(r"\A\s*(?P<one>U|Q)\s*:\s*(?P<said>\S[^\n]*)\n\s*A\s*:\s*\S")
_PICTURED: Final = re.compile("\\A\\s*(?:👤|🧑|🙋|👩|👨)\\s*:?\\s*(?P<said>\\S[^\n]*)\n\\s*🤖")
_IN_A_LINE: Final = re.compile(
    r"\A\s*(?:### ?)?(?:USER|HUMAN|Human): (?P<said>\S.*?[.?!…\"”])\s*(?:### ?)?(?:ASSISTANT|GPT|Assistant): \S",
    re.DOTALL,
)
# Who speaks again later: whoever is named in between is the other side.
_AGAIN: Final = re.compile(
    r"\A\s*(?P<name>[*_]{0,3}(?:[Uu]ser|[Cc]ustomer|[Hh]uman)[*_]{0,3}:[*_]{0,3})[ \t]*(?P<said>\S.*?)\s*\n\s*"
    r"[*_]{0,3}[^\W\d_][\w ]{0,30}[*_]{0,3}:[*_]{0,3}[ \t]*\S.*\n\s*(?P=name)",
    re.DOTALL,
)
_NAMED: Final = re.compile(
    rf"\A\s*(?P<name>[A-Z][\w'-]{{1,20}}): (?P<said>\S[^\n]*[.?!…])\s*\n\s*(?:{_AGENTS}):[ \t]*\S.*\n\s*(?P=name): ",
    re.IGNORECASE | re.DOTALL,
)
_FIELD: Final = re.compile(r"\s*[^\W\d_][\w /-]{0,30}[:：]\s*\S")
_QUOTED: Final = re.compile(r'\A"([^"\n]+)"\Z|\A“([^”\n]+)”\Z')

_ROLES: Final = ("role", "speaker", "from", "name", "author")
_WORDS: Final = ("content", "text", "message", "value", "utterance")
_LISTS: Final = ("messages", "conversation", "dialogue", "dialog", "turns")


def users_turn(text: str) -> str:
    """The user's first turn, where a text is plainly a dialogue of both sides; else the text as it is."""
    found = _in_json(text.strip())
    if found is None:
        matches = (one.match(text) for one in (_LABELLED, _LETTERS, _PICTURED, _IN_A_LINE, _AGAIN, _NAMED))
        match = next((one for one in matches if one is not None and _is_said(one["said"])), None)
        found = None if match is None else _unquoted(re.sub(r"\n[ \t]*>[ \t]*\Z", "", match["said"]).strip())
    return text if found is None else found


def _is_said(text: str) -> bool:
    """Whether these are words, and no fields of a form."""
    return is_sentence(text) and not any(_FIELD.match(line) for line in text.split("\n")[1:])


def _unquoted(said: str) -> str:
    quoted = _QUOTED.match(said)
    return said if quoted is None else quoted[1] or quoted[2]


def _in_json(text: str) -> str | None:
    if not text.startswith(("{", "[")) or not text.endswith(("}", "]")):
        return None
    objects = json_objects(text)
    if text.startswith("["):
        lists = json_lists(text)
        return _first_of(lists[0]) if len(lists) == 1 else None
    if len(objects) != 1:
        return _first_of(objects)
    only = objects[0]
    listed = [only[key] for key in only if key.lower() in _LISTS]
    if len(only) == 1 and listed and isinstance(listed[0], list):
        return _first_of(listed[0])
    by_side = {_side(key): value for key, value in only.items()}
    if by_side.keys() == {"user", "agent"} and len(only) == 2 and isinstance(by_side["user"], str):
        return str(by_side["user"]).strip()
    return None


def _first_of(turns: Sequence[Any]) -> str | None:
    """What the user says first in turns of both sides."""
    said = [(_side(_value(turn, _ROLES)), _value(turn, _WORDS)) for turn in turns if isinstance(turn, Mapping)]
    if len(said) != len(turns) or {side for side, _ in said} != {"user", "agent"} or said[0][0] != "user":
        return None
    return said[0][1].strip() or None


def _value(turn: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The first text under one of these keys; "" where there is none."""
    return next((turn[key] for key in keys if isinstance(turn.get(key), str)), "")


def _side(name: str) -> str:
    name = name.strip().lower()
    if re.fullmatch(_USERS, name):
        return "user"
    return "agent" if re.fullmatch(_AGENTS, name) else ""
