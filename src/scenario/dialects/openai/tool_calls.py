"""Tool-call deltas of the OpenAI dialect, joined as their senders meant them.

The rule is that fragments with one `index` are one call. Compatible servers break it: they count from 1, repeat an
index for a second call, leave the index out, write it as 0.0 or "0", send the id late, send a new id with each
fragment, or give all calls the same. So a fragment goes to the call of its index, unless it clearly begins another: it
brings a function name, and an id that is not that call's, a name that is not, or arguments of its own after that
call's have ended. What fragments tell more than once is settled where the call is built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from scenario.protocols.assembly import Assembly, CallDraft
from scenario.protocols.call_arguments import is_grown, settled
from scenario.protocols.json_text import NOT_JSON, is_same_json, read_json, write_arguments

_LEGACY: Final = "function_call"
# No server begins a call's arguments anew so often: looking at them each time would take too long.
_MOST_LOOKS: Final = 64
_OF_A_CALL: Final = ("function", "custom", "name", "toolName", "id", "arguments", "args")


class _Fragment(NamedTuple):
    """What one delta says of a call.

    Attributes:
        place: its index, as far as it has one.
        is_object: the arguments came as an object, and not as text.
        free_text: the tool is a custom one, which is given text.
    """

    place: object
    call_id: str
    name: str
    arguments: str
    is_object: bool = False
    free_text: bool = False


class ToolCallDeltas:
    """Joins the fragments of one message's tool calls.

    Args:
        reply: the reply that they belong to.
        message: the key of the message in it.
    """

    def __init__(self, reply: Assembly, message: object = "") -> None:
        self._reply = reply
        self._message = message
        self._by_place: dict[object, CallDraft] = {}
        self._by_id: dict[str, CallDraft] = {}
        self._last: CallDraft | None = None
        # Those that the chunk in hand has brought something of.
        self._touched: set[CallDraft] = set()
        # How often each was looked at for whether it has ended.
        self._looked_at: Counter[CallDraft] = Counter()

    def add(self, deltas: object, function_call: object = None) -> bool:
        """Take in a chunk's `tool_calls`, and its `function_call` of old; whether there was anything to read."""
        self._touched.clear()
        for fragment in _fragments(deltas, function_call):
            self._take(fragment)
        return bool(self._touched)

    def add_whole(self, calls: object, function_call: object = None) -> bool:
        """Take in the calls of a whole message that follows its own pieces: only those that have not come yet."""
        self._touched.clear()
        known = list(self._reply.message(self._message).calls)
        for fragment in _fragments(calls, function_call):
            came = next((draft for draft in known if _is_the_same(draft, fragment)), None)
            if came is None:
                self._take(fragment._replace(place=object()))
                continue
            known.remove(came)
            if fragment.arguments and read_json("".join(came.arguments)) is NOT_JSON:
                came.arguments[:] = [fragment.arguments]
        return bool(self._touched)

    def _take(self, fragment: _Fragment) -> None:
        place, call_id, name, arguments, *_ = fragment
        draft = self._find(fragment) or self._told_again(fragment)
        if draft is None:
            draft = self._reply.begin_call(object(), id=call_id, name=name, message=self._message)
        else:
            draft.id = draft.id or call_id
            if name and not draft.arguments:
                draft.name = _joined_name(draft.name, name)
        if place is not None:
            self._by_place[place] = draft
        if call_id:
            self._by_id[call_id] = draft
        self._last = draft
        draft.free_text = draft.free_text or fragment.free_text
        self._touched.add(draft)
        if arguments:
            draft.arguments.append(arguments)

    def _find(self, fragment: _Fragment) -> CallDraft | None:
        """The call that a fragment goes on with; None where it begins one."""
        place, call_id, name, *_ = fragment
        if place is None and call_id:
            draft = self._by_id.get(call_id)
            if draft is None:
                return None if name else self._last
        else:
            draft = self._last if place is None else self._by_place.get(place)
        if draft is None and not name:
            # Nothing says what would be called.
            draft = self._by_id.get(call_id) if call_id else self._last
            return draft if draft is not None and (call_id or not _may_have_ended(draft)) else None
        if draft is None or not name:
            return draft
        return None if self._begins_another(draft, fragment) else draft

    def _told_again(self, fragment: _Fragment) -> CallDraft | None:
        """The call that a fragment tells once more, whole and at another index."""
        draft = self._by_id.get(fragment.call_id)
        if draft is None or draft in self._touched or not fragment.arguments or draft.name != fragment.name:
            return None
        return draft if is_same_json(settled(draft.arguments).text, fragment.arguments) else None

    def _begins_another(self, draft: CallDraft, fragment: _Fragment) -> bool:
        """Whether a fragment with a name is of another call than the one whose place it has."""
        place, call_id, name, arguments, *_ = fragment
        if call_id and draft.id and call_id != draft.id:
            return True
        beside = draft in self._touched
        if name != draft.name and (draft.arguments or beside):
            # Without an id, a name may come with each fragment, and in pieces.
            return bool(call_id) or beside or _may_have_ended(draft)
        if not _may_have_ended(draft) or not arguments.startswith("{"):
            return beside and not call_id and name == draft.name
        self._looked_at[draft] += 1
        if self._looked_at[draft] > _MOST_LOOKS:
            return False
        told = "".join(draft.arguments)
        value, other = read_json(told), read_json(arguments)
        if is_same_json(told, arguments):
            return not (call_id or draft.id) and (beside or place is None or other == {})
        if call_id or draft.id:
            # An empty object before the arguments, or after them, is a form of the same call; so is one that grows.
            if fragment.is_object and is_grown(value, other):
                return False
            return bool(value) and bool(other) and NOT_JSON not in (value, other)
        return value is not NOT_JSON


