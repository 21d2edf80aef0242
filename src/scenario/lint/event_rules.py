"""L23 to L25, L29: lines that are no fields, data that is no JSON, sentinels by other names, ids that repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from scenario.late_pattern import late_pattern
from scenario.lint.data import Data
from scenario.lint.dialect_groups import SENTINEL, is_sentinel
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.lint.sse_scan import Block, Line
from scenario.protocols.json_text import NOT_JSON
from scenario.wire.stray_lines import may_be_lost_data

_FIELDS: Final = frozenset({b"", b"data", b"event", b"id", b"retry"})
_NUMBERED: Final = late_pattern(r"\d{1,18}(?:-\d{1,18})?")
_SHOWN: Final = 80


def has_only_known_fields(evidence: Evidence) -> Iterator[Seen]:
    """L23: every line is a field of the standard or a comment."""
    if evidence.framing != "sse" or evidence.scan.plain or evidence.is_misdeclared:
        return
    is_damaged = bool(evidence.exchange.malformed)
    for block in evidence.scan.blocks:
        if block.event in evidence.broken:
            continue
        for line in block.lines:
            lost = line.field != b"data" and is_damaged and may_be_lost_data(line.whole)
            if line.field not in _FIELDS or lost:
                what, remedy = _of_line(line)
                yield Seen(
                    what,
                    remedy,
                    block.event,
                    evidence.time_of(block.start),
                    "error" if lost or _is_lost_text(line, block, evidence) else None,
                )


def _of_line(line: Line) -> tuple[str, str]:
    """What is wrong with a line that readers skip, and what to do."""
    if line.field in _FIELDS:
        text = line.whole[:_SHOWN].decode("utf-8", "replace")
        return f"a line that readers skip holds data: {text!r}", "End each line before the next `data: ` begins."
    text = line.field[:_SHOWN].decode("utf-8", "replace")
    unknown = "a line has no colon" if line.value is None else "a line has an unknown field"
    remedy = "Write `data: ` before every line of the text, also after a line end inside it."
    return f"{unknown}: {text!r}; readers skip it", remedy


def _is_lost_text(line: Line, block: Block, evidence: Evidence) -> bool:
    """Whether it is the rest of a text whose line end was written raw: a field's name has no blank in it."""
    if block.event is None or block.event >= len(evidence.data) or evidence.data[block.event].value is not NOT_JSON:
        return False
    return line.value is None or b" " in line.field.strip()


def has_json_data(evidence: Evidence) -> Iterator[Seen]:
    """L24: the data of each event is one JSON value, as the dialect has it."""
    if evidence.is_misdeclared:
        return
    for index in sorted(evidence.broken):
        data = evidence.data[index]
        what, remedy = _diagnosis(data, evidence)
        yield Seen(f"{what}: {_short(data.event.data)}", remedy, event=index)


def _diagnosis(data: Data, evidence: Evidence) -> tuple[str, str]:
    text = data.event.data
    if data.value is not NOT_JSON:
        return f"the data is JSON, and no event of {evidence.dialect}", "Send events as the dialect has them."
    if (after := _after_first_value(text)) is not None:
        if after.lstrip()[:1] in ("{", "["):
            return "two JSON values stand in one event", "End each event with an empty line: one is missing here."
        return "something follows the JSON value", "Send one JSON value to an event, and nothing after it."
    block = (
        next((block for block in evidence.scan.blocks if block.event == data.index), None)
        if _is_sse(evidence)
        else None
    )
    if block is not None and _has_garbage(block):
        return (
            "the JSON is cut by a raw line end, and its rest stands in lines of its own",
            r"Let a JSON encoder write the data: it escapes line ends in strings as \n.",
        )
    if text.lstrip()[:1] in ("{", "[", '"'):
        return "the JSON is cut or not well-formed", "Write each event whole, with a JSON encoder."
    return "the data is no JSON", "Send JSON in every event of this dialect."


def _is_sse(evidence: Evidence) -> bool:
    return evidence.framing == "sse" and not evidence.scan.plain


def _has_garbage(block: Block) -> bool:
    return any(line.field not in _FIELDS for line in block.lines)


def _after_first_value(text: str) -> str | None:
    """What follows the JSON value at the start; None where there is no such value."""
    try:
        _, end = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return None
    return text.lstrip()[end:].strip() or None


def spells_the_sentinel_right(evidence: Evidence) -> Iterator[Seen]:
    """L25: the end is `[DONE]`, to the letter."""
    if evidence.framing != "sse":
        return
    for data in evidence.data:
        text = data.event.data
        # Where texts are streamed as they are, "Done" is a word of the answer.
        if text != SENTINEL and is_sentinel(text) and ("[" in text or evidence.objects):
            yield Seen(
                f"the data is {text!r}, which readers that wait for '[DONE]' do not know",
                "Send `data: [DONE]`, in capitals and brackets.",
                event=data.index,
            )


def has_ids_to_resume_from(evidence: Evidence) -> Iterator[Seen]:
    """L29: ids are unique, and where they are numbers they grow: else a reconnection cannot tell where to go on."""
    if evidence.framing != "sse" or evidence.scan.plain:
        return
    seen: set[bytes] = set()
    last: tuple[int, ...] = ()
    for block in evidence.scan.blocks:
        for value in block.values(b"id")[-1:]:
            text = value.decode("utf-8", "replace")
            remedy = "Give each event an id of its own, growing: Last-Event-ID is where a reconnection goes on."
            at = evidence.time_of(block.start)
            if value in seen:
                yield Seen(f"the id {text[:_SHOWN]!r} comes again", remedy, block.event, at)
            seen.add(value)
            number = tuple(map(int, text.split("-"))) if _NUMBERED.fullmatch(text) else ()
            if number and last and number < last:
                yield Seen(f"the id {text!r} comes after a greater one", remedy, block.event, at)
            last = number or last


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
