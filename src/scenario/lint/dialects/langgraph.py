"""L49: LangGraph Server."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen


def names_its_run(evidence: Evidence) -> Iterator[Seen]:
    """L49: the metadata comes first, and its run is the one of Content-Location."""
    if not evidence.data or evidence.framing != "sse":
        return
    first = evidence.data[0]
    if first.word("type") == "event" and first.word("method"):
        # The third version of the protocol, in which channels are subscribed to, has no metadata.
        return
    if first.event.event not in ("metadata", "error"):
        remedy = "Send the event `metadata` with the run_id first."
        yield Seen(f"the first event is {first.event.event[:60]!r}", remedy, first.index)
        return
    run, place = first.word("run_id"), evidence.headers.get("content-location", "")
    if run and place and run not in place:
        remedy = "Give the run's own id in both: clients cancel and join the run by it."
        yield Seen(f"run_id is {run[:60]!r}, and Content-Location {place[:160]!r}", remedy, first.index)
