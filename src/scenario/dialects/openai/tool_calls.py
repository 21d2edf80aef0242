"""Tool-call deltas of the OpenAI dialect, joined as their senders meant them.

The rule is that fragments with one `index` are one call. Compatible servers break it: they count from 1, repeat an
index for a second call, leave the index out, send the id late, or send a new id with each fragment. So a fragment goes
to the call of its index, unless it clearly begins another: it brings a function name, and either an id that is not
that call's, or no id while that call's arguments have ended: after `}`, JSON cannot go on with `{`.
"""

from __future__ import annotations

from typing import Any, Final

from scenario.protocols.assembly import Assembly, CallDraft
from scenario.protocols.json_text import write_arguments

_LEGACY: Final = "function_call"


class ToolCallDeltas:
    """Joins the fragments of one message's tool calls.

    Args:
        reply: the reply that they belong to.
        message: the key of the message in it.
    """

    def __init__(self, reply: Assembly, message: object = "") -> None:
        self._reply = reply
        self._message = message
        self._by_index: dict[object, CallDraft] = {}
        self._by_id: dict[str, CallDraft] = {}
        self._last: CallDraft | None = None

    def add(self, deltas: object, function_call: object = None) -> bool:
        """Take in a chunk's `tool_calls`, and its `function_call` of old; whether there was anything to read."""
        found = False
        if isinstance(deltas, list):
            for delta in deltas:
                if isinstance(delta, dict):
                    self._fragment(delta, delta.get("index"))
                    found = True
        if isinstance(function_call, dict):
            self._fragment({"function": function_call}, _LEGACY)
            found = True
        return found

    def _fragment(self, delta: dict[str, Any], index: object) -> None:
        function = delta.get("function") or delta.get("custom")
        if not isinstance(function, dict):
            function = delta
        call_id, name = _text(delta.get("id")), _text(function.get("name"))
        # A custom tool is given text, at another place.
        arguments = _arguments(function.get("arguments", function.get("input")))
        if not isinstance(index, int | str):
            index = None
        draft = self._find(index, call_id, name, arguments)
        if draft is None:
            draft = self._reply.begin_call(object(), id=call_id, name=name, message=self._message)
        else:
            draft.id = draft.id or call_id
            # Some servers repeat the name with each fragment; others send it in pieces.
            if name and name != draft.name and not draft.arguments:
                draft.name += name
        if index is not None:
            self._by_index[index] = draft
        if call_id:
            self._by_id[call_id] = draft
        self._last = draft
        draft.free_text = draft.free_text or delta.get("type") == "custom" or "custom" in delta
        if arguments:
            draft.arguments.append(arguments)

    def _find(self, index: object, call_id: str, name: str, arguments: str) -> CallDraft | None:
        if index is None and call_id:
            known = self._by_id.get(call_id)
            return known if known is not None or name else self._last
        draft = self._last if index is None else self._by_index.get(index)
        if draft is None or not name:
            return draft
        if call_id and draft.id:
            return draft if call_id == draft.id else None
        ended = bool(draft.arguments) and draft.arguments[-1].rstrip().endswith("}")
        begins = ended and not call_id and (arguments.startswith("{") or name != draft.name)
        return None if begins else draft


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return write_arguments(value)
