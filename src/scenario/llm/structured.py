"""Structured output: a function call where the server has them, else JSON of a demanded shape, else JSON in text.

What a server refused is remembered with the model. An answer that cannot be read is asked for once more, with the words
of what was wrong; and in the next way where there was no call, as a server that ignores functions is silent about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from scenario.errors import ModelResponseError
from scenario.llm.asking import completed
from scenario.llm.calls_in_reply import account_of, calls_as_text, read_calls
from scenario.llm.functions import Call, Function, Unreadable
from scenario.llm.model import Completion, Model
from scenario.types import Message, Reply

T = TypeVar("T")

_ATTEMPTS: Final = 2


async def ask(
    model: Model,
    messages: Sequence[Message],
    functions: Sequence[Function],
    read: Callable[[Call], T],
    *,
    answered: Callable[[Completion], None],
    asking: int = 0,
) -> T:
    """Have the model call one of these functions, and read the call.

    Args:
        model: the model.
        messages: the conversation with it.
        functions: what it may call; it must call one.
        read: makes a value of the call, or raises `Unreadable`.
        answered: told of every completion.
        asking: tells the same question apart that is put several times, so that none is served another's answer.

    Raises:
        ModelError: the server failed, or two answers could not be read.
        ConfigurationError: a key or the embedded model is missing.
    """
    partial: T | None = None
    asked = list(messages)
    problem = ""
    ignored = False
    useless: list[Completion] = []
    for attempt in range(_ATTEMPTS):
        attempted = asking * _ATTEMPTS + attempt
        completion = await completed(model, asked, functions, attempted, without_tools=ignored)
        answered(completion)
        try:
            value = read_calls(completion.reply, functions, read)
        except Unreadable as unreadable:
            useless.append(completion)
            problem = unreadable.problem
            partial = unreadable.partial if unreadable.partial is not None else partial
            asked += _correction(completion.reply, problem, functions)
            ignored = not completion.reply.tool_calls
        else:
            if ignored and completion.asked_by is not None:
                model.asked_by(completion.asked_by, after_another=True)
            return value
    if partial is not None:
        return partial
    model.forget(useless)
    raise ModelResponseError(
        f"{model.name} gave no answer that can be read, twice. {problem} {account_of(model, completion.reply)}",
        status=200,
    )


def _correction(reply: Reply, problem: str, functions: Sequence[Function]) -> list[Message]:
    """The answer as it came, and what was wrong with it.

    As plain text, not as tool messages: a server refuses a broken call that is handed back to it as one.
    """
    said = reply.text or calls_as_text(reply)
    names = " or ".join(function.name for function in functions)
    return [
        {"role": "assistant", "content": said or "(nothing)"},
        {
            "role": "user",
            "content": f"That answer cannot be used. {problem} Answer again with a call of {names}, and nothing else; "
            "if you cannot call functions, write its arguments as one JSON object.",
        },
    ]
