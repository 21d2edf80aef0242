"""A line that a person types, and a Ctrl-C that is heeded at any moment."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading


def typed_line(prompt: str) -> str:
    """Ask for a line.

    `input` alone would miss a signal that comes between its prompt and its reading, and wait for the line all the same.

    Args:
        prompt: is shown before it.

    Raises:
        EOFError: nothing more can be typed.
        KeyboardInterrupt: Ctrl-C came.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return input(prompt)
    sys.stdout.write(prompt)
    sys.stdout.flush()
    reading, waking = os.pipe()
    os.set_blocking(waking, False)
    before = signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    try:
        while sys.stdin not in select.select([sys.stdin, reading], [], [])[0]:
            # A signal has come: its handler has its turn now, and may raise.
            os.read(reading, 4096)
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(waking)
    # A terminal hands over whole lines: nothing is waited for any more.
    return input()
