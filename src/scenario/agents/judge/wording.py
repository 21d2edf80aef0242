"""What a judge's figures hold for: the words in which its model is asked. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from scenario.agents.judge.prompt import judge_messages
from scenario.agents.judge.verdict import finish_function
from scenario.types import Message

_CRITERIA: Final = ("The agent greets.", "The agent does not hurry.")
_CONVERSATION: Final[list[Message]] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def wording_of(system_prompt: str | None, *, by_log_odds: bool) -> str:
    """A digest that changes whenever what a model is asked, or how its answer is read, does.

    Args:
        system_prompt: instructions in the place of the built-in ones.
        by_log_odds: whether the model is asked for one token.
    """
    if by_log_odds:
        from scenario.llm.embedded.log_odds import BAND, SHIFT, judge_request, statement

        asked: object = [[judge_request("User: Hi", statement(one)) for one in _CRITERIA], SHIFT, BAND]
    else:
        messages = judge_messages(
            description="",
            criteria=_CRITERIA,
            messages=_CONVERSATION,
            system_prompt=system_prompt,
            additional_context=None,
            forced=True,
            outlined=False,
        )
        asked = [messages, finish_function(_CRITERIA).parameters]
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
