"""L40 of version 4 of the AI SDK's stream: `d:` is its last line.

Its lines are found in the body: a piece of text that arrives may hold many of them, or half of one.
"""

from __future__ import annotations

from collections.abc import Iterator

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen


def ends_its_data_stream(evidence: Evidence) -> Iterator[Seen]:
    """One `d:`, and nothing after it."""
    start, ended, failed = 0, False, False
    for line in evidence.body.split(b"\n"):
        kind, at = line[:2], start
        start += len(line) + 1
        if ended and line.strip():
            what = "a second terminal line" if kind == b"d:" else "a line"
            shown = line[:60].decode("utf-8", "replace")
            remedy = "Send d: once, as the last line: readers have stopped there."
            yield Seen(f"{what} came after the terminal one: {shown!r}", remedy, at=evidence.time_of(at))
        ended = ended or kind == b"d:"
        failed = failed or kind == b"3:"
    if not (ended or failed or evidence.is_cut) and evidence.was_answered and evidence.body:
        remedy = "End every reply with d:: without it, a cut stream looks like a whole answer."
        yield Seen("the stream ended without its terminal line (d:)", remedy)
