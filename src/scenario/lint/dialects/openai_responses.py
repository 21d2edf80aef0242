"""L45: OpenAI's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from scenario.lint.data import Data
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

# Where a text belongs: the events that bring it, and the indices of its item, its part and its summary.
_Place: TypeAlias = tuple[str, Any, Any, Any]

# What a part's deltas are called, and where the event that closes it has the whole.
# The events of an item's text, by the type of the item or of its part, and the key under which the item has it whole.
_IN_ITEMS: Final = {
    "function_call": ("response.function_call_arguments", "arguments"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
    "mcp_call": ("response.mcp_call_arguments", "arguments"),
    "output_text": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
}
_WHOLES: Final = {
    "response.output_text": "text",
    "response.refusal": "refusal",
    "response.reasoning_text": "text",
    "response.reasoning_summary_text": "text",
    "response.function_call_arguments": "arguments",
    "response.custom_tool_call_input": "input",
    "response.mcp_call_arguments": "arguments",
}


def follows_responses(evidence: Evidence) -> Iterator[Seen]:
    """L45: numbers without a gap, ids that stay, wholes that are the sum of their deltas."""
    if evidence.framing != "sse":
        return
    yield from _counts_without_a_gap(evidence)
    yield from _keeps_item_ids(evidence)
    yield from _sums_up(evidence)


def _counts_without_a_gap(evidence: Evidence) -> Iterator[Seen]:
    last: int | None = None
    for data in evidence.objects:
        number = data.get("sequence_number")
        if not isinstance(number, int):
            continue
        if last is not None and number != last + 1:
            remedy = "Count sequence_number up by one with each event: a gap says that an event was lost."
            yield Seen(f"sequence_number goes from {last} to {number}", remedy, data.index)
        last = number


def _keeps_item_ids(evidence: Evidence) -> Iterator[Seen]:
    items: dict[int, str] = {}
    for data in evidence.objects:
        place = data.get("output_index")
        if not isinstance(place, int):
            continue
        item = data.get("item")
        name = data.word("item_id") or (item.get("id") if isinstance(item, dict) else None)
        if isinstance(name, str) and name:
            known = items.setdefault(place, name)
            if known != name:
                remedy = "Keep an item's id from output_item.added to output_item.done."
                yield Seen(f"item {place} was {known[:60]!r} and is {name[:60]!r}", remedy, data.index)


def _sums_up(evidence: Evidence) -> Iterator[Seen]:
    pieces: dict[_Place, list[str]] = {}
    for data in evidence.objects:
        name = data.word("type")
        kind, _, phase = name.rpartition(".")
        if phase == "delta" and kind in _WHOLES:
            place = (kind, data.get("output_index"), data.get("content_index"), data.get("summary_index"))
            pieces.setdefault(place, []).append(data.word("delta"))
            continue
        for place, whole in _wholes(data, name, kind):
            joined = "".join(pieces[place]) if place in pieces else whole
            if whole != joined:
                # Events that repeat the same whole say nothing new.
                del pieces[place]
                remedy = "Let the whole be the deltas joined: one of them was lost, doubled or cut."
                what = (
                    f"{name} has {len(whole)} characters of {kind}" if kind in _WHOLES else f"{name} has {len(whole)}"
                )
                yield Seen(f"{what} and the deltas {len(joined)}, or other ones", remedy, data.index)


def _wholes(data: Data, name: str, kind: str) -> Iterator[tuple[_Place, str]]:
    """The texts that an event has whole, each with the place that its deltas have."""
    if kind in _WHOLES and name.endswith(".done"):
        place = (kind, data.get("output_index"), data.get("content_index"), data.get("summary_index"))
        yield place, data.word(_WHOLES[kind])
    elif name == "response.output_item.done":
        yield from _of_item(data.get("item"), data.get("output_index"))
    elif name == "response.completed":
        response = data.get("response")
        output = response.get("output") if isinstance(response, dict) else None
        for index, item in enumerate(output if isinstance(output, list) else ()):
            yield from _of_item(item, index)


def _of_item(item: Any, index: Any) -> Iterator[tuple[_Place, str]]:
    if not isinstance(item, dict):
        return
    if (known := _IN_ITEMS.get(str(item.get("type")))) is not None:
        event, key = known
        if isinstance(whole := item.get(key), str):
            yield (event, index, None, None), whole
    content = item.get("content")
    for number, part in enumerate(content if isinstance(content, list) else ()):
        known = _IN_ITEMS.get(str(part.get("type"))) if isinstance(part, dict) else None
        if known is not None and isinstance(whole := part.get(known[1]), str):
            yield (known[0], index, number, None), whole
