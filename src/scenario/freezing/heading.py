"""What stands at the top of a frozen file: where it comes from, and what whoever uses it has to know."""

from __future__ import annotations

from scenario.freezing.frozen_run import FrozenRun

_LONGEST = 160


def heading(run: FrozenRun, command: str) -> list[str]:
    """Lines for comments; nothing in them begins another line, or is obeyed by a terminal.

    Args:
        run: what is written.
        command: what runs it.
    """
    row = run.record.scenario
    where = row.file or row.test
    lines = [f"The run {row.run_id[:8]} ({row.status}){f' of {where}' if where else ''}, its user's turns fixed."]
    lines += [f"It ended so: {row.error}"] if row.error else []
    lines += [f"Run it: {command}", *run.notes]
    return [_safe(line) for line in lines]


def _safe(line: str) -> str:
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line[:_LONGEST])
    # A comment of Python's in which a codec stands would be obeyed.
    shown = shown.replace("coding:", "coding :").replace("coding=", "coding =")
    return f"{shown}…" if len(line) > _LONGEST else shown
