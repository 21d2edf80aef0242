"""How a model is asked to call a function: as a tool where the server has them, else as JSON.

What a server refused is remembered with the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from scenario.llm.function import CHOICE, Function
from scenario.llm.model import Completion, Model, RefusedParameter
from scenario.types import Message


async def completed(model: Model, messages: list[Message], functions: Sequence[Function], attempt: int) -> Completion:
    """Ask in the best way that the server is not known to refuse."""
    if model.profile.tools and "tools" not in model.refused:
        try:
            return await model.complete(messages, **_as_tools(functions), attempt=attempt)
        except RefusedParameter as error:
            if error.parameter != "tools":
                raise
        completion = await completed_as_json(model, messages, functions, attempt)
        model.refused.add("tools")
        return completion
    return await completed_as_json(model, messages, functions, attempt)


async def completed_as_json(
    model: Model, messages: list[Message], functions: Sequence[Function], attempt: int
) -> Completion:
    """Ask for JSON of a shape, or in text."""
    shape = _merged(functions)
    asked = [*messages, {"role": "user", "content": _instruction(shape)}]
    if model.target.dialect == "openai-chat" and "response_format" not in model.refused:
        schema = {"name": "answer", "schema": shape, "strict": True}
        try:
            return await model.complete(
                asked, response_format={"type": "json_schema", "json_schema": schema}, attempt=attempt
            )
        except RefusedParameter as error:
            if error.parameter != "response_format":
                raise
        completion = await model.complete(asked, attempt=attempt)
        model.refused.add("response_format")
        return completion
    return await model.complete(asked, attempt=attempt)


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
