"""Tool calls of home-made streams: whole in one event, or begun in one, filled by others and ended by a last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.protocols.assembly import Assembly, CallDraft
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments

_NAMES: Final = ("name", "tool_name", "toolName", "tool", "function", "function_name", "functionName")
_ARGUMENTS: Final = (
    *("arguments", "args", "input", "parameters", "params", "tool_args", "toolArgs", "tool_input", "toolInput"),
    "tool_arguments",
)
_PIECES: Final = (
    *("delta", "arguments_delta", "args_delta", "argsTextDelta", "argumentsDelta", "inputTextDelta", "partial_json"),
    *("partial_args", *_ARGUMENTS, "content", "text"),
)
_IDS: Final = ("id", "tool_call_id", "toolCallId", "call_id", "callId", "tool_use_id", "toolUseId")
_OUTPUTS: Final = ("output", "result", "content", "response", "data", "text")
_INSIDE: Final = ("payload", "data", "tool", "tool_call", "toolCall", "function", "call")


class ToolEvents:
    """Those of one reply.

    Args:
        reply: what they belong to.
    """

    def __init__(self, reply: Assembly) -> None:
        self._reply = reply
        self._by_id: dict[str, CallDraft] = {}
        self._last: CallDraft | None = None

    def call(self, value: Mapping[str, Any]) -> str:
        """Take in an event that is a call, or ends one that was begun; what is wrong with it, if anything is."""
        described = _described(value)
        name, arguments = _first(described, _NAMES), _first(described, _ARGUMENTS)
        if arguments is None and isinstance(inner := described.get("data"), dict):
            arguments = _first(inner, _ARGUMENTS)
        if isinstance(name, int | float):
            return "a tool's name is a number"
        call_id = _id(value, described)
        draft = self._by_id.get(call_id) if call_id else None
        if draft is not None and name and draft.name and draft.name != name:
            draft = None
        if draft is None and not call_id and self._last is not None and not name:
            draft = self._last
        if draft is None:
            if not name and arguments is None:
                return ""
            draft = self._reply.begin_call(object(), id=call_id, name=_word(name))
        draft.name = draft.name or _word(name)
        self._last = draft
        if call_id:
            self._by_id[call_id] = draft
        if arguments is not None:
            self._fill(draft, arguments if isinstance(arguments, str) else write_arguments(arguments))
        if (output := described.get("result")) is not None:
            self._reply.result(call_id, output)
        return ""

    def piece(self, value: Mapping[str, Any]) -> bool:
        """Take in a piece of a call's arguments; False where there is none."""
        described = _described(value)
        piece, call_id = _first(described, _PIECES), _id(value, described)
        draft = self._by_id.get(call_id) if call_id else self._last
        if draft is None:
            draft = self._reply.begin_call(object(), id=call_id, name=_word(_first(described, _NAMES)))
            self._last = draft
            if call_id:
                self._by_id[call_id] = draft
        if not isinstance(piece, str) or not piece:
            return False
        draft.arguments.append(piece)
        return True

    def result(self, value: Mapping[str, Any]) -> None:
        """Take in what a tool has returned."""
        described = _described(value)
        output = _first(described, _OUTPUTS)
        self._reply.result(_id(value, described), _first(value, _OUTPUTS) if output is None else output)

    def _fill(self, draft: CallDraft, arguments: str) -> None:
        """The whole arguments: they are what the pieces before them were, and what an empty beginning stood for."""
        held = "".join(draft.arguments)
        if held and held.strip() != "{}" and arguments.strip() in ("", "{}"):
            return
        if held.strip() not in ("", "{}") and read_json(held) is NOT_JSON and read_json(arguments) is NOT_JSON:
            draft.arguments.append(arguments)
            return
        draft.arguments[:] = [arguments]


def _described(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that describes the call: the event itself, or one inside it."""
    for _ in range(3):
        if isinstance(_first(value, _NAMES), str):
            break
        inner = next((value[key] for key in _INSIDE if isinstance(value.get(key), dict)), None)
        if inner is None:
            break
        value = inner
    return value


def _id(event: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    return _word(_first(described, _IDS)) or _word(_first(event, _IDS))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)
