"""The signals that end `scenario run`: heeded from its first moment to its last, also while it loads what it needs.

It is loaded before anything else, and so imports nothing of Scenario's.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

_SHOW_CURSOR: Final = "\x1b[?25h"
_AGAIN: Final = "Press Ctrl-C again to leave at once."


class StopSignals:
    """The handler of SIGINT, SIGTERM and SIGHUP: the first is remembered, a second one ends the process at once.

    Attributes:
        caught: the numbers of those that came.
        heard: whether somebody has listened to them, which a run does once its suite is there.
    """

    def __init__(self) -> None:
        self.caught: list[int] = []
        self.heard = False
        self._listener: Callable[[int], None] | None = None
        self._is_over = False
        # Asked now: one that has gone is none any more.
        self._terminals = [number for number in (1, 2) if os.isatty(number)]

    @property
    def code(self) -> int:
        """What the process ends with because of the first; 0 where none came."""
        return code_of_signal(self.caught[0]) if self.caught else 0

    def install(self) -> None:
        """Heed the signals from here on.

        Raises:
            ValueError: this is not the main thread, and signals are heeded nowhere else.
        """
        hung_up = getattr(signal, "SIGHUP", None)
        # `nohup` has it ignored, and wants the run to go on.
        heeded = hung_up is not None and signal.getsignal(hung_up) != signal.SIG_IGN
        for number in (signal.SIGINT, signal.SIGTERM, *([hung_up] if heeded and hung_up is not None else [])):
            signal.signal(number, self)

    def end(self) -> None:
        """All is done: a signal that still comes ends the process, and at Python's very end it changes nothing."""
        self._is_over = True
        atexit.register(_ignore)

    @contextlib.contextmanager
    def heard_by(self, listener: Callable[[int], None]) -> Iterator[None]:
        """Within the block the first signal is told to `listener`, in the main thread, between any two of its steps."""
        self._listener, self.heard = listener, True
        try:
            yield
        finally:
            self._listener = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """A signal has come."""
        del frame
        self.caught.append(number)
        if number == getattr(signal, "SIGHUP", None):
            self._leave_terminals()
        if len(self.caught) > 1 or self._is_over:
            # The store keeps what was written, and reports are written whole or not at all: nothing is half done.
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                sys.stdout.write(_SHOW_CURSOR if sys.stdout.isatty() else "")
                sys.stdout.flush()
            os._exit(code_of_signal(number))
        if self._listener is not None:
            self._listener(number)
            return
        text = "What was run is being reported." if self.heard else "Stopping before anything is run."
        with contextlib.suppress(OSError):
            os.write(2, f"{text} {_AGAIN}\n".encode())  # not through a stream, which may be in the middle of a line

    def _leave_terminals(self) -> None:
        """Write nowhere in place of terminals that have gone: what is printed there would end the run as an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in self._terminals:
            os.dup2(nowhere, number)
        os.close(nowhere)


def code_of_signal(number: int) -> int:
    """What a process ends with that a signal has ended, as shells say it."""
    return 128 + number


def installed() -> StopSignals | None:
    """The handler that is at work; None where nobody has installed one."""
    handler = signal.getsignal(signal.SIGTERM)
    return handler if isinstance(handler, StopSignals) else None


def run_to_its_end(command: Callable[[], object]) -> None:
    """Run a command that ends by `SystemExit`, with the signals heeded, and end as the first of them asks for.

    Args:
        command: loads and runs it; a run listens to the signals once its suite is there.
    """
    signals = StopSignals()
    signals.install()
    try:
        command()
    except SystemExit:
        if not signals.caught:
            raise
    finally:
        signals.end()
    if signals.caught and not signals.heard:
        sys.stderr.write("Stopped by a signal before anything was run: nothing is stored, and no report is written.\n")
    sys.exit(signals.code)


def _ignore() -> None:
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
