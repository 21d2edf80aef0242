"""A line that is typed, and Ctrl-C while it is waited for."""

from __future__ import annotations

import os
import pty
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenario.cli.typed_line import typed_line


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal of its own, of which the other end is given."""
    master, slave = pty.openpty()
    with os.fdopen(slave, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield master
    os.close(master)


def test_a_line_comes_as_it_was_typed(keyboard: int) -> None:
    """One line at a time, however many were typed ahead."""
    os.write(keyboard, "Grüße\nyes\n\n".encode())
    assert [typed_line("? ") for _ in range(3)] == ["Grüße", "yes", ""]


def test_its_end_is_told(keyboard: int) -> None:
    """Ctrl-D on a line of its own."""
    os.write(keyboard, b"\x04")
    with pytest.raises(EOFError):
        typed_line("? ")


@pytest.mark.parametrize("typed", [b"", b"half of a li"])
def test_a_signal_that_interrupts_no_read_ends_it_too(keyboard: int, typed: bytes) -> None:
    """As one does that comes just before the read: here another thread takes it, and no wait is interrupted."""
    os.write(keyboard, typed)
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    shown = threading.Event()

    class Shown:
        """Standard output, of which it is known when the prompt is there."""

        def write(self, text: str) -> int:
            shown.set()
            return len(text)

        def flush(self) -> None: ...

    def press() -> None:
        shown.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    presses = threading.Thread(target=press)
    presses.start()
    stdout, sys.stdout = sys.stdout, Shown()  # type: ignore[assignment]
    try:
        with pytest.raises(KeyboardInterrupt):
            typed_line("? ")
    finally:
        sys.stdout = stdout
        signal.signal(signal.SIGINT, heard)
        presses.join()


def test_nothing_is_left_of_it(keyboard: int) -> None:
    """Neither a descriptor nor what signals wake."""
    os.write(keyboard, b"y\n" * 2)
    typed_line("? ")
    held = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    typed_line("? ")
    assert (len(list(Path("/proc/self/fd").iterdir())) if held else 0) == held
    assert signal.set_wakeup_fd(-1) == -1
