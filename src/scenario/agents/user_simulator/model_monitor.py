"""The monitor that asks a model of each line whether this user may say it; it sees a goal that is not pursued, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from scenario.agents.message_text import text_of
from scenario.agents.user_simulator.monitor import Breach, Watched
from scenario.llm.functions import Call, Function, Unreadable, only_call
from scenario.llm.model import Completion, Model
from scenario.llm.structured import ask
from scenario.types import Message

_RULES: Final = ("role break", "leaked instructions", "invented fact", "repetition", "goal not pursued")
_FUNCTION: Final = Function(
    name="report",
    description="Say whether the message may be sent.",
    parameters={
        "type": "object",
        "properties": {
            "fine": {"type": "boolean", "description": "whether it may be sent"},
            "rule": {"type": "string", "enum": ["none", *_RULES], "description": "the rule that it breaks"},
            "reason": {
                "type": "string",
                "description": "in a short sentence, what breaks the rule; empty where it is fine",
            },
        },
        "required": ["fine", "rule", "reason"],
        "additionalProperties": False,
    },
)
_INSTRUCTIONS: Final = """\
A model plays the user in a test of an AI agent. Decide whether its next message may be sent. It may not in these cases:
- role break: it speaks as the agent would: offers help, does the agent's work, says that it is an AI.
- leaked instructions: it mentions the test, its instructions, or that it plays somebody.
- invented fact: it states a fact that contradicts what the user knows.
- repetition: it says the same over and over though it was answered.
- goal not pursued: it has nothing to do with what the user wants, or gives it up without a reason.
Where you are not certain, it is fine. Rudeness, errors of typing, changes of mind and short answers are fine.

The situation:
{situation}
{user}"""
# Of the conversation, so many messages are shown: it is a look at one line, not a judgment.
_SHOWN: Final = 6


async def breach_by_model(
    model: Model, line: str, watched: Watched, *, answered: Callable[[Completion], None]
) -> Breach | None:
    """What the model finds wrong with a line.

    Raises:
        ModelError: the model's server failed, or gave no answer that can be read.
    """
    situation = watched.system_prompt if watched.system_prompt is not None else watched.description
    system = _INSTRUCTIONS.format(situation=situation, user=watched.character.sections())
    before = "\n".join(f"{_who(message)}: {text_of(message)}" for message in watched.messages[-_SHOWN:])
    asked: list[Message] = [
        {"role": "system", "content": system},
        {
            "role": "user",
            "content": f"The conversation before it:\n{before or '(none)'}\n\nThe user's next message:\n{line}",
        },
    ]
    return await ask(model, asked, [_FUNCTION], _read, answered=answered)


def _who(message: Message) -> str:
    return {"user": "User", "assistant": "Agent"}.get(str(message.get("role")), str(message.get("role")))


def _read(calls: Sequence[Call]) -> Breach | None:
    given: Any = only_call(calls).arguments
    fine = given.get("fine") if isinstance(given, dict) else None
    if not isinstance(fine, bool):
        raise Unreadable('"fine" must be true or false.')
    rule = given.get("rule")
    if fine:
        return None
    if rule not in _RULES:
        raise Unreadable(f'"rule" must be one of: {", ".join(_RULES)}.')
    reason = str(given.get("reason") or rule).strip().rstrip(".")
    return Breach(str(rule), reason, "Say it clearer in persona=, goal= and knows=, or take a larger model.")
