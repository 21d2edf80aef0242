"""Parameters that a model's server refuses, and the same request without them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

# Statuses with which servers say that they do not know a parameter.
_REFUSING: Final = frozenset({400, 404, 405, 415, 422, 500, 501})

# What is looked for in a server's complaint, the more telling names first.
_SIGNS: Final = {
    "max_completion_tokens": re.compile(r"max_completion_tokens"),
    "max_tokens": re.compile(r"max_tokens"),
    "parallel_tool_calls": re.compile(r"parallel_tool_calls"),
    "tool_choice": re.compile(r"tool[_ ]choice"),
    "response_format": re.compile(r"response[_ ]format|json[_ ]schema|structured output"),
    "strict": re.compile(r"\bstrict\b"),
    "temperature": re.compile(r"temperature"),
    "seed": re.compile(r"\bseed\b"),
    "tools": re.compile(r"\btools?\b|function[_ ]call|\bfunctions\b"),
    "stream_options": re.compile(r"stream[_ ]options"),
}
# Said by a server that answers in streams only.
_NOT_STREAMED: Final = re.compile(r"\bstream(?:ing|ed)?\b")
# Refusals of these leave nothing to send in their place: the caller must ask in another way.
STRUCTURAL: Final = frozenset({"tools", "response_format"})
# Not a parameter but the lack of one: the server wants to stream.
STREAM: Final = "no stream"

_CHOICE: Final = "tool_choice="
# A function of that name, then any function, then whatever it likes, then nothing said.
_WEAKER_CHOICE: Final = {"named": "required", "required": "auto"}
_OTHER_NAME: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def refused_parameter(status: int, complaint: str, body: Mapping[str, Any]) -> str | None:
    """Which parameter of `body` an error response is about, for `without`; None where it is about something else."""
    if status not in _REFUSING:
        return None
    complaint = complaint.lower()
    for name, sign in _SIGNS.items():
        if _has(body, name) and sign.search(complaint):
            return _CHOICE + _choice_kind(body) if name == "tool_choice" else name
    return STREAM if not body.get("stream") and _NOT_STREAMED.search(complaint) else None


def without(parameter: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The request without a parameter, or with the other name or the weaker value that may do in its place."""
    changed = dict(body)
    if parameter == STREAM:
        changed |= {"stream": True, "stream_options": {"include_usage": True}}
    elif parameter.startswith(_CHOICE):
        if parameter == _CHOICE + _choice_kind(body):
            changed["tool_choice"] = _WEAKER_CHOICE.get(_choice_kind(body))
            if changed["tool_choice"] is None:
                del changed["tool_choice"]
    elif parameter == "strict":
        if body.get("tools"):
            changed["tools"] = [_not_strict(tool) for tool in body["tools"]]
    elif parameter in changed:
        value = changed.pop(parameter)
        if parameter in _OTHER_NAME:
            changed[_OTHER_NAME[parameter]] = value
    return changed


def _has(body: Mapping[str, Any], name: str) -> bool:
    if name == "strict":
        return any("strict" in (tool.get("function") or {}) for tool in body.get("tools") or ())
    return name in body


def _choice_kind(body: Mapping[str, Any]) -> str:
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        return "named" if choice.get("type") == "function" else "other"
    return str(choice)


def _not_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {key: value for key, value in (tool.get("function") or {}).items() if key != "strict"}
    return {**tool, "function": function}
