"""How a model is asked: what its server was found to take, as `scenario doctor` tells it, and finding it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenario.llm.functions import Call, Function, Unreadable, only_call
from scenario.llm.learned import Learned
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelTarget
from scenario.llm.structured import ask

_QUESTION = "Is this a question? Say so by calling the function."
_ANSWER = Function(
    name="answer",
    description="Answer the question.",
    parameters={
        "type": "object",
        "properties": {"is_question": {"type": "boolean", "description": "Whether it is one."}},
        "required": ["is_question"],
        "additionalProperties": False,
    },
)
_UNKNOWN = "nothing was learned yet, or nothing that is not usual: it is asked by tools until its server refuses"


def how_it_is_asked(target: ModelTarget, environ: Mapping[str, str]) -> str:
    """What is remembered of a model's server, in words."""
    return Learned(target, environ).needs.in_words or _UNKNOWN


async def find_out(target: ModelTarget, environ: Mapping[str, str]) -> None:
    """Forget what is remembered, and have the model talk and answer once; what was learned is remembered.

    Raises:
        ModelError: the server takes no question, or the model's answers cannot be read.
        ConfigurationError: a key or the embedded model is missing.
    """
    Learned(target, environ).forget()
    model = open_model(target)
    talk = [{"role": "system", "content": "Answer in a word."}, {"role": "user", "content": "Hello?"}]
    await model.complete(talk)
    question = [talk[0], {"role": "user", "content": _QUESTION}]
    await ask(model, question, [_ANSWER], _is_question, answered=lambda _completion: None)


def _is_question(calls: Sequence[Call]) -> bool:
    arguments = only_call(calls).arguments
    answer = arguments.get("is_question") if isinstance(arguments, dict) else None
    if not isinstance(answer, bool):
        raise Unreadable("is_question must be true or false.")
    return answer
