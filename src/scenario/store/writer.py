"""The subscriber that stores runs: it takes events down on the caller's thread, and one thread of its own writes them.

How far the disk may lag behind: the thread writes as soon as there is something to write, and a run whose turn has been
answered waits until the turn before it is on the disk. With agents that take longer than a transaction, that never
waits; with quicker ones it keeps the promise that a killed process loses at most the turn in flight.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from scenario.dialogue.events import CallFinished, RunEvent, RunFinished, Subscriber, TextDelta, TurnStarted
from scenario.errors import ConfigurationError
from scenario.redaction import Secrets, environment_secrets
from scenario.store.backlog import Backlog
from scenario.store.database import read_or_told, writable
from scenario.store.invocation import Invocation, new_invocation
from scenario.store.ledger import Ledger
from scenario.store.notes import Note, TriedAgain, noted
from scenario.store.origin import Origin
from scenario.store.place import database_path, store_folder

_NOWHERE: Final = Origin()
_PARTIAL_SECONDS: Final = 0.25
_ALIVE_SECONDS: Final = 5.0
_BUSY_TRIES: Final = 6
_CLOSE_SECONDS: Final = 120.0
_LONGEST_PARTIAL: Final = 64 << 10


class _Arriving:
    """An answer while it arrives."""

    __slots__ = ("at", "length", "new", "pieces")

    def __init__(self, at: float) -> None:
        self.at = at
        self.pieces: list[str] = []
        self.length = 0
        self.new = True


class StoreWriter:
    """Stores every run whose events it is given. Calling it costs microseconds; it never raises.

    Nothing happens on the disk before the first event. Where the store cannot be written, one warning says so, what was
    stored stays, and runs go on without it.

    Args:
        folder: the store's; as `store_folder` finds it by default.
        invocation: what the runs belong to; a new one by default. Processes that share one write into the same.
        keep_bytes: whether the bytes of responses are kept; without them, the times of events remain.
        patience: how many seconds a run is held up at most for the turn before to be on the disk.
        warn: is told, once, why nothing is stored; standard error by default.
        secrets: values to be masked in whatever is stored; those of the environment's secret names by default.
        clock: seconds since 1970.

    Attributes:
        invocation: what the runs belong to.
        folder: the store's.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        invocation: Invocation | None = None,
        keep_bytes: bool = True,
        patience: float = 0.05,
        warn: Callable[[str], None] | None = None,
        secrets: Secrets | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = store_folder(folder)
        self.invocation = new_invocation() if invocation is None else invocation
        self._keep_bytes = keep_bytes
        self._patience = patience
        self._warn = _warn if warn is None else warn
        self._secrets = environment_secrets(os.environ) if secrets is None else secrets
        self._clock = clock
        self._warned = False
        self._closed = False
        self._pid = os.getpid()
        self._backlog = Backlog()
        self._arriving: dict[tuple[str, int], _Arriving] = {}
        self._turns: dict[str, int] = {}  # what must be on the disk when the run's turn has been answered
        # How many notes were on the disk when a wait for it was in vain; -1 where none was.
        self._stood_at = -1
        self._broken = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    # --- on the caller's thread ---

    @property
    def broken(self) -> bool:
        """Whether it had to give up, so that not all that it was told is stored."""
        return self._broken

    def __call__(self, event: RunEvent) -> None:
        """Take an event down."""
        self._take_down(event, _NOWHERE)

    def of(self, origin: Origin) -> Subscriber:
        """A subscriber for runs that come from there, which this writer stores."""
        return lambda event: self._take_down(event, origin)

    def tried_again(self, run_id: str) -> None:
        """Take down that the test which a run of this invocation belongs to has failed, and is tried again."""
        self._take_down(TriedAgain(run_id=run_id, at=0.0), _NOWHERE)

    def prepare(self) -> None:
        """Make the store now and bring it up to date, so that what is wrong with it is known before anything runs.

        Raises:
            ConfigurationError: it cannot be made or written, is no store, or belongs to a newer version.
        """
        writable(self.folder).close()

    def announce(self) -> None:
        """Store the invocation now, without runs: one that ends before the first of them is found all the same.

        Raises:
            ConfigurationError: as `prepare` does.
        """
        ledger = self._ledger()
        with closing(ledger.connection), read_or_told(self.folder):
            ledger.write((), {}, self._odd)

    def _take_down(self, event: RunEvent, origin: Origin) -> None:
        if self._broken or self._closed or self._is_forked():
            return
        if isinstance(event, TextDelta):
            self._arrive(event)
            return
        first_text = None
        if isinstance(event, CallFinished):
            arrived = self._arriving.pop((event.run_id, event.call_id), None)
            first_text = arrived.at if arrived else None
        number = self._backlog.put(self._noted(event, origin, first_text))
        if self._thread is None:
            self._start()
        if isinstance(event, TurnStarted):
            self._turns[event.run_id] = number
        elif isinstance(event, CallFinished | RunFinished):
            self._keep_pace(event)

    def _is_forked(self) -> bool:
        """Whether this is the child of a fork, in which nothing is stored.

        There is no thread here, and SQLite believes that it holds its parent's locks: both would overwrite the file.
        """
        if self._pid == os.getpid():
            return False
        self._say("a forked process stores no runs; start it with `spawn`, and it does.")
        return True

    def _noted(self, event: RunEvent, origin: Origin, first_text: float | None) -> Note:
        try:
            return noted(event, origin=origin, wall=self._clock(), first_text=first_text)
        except Exception as error:  # noqa: BLE001 - what agents and tests hand over may be odd in any way
            self._odd(error)
            return Note(RunEvent(run_id=event.run_id, at=event.at), None)

    def _arrive(self, event: TextDelta) -> None:
        key = (event.run_id, event.call_id)
        arriving = self._arriving.get(key)
        if arriving is None:
            arriving = self._arriving[key] = _Arriving(event.at)
        if arriving.length < _LONGEST_PARTIAL:
            arriving.pieces.append(event.text)
            arriving.length += len(event.text)
            arriving.new = True

    def _keep_pace(self, event: CallFinished | RunFinished) -> None:
        number = self._turns.pop(event.run_id, None)
        if number is None or isinstance(event, RunFinished):
            return
        # A loop that streams to others must not stand still for a disk that does: after a wait that was in vain it does
        # not wait again until something has been written. Once that is so it waits, or the disk would never catch up
        # with runs that are quicker than it.
        backlog = self._backlog
        if backlog.written_so_far > self._stood_at or backlog.empty:
            in_time = backlog.wait_until_written(number, self._patience)
            self._stood_at = -1 if in_time else backlog.written_so_far

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was told so far is on the disk; False where the time is up before, or it never is."""
        return self._backlog.wait_until_written(self._backlog.put_so_far, timeout)

    def close(self) -> None:
        """Write what is left, say that the invocation has ended, and close the file. What comes after is not stored."""
        if self._closed:
            return
        self._closed = True
        if self._pid != os.getpid():
            return
        self._backlog.close()
        thread = self._thread
        if thread is not None:
            atexit.unregister(self.close)
            thread.join(_CLOSE_SECONDS)

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="scenario-store", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    # --- on the thread that writes ---

    def _write(self) -> None:
        backlog = self._backlog
        try:
            ledger = self._ledger()
            try:
                self._write_all(ledger, backlog)
            finally:
                ledger.close()
        except (ConfigurationError, sqlite3.Error, OSError) as error:
            self._give_up(backlog, error)
        except BaseException as error:
            # Whoever waits for the disk must not wait for ever, whatever went wrong here.
            self._give_up(backlog, error)
            raise

    def _ledger(self) -> Ledger:
        return Ledger(
            self.folder, self.invocation, secrets=self._secrets, keep_bytes=self._keep_bytes, clock=self._clock
        )

    def _write_all(self, ledger: Ledger, backlog: Backlog) -> None:
        described = False
        last = time.monotonic()
        while (notes := backlog.take(_pause(ledger))) is not None:
            partials = self._partials() if time.monotonic() - last >= _PARTIAL_SECONDS or not notes else {}
            if notes or partials or time.monotonic() - last >= _ALIVE_SECONDS:
                self._patiently(lambda: ledger.write(notes, partials, self._odd))  # noqa: B023 - called at once
                last = time.monotonic()
                backlog.done()
            if not described and backlog.empty:
                described = True
                self._patiently(ledger.describe)

    def _patiently(self, write: Callable[[], None]) -> None:
        """Try again while another writer is at it, for a while."""
        for attempt in range(1, _BUSY_TRIES + 1):
            try:
                write()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _BUSY_TRIES:
                    raise

    def _partials(self) -> dict[tuple[str, int], str]:
        partials = {}
        for key, arriving in list(self._arriving.items()):
            if arriving.new:
                arriving.new = False
                partials[key] = "".join(arriving.pieces)
        return partials

    def _give_up(self, backlog: Backlog, error: BaseException) -> None:
        self._broken = True
        backlog.give_up()
        self._arriving.clear()
        self._say(
            f"{database_path(self.folder)} cannot be written: {str(error).rstrip('.')}. What was stored before stays; "
            "from here on nothing is. The runs go on."
        )

    def _odd(self, error: Exception) -> None:
        self._say(f"something of a run could not be stored ({type(error).__name__}: {error}); all else is.")

    def _say(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"scenario store: {text}")


def _pause(ledger: Ledger) -> float:
    """How long to wait for notes before looking at what arrives, or saying that this process is alive."""
    return _PARTIAL_SECONDS if ledger.asking else _ALIVE_SECONDS


def _warn(text: str) -> None:
    sys.stderr.write(f"{text}\n")
