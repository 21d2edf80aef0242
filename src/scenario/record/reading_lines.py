"""How an answer was read, in lines: what each kind of event was taken for, what was left out, how the end is known."""

from __future__ import annotations

from typing import Final

from scenario.types import Reading, Reply

_MOST_KINDS: Final = 8


def reading_lines(reply: Reply, *, arrow: str = "→", ellipsis: str = "…") -> list[str]:
    """A line for each thing that was decided; what an agent wrote stands in them as it came."""
    reading = reply.reading
    lines = [f"end: {reading.end}"] if reply.outcome == "complete" else []
    if reading.segments > 1:
        lines.append(f"{reading.segments} answers in one body")
    lines += kind_lines(reading, arrow=arrow, ellipsis=ellipsis)
    lines += [
        f"cannot be read: event {one.index + 1}" + f" ({one.reason})" * bool(one.reason) for one in reading.damage
    ]
    return lines


def kind_lines(reading: Reading, *, arrow: str, ellipsis: str, times: str = "×") -> list[str]:
    """What the events were taken for, what was left out, and what else was decided."""
    kinds = [f"{kind.name or 'unnamed'} {times}{kind.count} {arrow} {kind.taken_for}" for kind in reading.kinds]
    more = f", {ellipsis}" if len(kinds) > _MOST_KINDS else ""
    told = [f"events: {', '.join(kinds[:_MOST_KINDS])}{more}"] if kinds else []
    return told + [f"left out: {what}" for what in reading.left_out] + list(reading.notes)
