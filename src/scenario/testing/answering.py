"""What the model server answers where no script says otherwise: a line, or a verdict in the shape asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from scenario.llm.json_in_text import json_objects
from scenario.testing.model_reply import ModelReply, ToolUse

USER_LINES = ("Hello, I need some help.", "Could you tell me more?", "Thank you, that is what I wanted to know.")
_REASONING = "The test's model server was told to answer so."


def default_reply(body: Mapping[str, Any], *, verdicts: Mapping[str, str], user_lines: Sequence[str]) -> ModelReply:
    """The answer to a request.

    Args:
        body: of the request, in OpenAI's or Anthropic's words.
        verdicts: a part of a criterion's text → the status it gets; "passed" for the others.
        user_lines: what a user simulator says, one after the other, and the last again and again.
    """
    if (function := _function(body)) is not None:
        name, schema = function
        return ModelReply(tools=(ToolUse(name=name, arguments=filled(schema, verdicts)),))
    if (shape := _shape(body)) is not None:
        return ModelReply(text=msgspec.json.encode(filled(shape, verdicts)).decode())
    messages = [message for message in body.get("messages") or () if isinstance(message, dict)]
    said = sum(message.get("role") == "assistant" for message in messages)
    return ModelReply(text=user_lines[min(said, len(user_lines) - 1)])


def filled(schema: Mapping[str, Any], verdicts: Mapping[str, str], name: str = "", criterion: str = "") -> Any:
    """A value that fits a JSON Schema; statuses are the verdicts that belong to the nearest description."""
    if "enum" in schema:
        return _chosen(schema["enum"], verdicts, criterion)
    match schema.get("type"):
        case "object":
            criterion = schema.get("description", "") or criterion
            properties = schema.get("properties", {})
            return {key: filled(inner, verdicts, key, criterion) for key, inner in properties.items()}
        case "array":
            count = schema.get("minItems", 0)
            return [filled(schema.get("items", {}), verdicts, name, criterion) for _ in range(count)]
        case "integer" | "number":
            return -1 if name == "message_index" else 0
        case "boolean":
            return name != "depends_on_image"
        case _:
            return "" if name == "quote" else _REASONING


def _chosen(values: Sequence[Any], verdicts: Mapping[str, str], criterion: str) -> Any:
    for part, status in verdicts.items():
        if status in values and part.casefold() in criterion.casefold():
            return status
    for preferred in ("passed", "finish_test"):
        if preferred in values:
            return preferred
    return values[0]


def _function(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The function to call: the one that is demanded, else a verdict, else any if one is demanded."""
    functions: dict[str, Mapping[str, Any]] = {}
    for tool in body.get("tools") or ():
        function = tool.get("function", tool)
        functions[function["name"]] = function.get("parameters") or function.get("input_schema") or {}
    choice = body.get("tool_choice")
    demanded = choice.get("function", choice).get("name") if isinstance(choice, dict) else None
    is_demand = choice == "required" or (isinstance(choice, dict) and choice.get("type") in ("function", "tool", "any"))
    for name in (demanded, "finish_test", next(iter(functions), None) if is_demand else None):
        if name in functions:
            return str(name), functions[str(name)]
    return None


def _shape(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The shape that the text is to have: by `response_format`, or by a JSON Schema in the last message."""
    response_format = body.get("response_format") or {}
    if "json_schema" in response_format:
        schema: Mapping[str, Any] = response_format["json_schema"].get("schema", {})
        return schema
    messages = body.get("messages") or ()
    last = messages[-1].get("content") if messages else None
    if isinstance(last, str) and "JSON Schema" in last:
        return next((found for found in reversed(json_objects(last)) if "properties" in found), None)
    return None
