"""A line that is typed, and Ctrl-C while it is waited for."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest

from scenario.cli.typed_line import typed_line


class Terminal(NamedTuple):
    """A terminal of its own: what is typed at, and its other end, at which a test types."""

    keyboard: TextIO
    types: int


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """One that is closed with the test."""
    master, slave = pty.openpty()
    with os.fdopen(slave, encoding="utf-8") as keyboard:
        yield Terminal(keyboard, master)
    os.close(master)


def test_a_line_comes_as_it_was_typed(terminal: Terminal) -> None:
    """One line at a time, however many were typed ahead."""
    os.write(terminal.types, "Grüße\nyes\n\n".encode())
    assert [typed_line("? ", keyboard=terminal.keyboard) for _ in range(3)] == ["Grüße", "yes", ""]


def test_its_end_is_told(terminal: Terminal) -> None:
    """Ctrl-D on a line of its own."""
    os.write(terminal.types, b"\x04")
    with pytest.raises(EOFError):
        typed_line("? ", keyboard=terminal.keyboard)


@pytest.mark.parametrize("typed", [b"", b"half of a li"])
def test_a_signal_that_interrupts_no_read_ends_it_too(terminal: Terminal, typed: bytes) -> None:
    """As one does that comes just before the read: here another thread takes it, and no wait is interrupted."""
    os.write(terminal.types, typed)
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    shown = threading.Event()

    class Shown(io.StringIO):
        """Standard output, of which it is known when the prompt is there."""

        def write(self, text: str) -> int:
            shown.set()
            return len(text)

    def press() -> None:
        shown.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    presses = threading.Thread(target=press)
    presses.start()
    try:
        with contextlib.redirect_stdout(Shown()), pytest.raises(KeyboardInterrupt):
            typed_line("? ", keyboard=terminal.keyboard)
    finally:
        signal.signal(signal.SIGINT, heard)
        presses.join()


def test_nothing_is_left_of_it(terminal: Terminal) -> None:
    """Neither a descriptor nor what signals wake."""
    os.write(terminal.types, b"y\n" * 2)
    typed_line("? ", keyboard=terminal.keyboard)
    held = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    typed_line("? ", keyboard=terminal.keyboard)
    assert (len(list(Path("/proc/self/fd").iterdir())) if held else 0) == held
    assert signal.set_wakeup_fd(-1) == -1
