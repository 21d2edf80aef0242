"""Notes on their way to the thread that writes: in order, bounded, and never far ahead of the disk.

A transaction costs about as much as ten notes, so that notes are gathered for a moment, and written together. Somebody
who waits for the disk ends that moment, and so does the end of a run.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from scenario.dialogue.events import ExchangeRecorded, RunFinished
from scenario.store.notes import Note

_MOST_NOTES: Final = 20_000
_MOST_BYTES: Final = 64 << 20
_BATCH: Final = 500
_GATHER_SECONDS: Final = 0.05


class Backlog:
    """A queue with one reader and any number of writers, none of whom waits unless it is full.

    Args:
        gather: how many seconds the first note waits for others, where nobody waits for the disk.
    """

    def __init__(self, gather: float = _GATHER_SECONDS) -> None:
        self._gather = gather
        self._notes: deque[Note] = deque()
        self._taken: list[Note] = []
        self._lock = lock = threading.Lock()
        # Two, so that a note wakes nobody up in vain.
        self._has_notes = threading.Condition(lock)
        self._has_written = threading.Condition(lock)
        self._bytes = 0
        self._put = 0
        self._written = 0
        self._wanted = 0
        self._closing = False
        self._broken = False

    def put(self, note: Note) -> int:
        """Append a note, and return how many there have been; waits while the queue is full."""
        with self._lock:  # itself, as it is taken for each event of all runs
            while self._full and not self._broken:
                self._has_written.wait()
            if not self._broken:
                self._notes.append(note)
                self._put += 1
                if isinstance(note.event, ExchangeRecorded):
                    self._bytes += _size(note)
                elif isinstance(note.event, RunFinished):
                    # Its verdict is not to be lost with the process.
                    self._wanted = self._put
                if len(self._notes) == 1 or self._is_due:
                    self._has_notes.notify()
            return self._put

    def take(self, timeout: float | None) -> list[Note] | None:
        """The next notes; none where the time is up, None where no more will come."""
        with self._has_notes:
            if not self._notes and not self._closing:
                self._has_notes.wait(timeout)
            if not self._notes:
                return None if self._closing else []
            self._has_notes.wait_for(lambda: self._is_due, self._gather)
            self._taken = [self._notes.popleft() for _ in range(min(_BATCH, len(self._notes)))]
            return self._taken

    def done(self) -> None:
        """The notes that were taken are on the disk."""
        with self._has_notes:
            self._bytes -= sum(map(_size, self._taken))
            self._written += len(self._taken)
            self._taken = []
            self._has_written.notify_all()

    def wait_until_written(self, number: int, timeout: float | None) -> bool:
        """Wait until the first `number` notes are on the disk; False where the time is up before, or they never are."""
        with self._has_notes:
            if self._written < number:
                self._wanted = max(self._wanted, number)
                self._has_notes.notify()
                self._has_written.wait_for(lambda: self._written >= number or self._broken, timeout)
            return self._written >= number

    @property
    def put_so_far(self) -> int:
        """How many notes there have been."""
        return self._put

    @property
    def written_so_far(self) -> int:
        """How many of them are on the disk."""
        return self._written

    @property
    def empty(self) -> bool:
        """Whether all of it is on the disk."""
        return self._written >= self._put

    def close(self) -> None:
        """No more will come."""
        with self._has_notes:
            self._closing = True
            self._has_notes.notify()
            self._has_written.notify_all()

    def give_up(self) -> None:
        """Nothing more can be written: forget what there is, and let nobody wait."""
        with self._has_notes:
            self._broken = True
            self._notes.clear()
            self._has_written.notify_all()

    @property
    def _is_due(self) -> bool:
        """Whether there is a reason to write now."""
        return self._closing or self._written < self._wanted or len(self._notes) >= _BATCH or self._full

    @property
    def _full(self) -> bool:
        return len(self._notes) + len(self._taken) >= _MOST_NOTES or self._bytes >= _MOST_BYTES


def _size(note: Note) -> int:
    """Roughly what a note keeps in memory beyond the run itself."""
    event = note.event
    return sum(len(chunk.data) for chunk in event.exchange.chunks) if isinstance(event, ExchangeRecorded) else 0
