"""What rules read of a conversation: who said what, and what was called. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

Message = dict[str, Any]
Messages = Sequence[Message]

_SENTENCE: Final = re.compile(r"[^.?!\n]*[.?!]?")
_ITEM: Final = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+", re.MULTILINE)
AMOUNT: Final = re.compile(r"(?<![\d.])\d+\.\d\d(?!\d|\.\d)")


class Call(NamedTuple):
    """A tool's call and what came of it."""

    place: int
    name: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def worked(self) -> bool:
        """Whether its result is no error."""
        return bool(self.result) and "error" not in self.result


def said_by(messages: Messages, role: str) -> list[tuple[int, str]]:
    """The texts of one side, with their places."""
    return [(place, one["content"]) for place, one in enumerate(messages) if one["role"] == role and one["content"]]


def calls(messages: Messages) -> list[Call]:
    """The calls of tools, in their order."""
    results = {one["tool_call_id"]: json.loads(one["content"]) for one in messages if one["role"] == "tool"}
    return [
        Call(place, call["function"]["name"], json.loads(call["function"]["arguments"]), results.get(call["id"], {}))
        for place, one in enumerate(messages)
        for call in one.get("tool_calls", ())
    ]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text."""
    return (found.strip() for found in _SENTENCE.findall(text) if found.strip())


def questions(messages: Messages) -> list[str]:
    """The agent's sentences that end with a question mark."""
    return [one for _, text in said_by(messages, "assistant") for one in sentences(text) if one.endswith("?")]


def has(text: str, term: str) -> bool:
    """Whether a term stands in a text as whole words, in any case."""
    return re.search(rf"(?<![\w.]){re.escape(term)}(?!\w|\.\d)", text, re.IGNORECASE) is not None


def listed(text: str) -> int:
    """How many items of a list, numbered or not, a text has."""
    return len(_ITEM.findall(text))


def longest_reply(messages: Messages) -> int:
    """How many words the agent's longest text has."""
    return max(len(text.split()) for _, text in said_by(messages, "assistant"))
