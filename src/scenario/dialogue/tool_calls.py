"""Tool calls, read out of messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from scenario.types import Message, ToolCall


def raw_tool_calls(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The tool-call dictionaries of all messages, in order; what is no such dictionary is passed over."""
    found: list[dict[str, Any]] = []
    for message in messages:
        calls = message.get("tool_calls")
        if isinstance(calls, list):
            found.extend(call for call in calls if isinstance(call, dict))
    return found


def function_name(call: dict[str, Any]) -> str:
    """The name of the function that a tool-call dictionary calls; "" where it names none."""
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""


def parsed(value: Any) -> Any:
    """JSON text as its value; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def tool_calls_by_turn(turns: dict[int, list[Message]]) -> list[ToolCall]:
    """The tool calls of a conversation with the outputs that tool messages gave them."""
    outputs: dict[str, Any] = {}
    for messages in turns.values():
        for message in messages:
            if message.get("role") == "tool":
                outputs[str(message.get("tool_call_id", ""))] = message.get("content")
    calls: list[ToolCall] = []
    for turn, messages in turns.items():
        for call in raw_tool_calls(messages):
            function = call.get("function")
            arguments = function.get("arguments") if isinstance(function, dict) else None
            output = outputs.get(str(call.get("id", "")))
            name = function_name(call)
            calls.append(ToolCall(name=name, input=parsed(arguments), output=output, turn=turn, source="message"))
    return calls
