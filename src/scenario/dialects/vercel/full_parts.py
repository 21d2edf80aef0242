"""The parts of the AI SDK's `fullStream`, as chunks of its UI message stream.

Servers hand on what `streamText(…).fullStream` yields: VoltAgent as it is, Mastra with each part's fields in a
`payload` and names of its own. Source: the packages ai 7.0.173 and 4.3.19, @voltagent/core 2.10.0, @mastra/core 1.71.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import write_json

# What other versions and Mastra call a part, and what the UI stream calls it.
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tool-call": "tool-input-available",
        "tool-result": "tool-output-available",
        "tool-error": "tool-output-error",
        "step-start": "start-step",
        "step-finish": "finish-step",
        "reasoning": "reasoning-delta",
        "tool-call-streaming-start": "tool-input-start",
        "tool-call-input-streaming-start": "tool-input-start",
        "tool-call-delta": "tool-input-delta",
        "tool-call-approval": "tool-approval-request",
        "tool-call-suspended": "tool-approval-request",
        "tripwire": "error",
    }
)
_CALLS: Final = ("tool-call", "tool-result", "tool-error", "tool-call-streaming-start", "tool-call-delta")
_MASTRAS: Final = ("start", "text-start", "text-delta", "reasoning-start", "reasoning-delta", "finish", "error")
# Parts that have the same name here and there, and may hold something else.
_TRANSLATED: Final = ("error", "finish", "tool-approval-request")
_TEXTS: Final = ("text-delta", "reasoning-delta", "reasoning")
# Where the UI stream has a field, and where the others have it.
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "text-delta": ("delta", "text", "textDelta"),
        "reasoning-delta": ("delta", "text", "textDelta"),
        "tool-input-start": ("toolCallId", "id"),
        "tool-input-delta": ("toolCallId", "id"),
        "tool-input-available": ("input", "args"),
        "tool-output-available": ("output", "result"),
    }
)


def own_mark(value: Mapping[str, Any]) -> str:
    """What a part is told by that no UI message stream has, in words; empty where there is nothing."""
    kind, payload = value.get("type"), value.get("payload")
    if not isinstance(kind, str):
        return ""
    if isinstance(payload, dict) and ("runId" in value or "from" in value) and (kind in _NAMES or kind in _MASTRAS):
        return f'a part of type "{kind}" has its fields in a "payload"'
    told = isinstance(value.get("textDelta"), str) or (isinstance(value.get("text"), str) and "id" in value)
    # Assistant-ui's transport has texts of any part so, each with its path.
    if kind in _TEXTS and told and "delta" not in value and "path" not in value:
        return f'a part of type "{kind}" has a "text" in the place of a "delta"'
    if kind in ("start-step", "step-start") and ("request" in value or "warnings" in value):
        return f'a part of type "{kind}" holds the request to the model'
    called = isinstance(value.get("toolName"), str)
    if kind == "tool-input-start" and called and isinstance(value.get("id"), str) and "toolCallId" not in value:
        return 'a part of type "tool-input-start" has its call\'s id in "id"'
    if kind in _CALLS and called and isinstance(value.get("toolCallId"), str):
        return f'a part of type "{kind}" has a "toolCallId"'
    return ""


def as_chunk(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chunk of the UI stream that a part stands for; a chunk itself stays what it is."""
    payload, kind = part.get("payload"), part["type"]
    name = _NAMES.get(kind, kind)
    if isinstance(payload, dict):
        part = {**part, **payload}
    elif name == kind and (name not in _FIELDS or _FIELDS[name][0] in part) and name not in _TRANSLATED:
        return part
    chunk = {**part, "type": name}
    fields = _FIELDS.get(name, ())
    if fields and fields[0] not in chunk:
        found = next((one for one in fields if one in chunk), None)
        if found is not None:
            chunk[fields[0]] = chunk[found]
    match name:
        case "tool-input-delta" if "inputTextDelta" not in chunk:
            chunk["inputTextDelta"] = chunk.get("argsTextDelta", chunk.get("delta"))
        case "tool-output-available" if chunk.get("isError") is True:
            chunk |= {"type": "tool-output-error", "errorText": _said(chunk.get("output"))}
        case "tool-output-error" | "error" if "errorText" not in chunk:
            chunk["errorText"] = _said(chunk.get("error") or chunk.get("reason") or payload)
        case "tool-approval-request" if isinstance(call := chunk.get("toolCall"), dict):
            chunk["toolCallId"] = call.get("toolCallId")
        case "finish":
            chunk |= _end(chunk)
    return chunk


def _end(chunk: Mapping[str, Any]) -> dict[str, Any]:
    """Why the run ended, and what it took."""
    made: dict[str, Any] = {}
    result, output = chunk.get("stepResult"), chunk.get("output")
    if "finishReason" not in chunk and isinstance(result, dict):
        made["finishReason"] = result.get("reason")
    if "messageMetadata" not in chunk:
        made["messageMetadata"] = output if isinstance(output, dict) else chunk
    return made


def _said(error: object) -> str:
    """What went wrong, in words."""
    if isinstance(error, str):
        return error
    return error_of(error).message if isinstance(error, Mapping) and error else write_json(error) if error else ""
