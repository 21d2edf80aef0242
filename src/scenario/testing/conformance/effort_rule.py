"""The rule of effort: what an event costs does not grow with what came before it.

It is counted, and not timed: steps of Python, and bytes that are allocated while an event is read. What a function
written in C looks through again and again without keeping any of it is not seen.
"""

from __future__ import annotations

import statistics
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Final

from scenario.protocols.protocol import Reader
from scenario.testing.conformance.rule import Breach
from scenario.testing.conformance.subject import Subject
from scenario.wire.event import ServerSentEvent

# Two stretches of a long stream are held against each other, of which the second begins so many times later.
_STRETCH: Final = 64
_LATER: Final = 8
_LATER_FOR_BYTES: Final = 64
# What the second may cost more: tables and lists grow by leaps.
_MORE: Final = 1.5
_MORE_STEPS: Final = 16 * _STRETCH
_MORE_BYTES: Final = 2048


def takes_linear_time(subject: Subject) -> Iterator[Breach]:
    """A long answer costs no more an event than a short one."""
    stream = _long_stream(subject)
    if stream is None:
        return
    before, event = stream
    for count, later, allowed, what in (
        (_steps, _LATER, _MORE_STEPS, "steps of Python"),
        (_bytes, _LATER_FOR_BYTES, _MORE_BYTES, "bytes allocated at an event (the median)"),
    ):
        first, second = _compared(subject, before, event, later, count)
        if second > first * _MORE + allowed:
            where = f"{_STRETCH} events that bring text, after {_STRETCH} others and after {_STRETCH * later}"
            expected = f"as many {what}: {first}, or little more"
            yield Breach(where, expected, f"{second}: each event costs more the more came before it")
            return


def _long_stream(subject: Subject) -> tuple[list[ServerSentEvent], ServerSentEvent] | None:
    """An event that brings text, and those before it; None where there is none."""
    reader, events = subject.reader(), [event for event, _, _ in subject.events]
    for index, event in enumerate(events):
        brought = reader.read(event)
        if brought.kind == "text" and brought.text and not reader.over:
            return events[:index], event
    return None


def _compared(
    subject: Subject,
    before: Sequence[ServerSentEvent],
    event: ServerSentEvent,
    later: int,
    count: Callable[[Reader, ServerSentEvent], int],
) -> tuple[int, int]:
    """What a stretch costs early in a stream and late in it."""
    reader = subject.reader()
    for one in before:
        reader.read(one)
    for _ in range(_STRETCH):
        reader.read(event)
    first = count(reader, event)
    for _ in range(_STRETCH * (later - 1)):
        reader.read(event)
    return first, count(reader, event)


def _steps(reader: Reader, event: ServerSentEvent) -> int:
    """The steps of Python's interpreter that a stretch takes."""
    steps = 0

    def trace(frame: FrameType, kind: str, _argument: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps += kind == "opcode"
        return trace

    def stretch(count: int) -> None:
        for _ in range(count):
            reader.read(event)

    before = sys.gettrace()
    # What a process traces first, CPython 3.12 may tell nothing about: that is nothing here.
    for count in (0, _STRETCH):
        steps = 0
        sys.settrace(trace)
        try:
            stretch(count)
        finally:
            sys.settrace(before)
    return steps


def _bytes(reader: Reader, event: ServerSentEvent) -> int:
    """The bytes that are allocated at once while an event is read: the median of a stretch."""
    is_tracing = tracemalloc.is_tracing()
    if not is_tracing:
        tracemalloc.start()
    try:
        peaks = []
        for _ in range(_STRETCH):
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            reader.read(event)
            _, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - before)
    finally:
        if not is_tracing:
            tracemalloc.stop()
    return int(statistics.median(peaks))
