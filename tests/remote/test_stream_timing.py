"""The arithmetic of a stream's times."""

from __future__ import annotations

import msgspec
import pytest

from scenario.errors import ScriptError
from scenario.exchange import Chunk, Exchange, HttpRequest, ReceivedEvent
from scenario.metrics.run_timing import run_timing
from scenario.metrics.stream_timing import stream_timing
from scenario.timing import Gaps, RunTiming, StreamTiming


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


def test_a_figure_is_a_number_or_says_why_there_is_none() -> None:
    """What a check compares never lets it pass, or fail without a word, because nothing was measured."""
    timing = StreamTiming(first_content=0.5, gaps=Gaps(median=0.1, p95=0.2, maximum=0.3), total=1.0)
    assert (timing.ttft, timing.longest_gap) == (0.5, 0.3)
    assert StreamTiming(first_content=0.0).ttft == 0.0
    silent = StreamTiming(total=1.0)
    for figure in ("ttft", "longest_gap"):
        with pytest.raises(AssertionError, match=f"{figure}: the answer had no content at all"):
            getattr(silent, figure)


def test_content_in_one_piece_has_no_silence_in_it() -> None:
    """The longest of no gaps is 0.0, and not the lack of an answer."""
    assert StreamTiming(first_content=0.5, total=1.0).longest_gap == 0.0


def test_a_run_s_figures_tell_whose_fault_their_lack_is() -> None:
    """Answers without content are the agent's failure; calls that were never made are the test's mistake."""
    timed, silent = StreamTiming(first_content=0.25), StreamTiming(total=1.0)
    timing = run_timing(Exchange(request=HttpRequest(url="u"), timing=each) for each in (timed, silent))
    assert (timing.ttft_p50, timing.ttft_p95) == (0.25, 0.25)
    mute = run_timing([Exchange(request=HttpRequest(url="u"), timing=silent)] * 2)
    for figure in ("ttft_p50", "ttft_p95"):
        with pytest.raises(AssertionError, match=f"{figure}: of 2 calls over the wire, none brought content"):
            getattr(mute, figure)
        with pytest.raises(ScriptError, match=rf"{figure}: no call over the wire was made.*`timing\.turns` is empty"):
            getattr(RunTiming(), figure)


def test_a_dump_has_figures_or_none() -> None:
    """Who writes figures down is not stopped by one that is not there, and finds them under their names."""
    assert msgspec.to_builtins(RunTiming())["ttft_p95"] is None
    told = msgspec.to_builtins(RunTiming(first_content_p50=0.1, first_content_p95=0.2))
    assert (told["ttft_p50"], told["ttft_p95"]) == (0.1, 0.2)
    assert msgspec.convert(told, RunTiming).ttft_p95 == 0.2
