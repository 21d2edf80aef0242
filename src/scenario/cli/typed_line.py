"""A line that a person types, which Ctrl-C ends at any moment."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

import click

_PIECE = 4096


def typed_line(prompt: str, *, keyboard: TextIO | None = None) -> str:
    """Show a prompt, and give what is typed below it, without its line end.

    `input` hears of a signal late where it comes just before the terminal is read: only after the next line. Here a
    signal makes the wait itself end.

    Args:
        prompt: is shown before it.
        keyboard: the terminal that is typed at; standard input by default.

    Raises:
        EOFError: the terminal was closed, or its end was typed.
        KeyboardInterrupt: Ctrl-C.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return input(prompt)
    keyboard = sys.stdin if keyboard is None else keyboard
    with _woken_by_signals() as woken:
        click.echo(prompt, nl=False)
        descriptor, read = keyboard.fileno(), b""
        while not read.endswith(b"\n"):
            ready, _, _ = select.select([descriptor, woken], [], [])
            if woken in ready:  # the handler of that signal runs before anything else, and raises if it wants an end
                woken.recv(_PIECE)
                continue
            piece = os.read(descriptor, _PIECE)
            if not piece:
                raise EOFError
            read += piece
    return read.decode(keyboard.encoding or "utf-8", errors="replace").rstrip("\r\n")


@contextlib.contextmanager
def _woken_by_signals() -> Iterator[socket.socket]:
    """Within the block there is something to read as soon as any signal has come."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(before)
