"""Tool calls of home-made streams: whole in one event, or begun in one, filled by others and ended by a last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.dialects.openai.tool_calls import ToolCallDeltas
from scenario.protocols.assembly import Assembly, CallDraft
from scenario.protocols.json_text import NOT_JSON, read_json, write_arguments
from scenario.protocols.speakers_in_json import conversations_in, speaker_of

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
_INSIDE: Final = (
    *("payload", "data", "tool", "tool_call", "toolCall", "function", "call"),
    *("delta", "message", "tool_calls", "toolCalls"),
)
_LISTS: Final = (
    "tool_calls",
    "toolCalls",
    "calls",
    "tool_results",
    "toolResults",
    "results",
    "content",
    "data",
    "payload",
)
# What lies around a message of the agent's, with its calls and its parts.
_AROUND: Final = ("message", "response", "output", "data", "result")
_PARTS: Final = ("content", "parts")
# A call that tells so has only begun, or goes on; one that tells otherwise was told of before.
_BEGINNINGS: Final = frozenset(
    ("start", "started", "running", "pending", "calling", "in_progress", "begin", "executing")
)
_STATES: Final = ("status", "state", "phase", "stage")
_DEPTH: Final = 5


class ToolEvents:
    """Those of one reply.

    Args:
        reply: what they belong to.
    """

    def __init__(self, reply: Assembly) -> None:
        self._reply = reply
        self._by_id: dict[str, CallDraft] = {}
        self._by_index: dict[int | None, CallDraft] = {}
        self._last: CallDraft | None = None
        # Those that have only been said to have begun.
        self._begun: CallDraft | None = None
        self._deltas = ToolCallDeltas(reply)
        # The calls of conversations that have their results.
        self._answered: set[str] = set()

    def beside(self, value: Mapping[str, Any]) -> bool:
        """Take in the calls and results that stand beside a text: in lists, in parts; whether there was a call."""
        if value.get("role") == "tool":
            self.result(value)
            return False
        taken = False
        for message in (value, *(value.get(key) for key in _AROUND)):
            if isinstance(message, dict):
                taken = self._of_message(message) or taken
        for _, messages in conversations_in(value):
            for message in messages:
                if speaker_of(message) == "tool":
                    self._result_once(message)
                else:
                    taken = self._of_message(message) or taken
        return taken

    def _result_once(self, message: Mapping[str, Any]) -> None:
        """A conversation is told again with each of its messages."""
        call_id = _word(message.get("tool_call_id"))
        if call_id not in self._answered:
            self._answered.add(call_id)
            self._reply.result(call_id, message.get("content"))

    def _new(self, calls: list[Any]) -> list[Any]:
        return [one for one in calls if not isinstance(one, dict) or _word(one.get("id")) not in self._by_id]

    def _of_message(self, message: Mapping[str, Any]) -> bool:
        taken = False
        for key in ("tool_calls", "toolCalls"):
            if isinstance(calls := message.get(key), list | dict):
                # Events of their own may have told them before.
                taken = self._deltas.add(self._new(calls) if isinstance(calls, list) else calls) or taken
        for key in _PARTS:
            parts = message.get(key)
            for part in parts if isinstance(parts, list) else ():
                kind = part.get("type") if isinstance(part, dict) else None
                if kind in ("tool_use", "tool-call", "tool_call", "function_call"):
                    self.call(part)
                    taken = True
                elif kind in ("tool_result", "tool-result"):
                    self.result(part)
        return taken

    def call(self, value: Mapping[str, Any]) -> str:
        """Take in an event that is a call, or ends one that was begun; what is wrong with it, if anything is."""
        if (calls := _listed(value)) is not None:
            wrong = [self.call(one) for one in calls if not self._is_result(one)]
            return next(filter(None, wrong), "")
        described = _described(value)
        name, arguments = _first(described, _NAMES), _first(described, _ARGUMENTS)
        if arguments is None and isinstance(inner := described.get("data"), dict):
            arguments = _first(inner, _ARGUMENTS)
        if isinstance(name, int | float):
            return "a tool's name is a number"
        call_id, index = _id(value, described), _index(value)
        draft = self._known(value, _word(name), arguments)
        if draft is None:
            if not name and arguments is None:
                return ""
            draft = self._reply.begin_call(object(), id=call_id, name=_word(name))
        draft.name = draft.name or _word(name)
        self._keep(draft, call_id, index)
        self._begun = draft if _has_begun(value) or (arguments is None and name) else None
        if arguments is not None:
            self._fill(draft, arguments if isinstance(arguments, str) else write_arguments(arguments))
        if (output := described.get("result")) is not None:
            self._reply.result(call_id, output)
        return ""

    def _is_result(self, value: Mapping[str, Any]) -> bool:
        """Take in what stands in a list of calls and is what one has returned; whether it is that."""
        is_result = _first(value, _ARGUMENTS) is None and _first(value, ("output", "result", "content")) is not None
        if is_result and not isinstance(value.get("function"), dict):
            self.result(value)
            return True
        return False

    def _known(self, value: Mapping[str, Any], name: str, arguments: object) -> CallDraft | None:
        """The call that an event tells more of; None where it tells of another."""
        described = _described(value)
        call_id, index = _id(value, described), _index(value)
        draft = self._by_id.get(call_id) if call_id else self._by_index.get(index)
        if draft is not None and name and draft.name and draft.name != name:
            return None
        again = name and arguments and not call_id
        if draft is not None and again and "".join(draft.arguments).strip() not in ("", "{}"):
            return draft if self._goes_on(value, described) else None
        if draft is None and not call_id and self._last is not None and (not name or self._goes_on(value, described)):
            return self._last
        return draft

    def _keep(self, draft: CallDraft, call_id: str, index: int | None) -> None:
        self._last = draft
        if call_id:
            self._by_id[call_id] = draft
        if index is not None:
            self._by_index[index] = draft

    def _goes_on(self, value: Mapping[str, Any], described: Mapping[str, Any]) -> bool:
        """Whether a call without an id is the one that has begun before it: by its name and its arguments."""
        last, arguments = self._begun, _first(described, _ARGUMENTS)
        if last is None or last is not self._last or last.name != _first(described, _NAMES):
            return False
        held = "".join(last.arguments)
        if held.strip() in ("", "{}"):
            return not _has_begun(value) or arguments is None
        return arguments is None or read_json(held) == (
            read_json(arguments) if isinstance(arguments, str) else arguments
        )

    def piece(self, value: Mapping[str, Any]) -> bool:
        """Take in a piece of a call's arguments; False where there is none."""
        described = _described(value)
        piece, call_id, index = _first(described, _PIECES), _id(value, described), _index(value)
        draft = self._by_id.get(call_id) if call_id else self._by_index.get(index, self._last)
        if draft is None:
            draft = self._reply.begin_call(object(), id=call_id, name=_word(_first(described, _NAMES)))
            self._keep(draft, call_id, index)
        if not isinstance(piece, str) or not piece:
            return False
        draft.arguments.append(piece)
        return True

    def result(self, value: Mapping[str, Any]) -> None:
        """Take in what a tool has returned."""
        if (results := _listed(value)) is not None:
            for one in results:
                self.result(one)
            return
        described = _described(value)
        if _has_begun(value) and _first(described, _NAMES) and not value.get("output") and not value.get("result"):
            self.call(value)
            return
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
    return _path(value)[-1]


