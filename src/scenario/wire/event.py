"""Events as they come out of a body, one by one and many at a time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


# Without reference cycles there is nothing for the collector to find; leaving events out of it halves their cost.
class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One dispatched event.

    Attributes:
        event: its type; "message" where the stream named none.
        data: its lines, joined by LF.
        id: the last event id when it was dispatched: it sticks, so an event without an `id` line has the previous one.
        retry: the last valid reconnection time since the event before, in milliseconds; None where there was none.
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None


class EventRun(msgspec.Struct, frozen=True, gc=False):
    """Events one after the other that differ in their data alone: what most pieces of most streams are.

    Attributes:
        data: the data of each.
        event: the type of all.
        id: the last event id at all of them.
        retry: the reconnection time that the first one carries.
    """

    data: list[str]
    event: str = "message"
    id: str = ""
    retry: int | None = None

    def events(self) -> list[ServerSentEvent]:
        """The events, one by one."""
        if self.retry is None:
            event, event_id = self.event, self.id
            return [ServerSentEvent(event, data, event_id) for data in self.data]
        first, *others = self.data
        one = ServerSentEvent(self.event, first, self.id, self.retry)
        return [one, *EventRun(others, self.event, self.id).events()]

    def parts(self, size: int) -> list[EventRun]:
        """The same events, so many at a time."""
        if len(self.data) <= size:
            return [self]
        starts = range(size, len(self.data), size)
        first = EventRun(self.data[:size], self.event, self.id, self.retry)
        return [first, *[EventRun(self.data[start : start + size], self.event, self.id) for start in starts]]


def events_of(runs: Sequence[EventRun]) -> list[ServerSentEvent]:
    """The events of several runs, in order."""
    if len(runs) == 1:
        return runs[0].events()
    return [event for run in runs for event in run.events()]


def add_event(runs: list[EventRun], data: str, name: str, last_id: str, retry: int | None) -> None:
    """Add one event to the last run, where it is like its events, and else as a run of its own."""
    last = runs[-1] if runs and retry is None else None
    if last is not None and last.event == name and last.id == last_id:
        last.data.append(data)
    else:
        runs.append(EventRun([data], name, last_id, retry))


def first_of(runs: Sequence[EventRun], count: int) -> list[EventRun]:
    """The runs of the first events, so many."""
    first: list[EventRun] = []
    for run in runs:
        if count <= 0:
            break
        first.append(run if len(run.data) <= count else EventRun(run.data[:count], run.event, run.id, run.retry))
        count -= len(run.data)
    return first
