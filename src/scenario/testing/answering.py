"""What the model server answers where no script says otherwise: a line, or a verdict in the shape asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from scenario.agents.judge.controls import words_stated
from scenario.llm.json_in_text import json_objects
from scenario.testing.model_reply import ModelReply, ToolUse

USER_LINES = ("Hello, I need some help.", "Could you tell me more?", "Thank you, that is what I wanted to know.")
_REASONING = "The test's model server was told to answer so."
_LINE_MARK: Final = re.compile(r"^  (?:\||=|> calls) ", re.MULTILINE)
_QUOTATION_MARKS: Final = re.compile('["“”„«»]')


def default_reply(body: Mapping[str, Any], *, verdicts: Mapping[str, str], user_lines: Sequence[str]) -> ModelReply:
    """The answer to a request.

    Args:
        body: of the request, in OpenAI's or Anthropic's words.
        verdicts: a part of a criterion's text → the status it gets; "passed" for the others, but for a judge's
            controls, which are answered by what stands in the transcript.
        user_lines: what a user simulator says, one after the other, and the last again and again.
    """
    messages = [message for message in body.get("messages") or () if isinstance(message, dict)]
    choose = partial(_chosen, verdicts, messages)
    if (function := _function(body)) is not None:
        name, schema = function
        return ModelReply(tools=(ToolUse(name=name, arguments=filled(schema, choose)),))
    if (shape := _shape(body)) is not None:
        return ModelReply(text=msgspec.json.encode(filled(shape, choose)).decode())
    said = sum(message.get("role") == "assistant" for message in messages)
    return ModelReply(text=user_lines[min(said, len(user_lines) - 1)])


def filled(
    schema: Mapping[str, Any], choose: Callable[[Sequence[Any], str], Any], name: str = "", criterion: str = ""
) -> Any:
    """A value that fits a JSON Schema; statuses are the verdicts that belong to the nearest description."""
    if "enum" in schema:
        return choose(schema["enum"], criterion)
    match schema.get("type"):
        case "object":
            criterion = schema.get("description", "") or criterion
            properties = schema.get("properties", {})
            return {key: filled(inner, choose, key, criterion) for key, inner in properties.items()}
        case "array":
            count = schema.get("minItems", 0)
            return [filled(schema.get("items", {}), choose, name, criterion) for _ in range(count)]
        case "integer" | "number":
            return -1 if name == "message_index" else 0
        case "boolean":
            return name != "depends_on_image"
        case _:
            return "" if name == "quote" else _REASONING


def _chosen(
    verdicts: Mapping[str, str], messages: Sequence[Mapping[str, Any]], values: Sequence[Any], criterion: str
) -> Any:
    for part, status in verdicts.items():
        if status in values and part.casefold() in criterion.casefold():
            return status
    if "failed" in values and (words := words_stated(criterion)) is not None and not _was_said(words, messages):
        return "failed"
    for preferred in ("passed", "finish_test"):
        if preferred in values:
            return preferred
    return values[0]


def _was_said(words: str, messages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether words stand in the transcript that a judge is shown; the criteria, which hold them too, are left out."""
    shown = "\n".join(str(message.get("content")) for message in messages)
    parts = re.findall(r"^<(transcript(?:-part)?)>$(.*?)^</\1>$", shown, re.DOTALL | re.MULTILINE)
    return any(words in in_one_line(text) for _, text in parts)


def in_one_line(transcript: str) -> str:
    """A transcript's words in one line, without the marks of its lines, and with one kind of quotation marks."""
    return _QUOTATION_MARKS.sub("'", " ".join(_LINE_MARK.sub("", transcript).split()))


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
