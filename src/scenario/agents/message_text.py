"""What a message says and does, as text for a model to read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenario.protocols.json_text import write_json
from scenario.types import Message


def text_of(message: Message) -> str:
    """The text of a message; parts that are no text are named in square brackets."""
    content = message.get("content")
    if content is None:
        refusal = message.get("refusal")
        return refusal if isinstance(refusal, str) else ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return write_json(content)
    return "\n".join(_part(part) for part in content)


def calls_of(message: Message) -> list[str]:
    """The tool calls of a message, each as `name(arguments)`."""
    calls = message.get("tool_calls")
    return [_call(call) for call in calls] if isinstance(calls, list) else []


def tool_names(messages: list[Message]) -> dict[str, str]:
    """Which tool was called, by the id of the call."""
    names: dict[str, str] = {}
    for message in messages:
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                names[str(call.get("id"))] = str(function.get("name"))
    return names


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        text = part.get("text")
        return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"
    return write_json(part)


def _call(call: Any) -> str:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return write_json(call)
    arguments = function.get("arguments")
    return f"{function.get('name')}({arguments if isinstance(arguments, str) else write_json(arguments)})"
