"""The arithmetic of a stream's times."""

from __future__ import annotations

from scenario.exchange import Chunk, ReceivedEvent
from scenario.metrics.stream_timing import stream_timing
from scenario.types import Gaps


def test_gaps_are_those_between_content_events() -> None:
    """What brings no part of the answer, such as a keep-alive, does not end a silence."""
    events = [
        ReceivedEvent(at=1.0, data="", content=False),
        ReceivedEvent(at=2.0, data="a", content=True),
        ReceivedEvent(at=3.0, data="", content=False),
        ReceivedEvent(at=4.0, data="b", content=True),
        ReceivedEvent(at=5.0, data="c", content=True),
    ]
    chunks = [Chunk(0.5, b"xy"), Chunk(5.0, b"z")]
    timing = stream_timing(chunks=chunks, events=events, connect=0.1, headers=0.4, total=6.0)
    assert (timing.connect, timing.headers, timing.first_byte, timing.first_content) == (0.1, 0.4, 0.5, 2.0)
    assert (timing.last_byte, timing.total, timing.bytes, timing.events) == (5.0, 6.0, 3, 5)
    assert timing.gaps == Gaps(median=1.5, p95=1.95, maximum=2.0)


def test_what_never_happened_has_no_time() -> None:
    """None, and not a zero that would spoil a statistic."""
    timing = stream_timing(chunks=[], events=[], connect=None, headers=None, total=1.0)
    assert (timing.first_byte, timing.first_content, timing.last_byte, timing.gaps) == (None, None, None, Gaps())
