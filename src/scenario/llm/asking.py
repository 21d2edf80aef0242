"""How a model is asked to call a function: by tools, for JSON of a schema, for any JSON, or in text.

What it refuses is found by asking, and is remembered for all participants. Each way is asked in once; where a refusal
may have been an outage's word, once more after another way has worked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from scenario.errors import ModelError, ModelResponseError
from scenario.llm.adapting_calls import RefusedParameter
from scenario.llm.functions import CHOICE, Function
from scenario.llm.model import Completion, Model
from scenario.llm.needs import Way
from scenario.types import Message


async def completed(
    model: Model,
    messages: Sequence[Message],
    functions: Sequence[Function],
    attempt: int,
    *,
    without_tools: bool = False,
) -> Completion:
    """Ask in the way that is known to work, else in each from the best one down to one that the server takes.

    What worked is remembered, but for `without_tools`: there only the answer shows whether it has.

    Args:
        model: the model.
        messages: the conversation with it.
        functions: what it may call; it must call one.
        attempt: counts how often the same question is put.
        without_tools: pass over tools, which the model has ignored.

    Raises:
        ModelError: the server failed, or takes no way of asking.
        ConfigurationError: a key or the embedded model is missing.
    """
    refusal: RefusedParameter | None = None
    doubted: Way | None = None
    passed_over = {"tools"} if without_tools else set[str]()
    for way in await model.ways():
        if way in passed_over:
            continue
        try:
            completion = await model.complete(**_asked(way, messages, functions), attempt=attempt)
        except RefusedParameter as error:
            refusal = error
            if error.is_doubtful and doubted is None:
                doubted = way
            if error.is_unknown and error.parameter == "response_format":
                passed_over |= {"json_schema", "json_object"}
            continue
        is_proven = True
        if doubted is not None:
            is_proven, taken = await _put_again(model, _asked(doubted, messages, functions), attempt)
            way, completion = (way, completion) if taken is None else (doubted, _paid_for_both(taken, completion))
        if is_proven and not without_tools:
            model.asked_by(way)
        return msgspec.structs.replace(completion, asked_by=way)
    raise refusal or ModelResponseError(f"{model.name} takes no way of asking.", status=0)


async def _put_again(model: Model, asked: dict[str, Any], attempt: int) -> tuple[bool, Completion | None]:
    """Whether it is certain now whether a way is refused, and what was answered where it is not.

    The refusal may have been an outage's word, and the way that was taken has come after the outage.
    """
    try:
        return True, await model.complete(**asked, attempt=attempt, is_again=True)
    except RefusedParameter:
        return True, None
    except ModelError:
        return False, None


def _paid_for_both(taken: Completion, other: Completion) -> Completion:
    """The answer that counts, with what both have used."""
    costs = [one.cost for one in (taken, other) if one.cost is not None]
    return msgspec.structs.replace(
        taken,
        usage=taken.usage + other.usage,
        seconds=taken.seconds + other.seconds,
        cost=sum(costs) if len(costs) == 2 else None,
    )


def _asked(way: Way, messages: Sequence[Message], functions: Sequence[Function]) -> dict[str, Any]:
    """The arguments of a completion that asks in a way."""
    if way == "tools":
        return {"messages": messages, **_as_tools(functions)}
    shape = _merged(functions)
    # The instruction stands in the prompt where the server gets the shape too: OpenAI demands that JSON is spoken of,
    # and others ignore the shape.
    asked: dict[str, Any] = {"messages": [*messages, {"role": "user", "content": _instruction(shape)}]}
    if way == "json_schema":
        schema = {"name": "answer", "schema": shape, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif way == "json_object":
        asked["response_format"] = {"type": "json_object"}
    return asked


def _as_tools(functions: Sequence[Function]) -> dict[str, Any]:
    tools = [
        {
            "type": "function",
            "function": {
                "name": function.name,
                "description": function.description,
                "parameters": function.parameters,
                "strict": True,
            },
        }
        for function in functions
    ]
    only = {"type": "function", "function": {"name": functions[0].name}}
    return {"tools": tools, "tool_choice": only if len(functions) == 1 else "required"}


def _merged(functions: Sequence[Function]) -> Mapping[str, Any]:
    """One shape for all of them: servers differ in what they make of alternatives, and none fails at a plain object."""
    if len(functions) == 1:
        return functions[0].parameters
    properties: dict[str, Any] = {
        CHOICE: {
            "type": "string",
            "enum": [function.name for function in functions],
            "description": " ".join(f"{function.name}: {function.description}" for function in functions),
        }
    }
    for function in functions:
        properties |= function.parameters.get("properties", {})
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _instruction(shape: Mapping[str, Any]) -> str:
    schema = msgspec.json.encode(shape).decode()
    return f"Answer with one JSON object and nothing else. It must fit this JSON Schema:\n{schema}"
