"""What a judge's figures hold for: the words in which its model is asked. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from scenario.agents.judge.prompt import judge_messages, judged_text
from scenario.agents.judge.verdict import finish_function
from scenario.llm.model import Model
from scenario.types import Message

Way: TypeAlias = Literal["structured", "log-odds", "decisions"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)

_CRITERIA: Final = ("The agent greets.", "The agent does not hurry.")
_CONVERSATION: Final[list[Message]] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def way_of(models: Sequence[Model]) -> Way:
    """How these models are asked; "structured" where they are asked in several ways."""
    ways = {model.profile.judge for model in models}
    return ways.pop() if len(ways) == 1 else "structured"


def wording_of(system_prompt: str | None, *, way: Way) -> str:
    """A digest that changes whenever what a model is asked, or how its answer is read, does.

    Args:
        system_prompt: instructions in the place of the built-in ones.
        way: how the model is asked: for a verdict, for one token, or for probabilities.
    """
    if way == "log-odds":
        from scenario.llm.embedded.log_odds import BAND, SHIFT, judge_prompt, statement

        asked: object = [[judge_prompt("User: Hi", statement(one)) for one in _CRITERIA], SHIFT, BAND]
    elif way == "decisions":
        from scenario.agents.judge.band import WIDE
        from scenario.agents.judge.decision_question import question_about
        from scenario.llm.embedded.log_odds import statement

        shown = judged_text(description="", messages=_CONVERSATION, additional_context=None)
        asked = [shown, [question_about(statement(one).text) for one in _CRITERIA], WIDE]
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
