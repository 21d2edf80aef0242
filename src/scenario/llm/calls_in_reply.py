"""The calls in what a model answered: those that it made, else those that it wrote as JSON in its text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from scenario.llm.endpoint import without_secrets
from scenario.llm.functions import CHOICE, Call, Function, Unreadable
from scenario.llm.json_in_text import json_lists, json_objects, without_thoughts
from scenario.llm.model import Model
from scenario.types import Reply

T = TypeVar("T")

_SHOWN: Final = 200
# Reasons of an end, in OpenAI's and Anthropic's words.
_CUT: Final = ("length", "max_tokens")


def account_of(model: Model, reply: Reply) -> str:
    """What was answered in the place of what was asked for, shortened."""
    if reply.finish_reason in _CUT:
        return "It was cut at its limit of tokens: max_tokens= sets a higher one."
    refusals = " ".join(str(message.get("refusal") or "") for message in reply.messages)
    said = without_secrets(model.target, " ".join((reply.text or calls_as_text(reply) or refusals).split()))
    if not said:
        return "Its answer was empty."
    return f"It answered: {said[:_SHOWN]}{'…' if len(said) > _SHOWN else ''}"


def read_calls(reply: Reply, functions: Sequence[Function], read: Callable[[Call], T]) -> T:
    """Read the first call of the reply that makes sense; where there is none, the JSON in its text."""
    names = [function.name for function in functions]
    unreadable: Unreadable | None = None
    for call in _calls(reply, functions):
        if call.name not in names:
            unreadable = unreadable or Unreadable(f"There is no function {call.name!r}; there are: {', '.join(names)}.")
            continue
        try:
            return read(call)
        except Unreadable as error:
            unreadable = error
    raise unreadable or Unreadable(f"There was no call of {' or '.join(names)}.")


def _calls(reply: Reply, functions: Sequence[Function]) -> list[Call]:
    if reply.tool_calls:
        return [
            Call(
                name=_plain_name(call.name, functions),
                arguments=call.arguments if call.arguments is not None else call.arguments_raw,
            )
            for call in reply.tool_calls
        ]
    found: list[Call] = []
    text = without_thoughts(reply.text)
    for value in json_objects(text):
        name, arguments = _named(value, functions)
        found.append(Call(name=name, arguments=arguments))
    found += [Call(name=name, arguments=value) for name in _taking_many(functions) for value in json_lists(text)]
    # What is said last counts: a model may think aloud in JSON before.
    return found[::-1]


def _plain_name(name: str, functions: Sequence[Function]) -> str:
    """A function's name without the space of names before it ("functions.give"), in the letters it was given in."""
    last = name.rpartition(".")[2].casefold()
    return next((function.name for function in functions if function.name.casefold() == last), name)


def _taking_many(functions: Sequence[Function]) -> list[str]:
    """The function that a bare list of objects is meant for: the first that takes more than plain values."""
    shapes = {function.name: function.parameters.get("properties", {}).values() for function in functions}
    names = [name for name, inner in shapes.items() if any(one.get("type") in ("object", "array") for one in inner)]
    return names[:1]


def _named(value: dict[str, Any], functions: Sequence[Function]) -> tuple[str, Any]:
    """Which function a JSON object in text calls: as we asked for it, or as models write calls on their own."""
    names = [function.name for function in functions]
    for key in (CHOICE, "name", "tool", "action"):
        if value.get(key) in names:
            inner = next((value[k] for k in ("arguments", "parameters", "args") if k in value), None)
            return value[key], inner if inner is not None else {k: v for k, v in value.items() if k != key}
    if len(value) == 1 and (only := next(iter(value))) in names:
        return only, value[only]
    # Without a name it is the one that demands what is there.
    fit = max(functions, key=lambda function: len(value.keys() & function.parameters.get("properties", {}).keys()))
    return fit.name, value


def calls_as_text(reply: Reply) -> str:
    """The calls of a reply, a line each."""
    return "\n".join(f"{call.name}({call.arguments_raw})" for call in reply.tool_calls)
