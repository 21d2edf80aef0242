"""The timing of one call, from the times of its pieces and events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from scenario.exchange import Chunk, ReceivedEvent
from scenario.metrics.run_timing import percentile
from scenario.received_events import ReceivedEvents
from scenario.timing import Gaps, StreamTiming


def stream_timing(
    *,
    chunks: Sequence[Chunk],
    events: Sequence[ReceivedEvent],
    connect: float | None,
    headers: float | None,
    total: float,
) -> StreamTiming:
    """When what happened in a call; all times in seconds since it began.

    A content event is one that brought a part of the answer. Events that arrived in one piece have no silence between
    them, which is a gap of 0. Percentiles are those of `scenario.metrics.run_timing.percentile`.
    """
    content = _content_times(events)
    return StreamTiming(
        connect=connect,
        headers=headers,
        first_byte=chunks[0].at if chunks else None,
        first_content=content[0][0] if content else None,
        gaps=_gaps(content),
        last_byte=chunks[-1].at if chunks else None,
        total=total,
        bytes=sum([len(chunk.data) for chunk in chunks]),
        events=len(events),
    )


def _content_times(events: Sequence[ReceivedEvent]) -> list[tuple[float, int]]:
    """When content events arrived, and how many at that moment."""
    if isinstance(events, ReceivedEvents):
        return list(events.content_times())
    return [(at, sum(1 for _ in alike)) for at, alike in groupby([event.at for event in events if event.content])]


def _gaps(times: Sequence[tuple[float, int]]) -> Gaps:
    at_once = [0.0] * sum([count - 1 for _, count in times])
    gaps = sorted([*at_once, *[after - before for (before, _), (after, _) in pairwise(times)]])
    if not gaps:
        return Gaps()
    return Gaps(median=percentile(gaps, 0.5), p95=percentile(gaps, 0.95), maximum=gaps[-1])
