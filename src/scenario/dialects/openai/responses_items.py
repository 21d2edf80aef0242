"""The output items of a response: what has come of each, and which of those in a whole response it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from scenario.protocols.assembly import CallDraft
from scenario.protocols.json_text import NOT_JSON, is_same_json, read_json, repaired, shortened, write_arguments
from scenario.protocols.looks import check_number

Key: TypeAlias = int | str
_Whole = TypeVar("_Whole")

# Where items have what a tool was called with, and what it gave. The image of an image call is no text.
INPUT_KEYS: Final = ("arguments", "input", "action", "operation", "code", "queries", "command")
# Those whose arguments are JSON; other tools are given text, or code.
JSON_CALLS: Final = ("function_call", "mcp_call")
TOLD_IN_PIECES: Final = (*JSON_CALLS, "custom_tool_call")


class Item:
    """What has come of one output item."""

    __slots__ = ("call", "has_reasoning", "has_text", "key", "whole_arguments")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.call: CallDraft | None = None
        self.has_text = False
        self.has_reasoning = False
        self.whole_arguments = False


def key_of(event: Mapping[str, Any]) -> Key:
    """What names the item that an event is of: its place, or its identity."""
    key = event.get("output_index")
    if type(key) is int:
        return key
    if isinstance(key := event.get("item_id"), str):
        return key
    inner = event.get("item")
    return word(inner.get("id")) if isinstance(inner, dict) else ""


class Call(NamedTuple):
    """A call as it is told by its pieces or as a whole."""

    id: str
    name: str
    arguments: str


def call_in(item: Mapping[str, Any], kind: str) -> Call:
    """The call that a whole item is."""
    given = first(item, INPUT_KEYS)
    arguments = given if isinstance(given, str) else "" if given is None else write_arguments(given)
    return Call(word(item.get("call_id") or item.get("id")), word(item.get("name")) or kind, arguments)


def told_call(draft: CallDraft) -> Call:
    """The call that pieces have brought."""
    return Call(draft.id, draft.name, "".join(draft.arguments))


def text_in(parts: object) -> str:
    """What the parts of a whole message say, and what they refuse."""
    return repaired("".join(_texts(parts)))


def _texts(parts: object) -> Iterator[str]:
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type") != "reasoning_text":
            yield word(part.get("refusal")) or word(part.get("text"))


class WholeOutput:
    """The output of a whole response, held against what was told of its items before.

    Args:
        output: its items.
        texts: what was told of messages.
        calls: and of calls.

    Attributes:
        items: its items by their places; what others have said, which some servers repeat here, is left out.
        texts: which of the messages that were told each is, by its place.
        calls: the same of calls.
        contradiction: what was told otherwise than it stands here; None where nothing was.
    """

    def __init__(self, output: Sequence[object], texts: Mapping[Key, str], calls: Mapping[Key, Call]) -> None:
        check_number(output)
        self.items = {index: item for index, item in enumerate(output) if isinstance(item, dict) and _is_own(item)}
        kinds = {index: word(item.get("type")) for index, item in self.items.items()}
        messages = {index: text_in(self.items[index].get("content")) for index in kinds if kinds[index] == "message"}
        messages = {index: text for index, text in messages.items() if text}
        wholes = {index: call_in(self.items[index], kind) for index, kind in kinds.items() if is_call(kind)}
        self.texts: dict[int, Key] = {}
        self.calls = _paired(calls, wholes, _identity, _deed, fits=_may_be_same)
        self.contradiction: str | None = None
        self._told = self._match_texts(texts, messages) | self.calls.keys()
        for index, key in self.calls.items():
            self._compare_calls(calls[key], wholes[index], kinds[index])

    def unseen(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Those of which nothing was told, with their places."""
        return ((index, item) for index, item in self.items.items() if index not in self._told)

    def _match_texts(self, told: Mapping[Key, str], wholes: Mapping[int, str]) -> set[int]:
        if "".join(told.values()).strip() == "".join(wholes.values()).strip():
            # Servers that name no items have told all of them as one.
            return set(wholes)
        self.texts = _paired(told, wholes, str.strip)
        for index, key in self.texts.items():
            if told[key].strip() != wholes[index].strip():
                self.contradiction = self.contradiction or difference(key, told[key], wholes[index])
        return set(self.texts)

    def _compare_calls(self, told: Call, whole: Call, kind: str) -> None:
        # What the API's own tools were called with may be told more exactly at the end.
        same = not told.arguments or not whole.arguments or is_same_json(told.arguments, whole.arguments)
        if not same and kind in TOLD_IN_PIECES:
            self.contradiction = self.contradiction or call_difference(told.arguments, whole.arguments)


def difference(key: Key, told: str, whole: str) -> str:
    """That a message is told in two ways."""
    return f"the deltas of output {key} have brought {shortened(told)}, and its end has {shortened(whole)}"


def call_difference(told: str, whole: str) -> str:
    """That a call's arguments are."""
    return f"a call's pieces have brought {shortened(told)}, and its end has {shortened(whole)}"


def _paired(
    told: Mapping[Key, _Whole],
    wholes: Mapping[int, _Whole],
    *signs: Callable[[_Whole], object],
    fits: Callable[[_Whole, _Whole], bool] = lambda _one, _other: True,
) -> dict[int, Key]:
    """By what they say; then by their place, and then by their order, as far as they fit."""
    pairs: dict[int, Key] = {}
    rest = dict(told)
    for sign in signs:
        found: dict[object, list[Key]] = {}
        for key, one in reversed(rest.items()):
            found.setdefault(sign(one), []).append(key)
        for index, whole in wholes.items():
            if index not in pairs and (said := sign(whole)) and (keys := found.get(said)):
                pairs[index] = keys.pop()
                del rest[pairs[index]]
    for index, whole in wholes.items():
        if index not in pairs and index in rest and fits(rest[index], whole):
            pairs[index] = index
            del rest[index]
    left = [index for index in wholes if index not in pairs]
    return pairs | {index: key for index, key in zip(left, rest, strict=False) if fits(rest[key], wholes[index])}


def _is_own(item: Mapping[str, Any]) -> bool:
    return item.get("role") in (None, "assistant")


def _may_be_same(one: Call, other: Call) -> bool:
    return not one.name or not other.name or one.name == other.name


def _identity(call: Call) -> str:
    return call.id


def _deed(call: Call) -> tuple[str, str]:
    value = read_json(call.arguments or "{}")
    return call.name, call.arguments if value is NOT_JSON else json.dumps(value, sort_keys=True)


def is_call(kind: str) -> bool:
    """Whether an item of this kind is a call of a tool."""
    return kind.endswith("_call") or kind == "program"


def word(value: object) -> str:
    """A text; empty where it is something else."""
    return value if isinstance(value, str) else ""


def first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands at the first of these keys that has something."""
    return next((value[key] for key in keys if value.get(key) is not None), None)