def _fragments(deltas: object, function_call: object) -> Iterator[_Fragment]:
    """What deltas say: a list of them, one alone, or several by their indexes."""
    if isinstance(deltas, dict):
        if any(key in deltas for key in _OF_A_CALL):
            deltas = [deltas]
        else:
            deltas = [{"index": key, **one} for key, one in deltas.items() if isinstance(one, dict)]
    for delta in deltas if isinstance(deltas, list) else ():
        if isinstance(delta, dict):
            yield _fragment(delta, _index(delta.get("index")))
    if isinstance(function_call, dict):
        yield _fragment({"function": function_call}, _LEGACY)


def _fragment(delta: dict[str, Any], index: int | str | None) -> _Fragment:
    function = delta.get("function") or delta.get("custom")
    name = function if isinstance(function, str) else ""
    if not isinstance(function, dict):
        function = delta
    # A custom tool is given text, at another place.
    arguments = function.get("arguments", function.get("input", function.get("args")))
    call_id = _text(delta.get("id")) or _text(delta.get("toolCallId"))
    name = _text(function.get("name")) or _text(function.get("toolName")) or name
    free_text = delta.get("type") == "custom" or "custom" in delta
    return _Fragment(index, call_id, name, _arguments(arguments), isinstance(arguments, dict), free_text)


def _index(value: object) -> int | str | None:
    """An index however it is written: 0.0 and "0" are 0."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value or None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _may_have_ended(draft: CallDraft) -> bool:
    return bool(draft.arguments) and draft.arguments[-1].rstrip().endswith("}")


def _joined_name(told: str, name: str) -> str:
    """A name that some servers repeat with each fragment, or tell so far; others send it in pieces."""
    return name if name.startswith(told) else told + name


def _is_the_same(draft: CallDraft, fragment: _Fragment) -> bool:
    """Whether a call of a whole message is one that came in pieces."""
    told = "".join(draft.arguments)
    alike = is_same_json(told or "{}", fragment.arguments or "{}")
    if fragment.call_id and draft.id:
        return fragment.call_id == draft.id and (alike or draft.name == fragment.name)
    return alike and draft.name == fragment.name


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return write_arguments(value)
