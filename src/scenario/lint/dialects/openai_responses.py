"""L45: OpenAI's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

# What a part's deltas are called, and where the event that closes it has the whole.
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
    pieces: dict[tuple[object, ...], list[str]] = {}
    for data in evidence.objects:
        kind, _, phase = data.word("type").rpartition(".")
        if kind not in _WHOLES:
            continue
        place = (kind, data.get("output_index"), data.get("content_index"), data.get("summary_index"))
        if phase == "delta":
            pieces.setdefault(place, []).append(data.word("delta"))
        elif phase == "done" and place in pieces:
            whole, joined = data.word(_WHOLES[kind]), "".join(pieces[place])
            if whole != joined:
                remedy = "Let the whole be the deltas joined: one of them was lost, doubled or cut."
                what = f"{kind}.done has {len(whole)} characters and its deltas {len(joined)}, or other ones"
                yield Seen(what, remedy, data.index)
