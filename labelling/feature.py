"""Something that a criterion is about: as it should be, and as it should not. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from labelling.transcript import Message, Messages

Blocks = Sequence[Sequence[Message]]


class Feature(NamedTuple):
    """One of a conversation's two criteria.

    Attributes:
        kind: of the label.
        criterion: the sentence; "{n}" in it is what is counted.
        rule: the name of its rule.
        arguments: of the rule.
        good: the parts of the conversation where it is met; other parts may come between them.
        bad: where it is not met.
        opposite: the sentence that says the opposite; "" for none.
        needs_record: whether the record has to be looked up before.
        counted: what "{n}" is, in the conversation where it is met.
    """

    kind: str
    criterion: str
    rule: str
    arguments: dict[str, Any]
    good: Blocks
    bad: Blocks
    opposite: str = ""
    needs_record: bool = False
    counted: Callable[[Messages], int] | None = None


def user(text: str) -> Message:
    """A message of the user."""
    return {"role": "user", "content": text}


def agent(text: str) -> Message:
    """A text of the agent."""
    return {"role": "assistant", "content": text}


def call(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> list[Message]:
    """A call and its result; ids are given when the conversation is put together."""
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "", "name": tool, "content": json.dumps(result)},
    ]