def _path(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    path = [value]
    for _ in range(_DEPTH):
        if isinstance(_first(path[-1], _NAMES), str):
            break
        inner = next((path[-1][key] for key in _INSIDE if isinstance(path[-1].get(key), dict)), None)
        if inner is None:
            break
        path.append(inner)
    return path


def _listed(value: Mapping[str, Any], depth: int = 2) -> list[Mapping[str, Any]] | None:
    """The calls, or the results, of an event that has a list of them; None where it has none."""
    if isinstance(_first(value, _NAMES), str):
        return None
    for key in _LISTS:
        inner = value.get(key)
        if isinstance(inner, dict) and depth and (found := _listed(inner, depth - 1)) is not None:
            return found
        calls: list[Mapping[str, Any]] = (
            [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        )
        if calls and all(_first(_described(one), _NAMES) or _first(one, _IDS) for one in calls):
            return calls
    return None


def _has_begun(value: Mapping[str, Any]) -> bool:
    state = next((value[key] for key in _STATES if isinstance(value.get(key), str)), "")
    return state.lower() in _BEGINNINGS


def _id(event: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    return next(filter(None, [_word(_first(one, _IDS)) for one in (described, *reversed(_path(event)))]), "")


def _index(event: Mapping[str, Any]) -> int | None:
    index = event.get("index")
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)
