"""Notes on their way to the thread that writes: in order, bounded, and never far ahead of the disk."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from scenario.dialogue.events import ExchangeRecorded
from scenario.store.notes import Note

_MOST_NOTES: Final = 20_000
_MOST_BYTES: Final = 64 << 20
_BATCH: Final = 500


class Backlog:
    """A queue with one reader and any number of writers, none of whom waits unless it is full."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque()
        self._changed = threading.Condition()
        self._bytes = 0
        self._put = 0
        self._written = 0
        self._closing = False
        self._broken = False

    def put(self, note: Note) -> int:
        """Append a note, and return how many there have been; waits while the queue is full."""
        with self._changed:
            while self._full and not self._broken:
                self._changed.wait()
            if not self._broken:
                self._notes.append(note)
                self._bytes += _size(note)
                self._put += 1
                self._changed.notify_all()
            return self._put

    def take(self, timeout: float | None) -> list[Note] | None:
        """The next notes; none where the time is up, None where no more will come."""
        with self._changed:
            if not self._notes and not self._closing:
                self._changed.wait(timeout)
            if not self._notes and self._closing:
                return None
            return [self._notes[index] for index in range(min(_BATCH, len(self._notes)))]

    def done(self, count: int) -> None:
        """So many of the notes that were taken are on the disk."""
        with self._changed:
            for _ in range(count):
                self._bytes -= _size(self._notes.popleft())
            self._written += count
            self._changed.notify_all()

    def wait_until_written(self, number: int, timeout: float | None) -> bool:
        """Wait until the first `number` notes are on the disk; False where the time is up before, or they never are."""
        with self._changed:
            self._changed.wait_for(lambda: self._written >= number or self._broken, timeout)
            return self._written >= number

    @property
    def put_so_far(self) -> int:
        """How many notes there have been."""
        return self._put

    @property
    def empty(self) -> bool:
        """Whether all of it is on the disk."""
        return self._written >= self._put

    def close(self) -> None:
        """No more will come."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def give_up(self) -> None:
        """Nothing more can be written: forget what there is, and let nobody wait."""
        with self._changed:
            self._broken = True
            self._notes.clear()
            self._changed.notify_all()

    @property
    def _full(self) -> bool:
        return len(self._notes) >= _MOST_NOTES or self._bytes >= _MOST_BYTES


def _size(note: Note) -> int:
    """Roughly what a note keeps in memory beyond the run itself."""
    event = note.event
    return sum(len(chunk.data) for chunk in event.exchange.chunks) if isinstance(event, ExchangeRecorded) else 0
