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

# One for each kind of fault, and the first.
_ATTEMPTS: Final = 3


async def ask(
    model: Model,
    messages: Sequence[Message],
    functions: Sequence[Function],
    read: Callable[[Sequence[Call]], T],
    *,
    answered: Callable[[Completion], None],
    asking: int = 0,
    shown: Sequence[str] = (),
    essence: Callable[[T], object] = lambda value: value,
    fails: Callable[[T], bool] = lambda _: False,
) -> T:
    """Have the model call one of these functions, and read the call.

    An answer that cannot be read is asked for once more, and so is one whose evidence is wrong: three requests at most.
    One that stands behind other words counts when it is said twice.

    Args:
        model: the model.
        messages: the conversation with it.
        functions: what it may call; it must call one.
        read: makes a value of all the calls of an answer, or raises `Unreadable`.
        answered: told of every completion.
        asking: tells the same question apart that is put several times, so that none is served another's answer.
        shown: what of others' words the messages show, which the model may repeat and does not say itself.
        essence: what two answers must have in common to say the same.
        fails: whether an answer fails what is asked about: no other counts beside it that does not, unless it is said
            twice, and it may repeat what was shown, if it does so twice.

    Raises:
        ModelError: the server failed, or two answers could not be read.
        ConfigurationError: a key or the embedded model is missing.
    """
    partial: T | None = None
    asked = list(messages)
    ignored = False
    useless: list[Completion] = []
    faults: set[str] = set()
    claims: list[T] = []
    while True:
        attempt = asking * _ATTEMPTS + len(useless)
        completion = await completed(model, asked, functions, attempt, without_tools=ignored)
        answered(completion)
        try:
            value = _confirmed(completion.reply, functions, read, claims, shown=shown, essence=essence, fails=fails)
        except Unreadable as unreadable:
            useless.append(completion)
            partial = unreadable.partial if unreadable.partial is not None else partial
            problem = unreadable.problem
            if unreadable.fault in faults or len(useless) == _ATTEMPTS:
                break
            faults.add(unreadable.fault)
            asked += _correction(completion.reply, problem, functions)
            if unreadable.fault == "form":
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


def _confirmed(
    reply: Reply,
    functions: Sequence[Function],
    read: Callable[[Sequence[Call]], T],
    claims: list[T],
    *,
    shown: Sequence[str],
    essence: Callable[[T], object],
    fails: Callable[[T], bool],
) -> T:
    """What a reply says, if it counts at once, or was said before; else it is kept in `claims`."""
    try:
        value = read_calls(reply, functions, read, shown=shown, fails=fails)
    except Unreadable as unreadable:
        if unreadable.claim is None:
            raise
        value = unreadable.claim[0]
        if any(essence(value) == essence(claim) for claim in claims):
            return value
        claims.append(value)
        raise
    if fails(value) or not any(map(fails, claims)) or any(essence(value) == essence(claim) for claim in claims):
        return value
    claims.append(value)
    raise Unreadable("It says another thing than the answer before it: decide, and say it once more.", fault="doubt")


def _correction(reply: Reply, problem: str, functions: Sequence[Function]) -> list[Message]:
    """The answer as it came, and what was wrong with it.

    As plain text, not as tool messages: a server refuses a broken call that is handed back to it as one. In one line,
    so that no line in it that the model has copied opens like one of ours.
    """
    said = " ".join((reply.text or calls_as_text(reply)).split())
    names = " or ".join(function.name for function in functions)
    return [
        {"role": "assistant", "content": said or "(nothing)"},
        {
            "role": "user",
            "content": f"That answer cannot be used. {problem} Answer again with a call of {names}, and nothing else; "
            "if you cannot call functions, write its arguments as one JSON object.",
        },
    ]
