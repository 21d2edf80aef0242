"""Lines at the end of a terminal that stay in place and are drawn anew, while others are printed above them."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Final, TextIO, cast

from scenario.report.terminal.verbosity import is_terminal

_UP: Final = "\x1b[A"
_ERASE_TO_END: Final = "\x1b[J"


class Region:
    """A context manager; what others print on the process's terminal meanwhile goes above, as soon as a line is whole.

    Args:
        stream: the terminal.
        drawn: the lines as they are now, none of them wider than the terminal.
        seconds: from one drawing to the next.
    """

    def __init__(self, stream: TextIO, drawn: Callable[[], Sequence[str]], *, seconds: float) -> None:
        self._stream = stream
        self._drawn = drawn
        self._seconds = seconds
        # Reentrant: a signal's handler may print while something is drawn.
        self._lock = threading.RLock()
        self._lines = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw_again, name="scenario-region", daemon=True)
        self._printed = contextlib.ExitStack()

    def __enter__(self) -> Region:
        self._printed.enter_context(_printed_above(self))
        self._draw()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._printed.close()
        with self._lock:
            self._write(self._erased())

    def say(self, text: str) -> None:
        """Print whole lines above."""
        with self._lock:
            self._write(f"{self._erased()}{text}\n")
            if not self._over.is_set():
                self._draw()

    def _draw_again(self) -> None:
        while not self._over.wait(self._seconds):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        with self._lock:
            lines = self._drawn()
            before = self._erased()
            self._lines = len(lines)
            self._write(before + "\n".join(lines))

    def _erased(self) -> str:
        """What wipes the lines away and leaves the cursor where they began."""
        lines, self._lines = self._lines, 0
        return f"\r{_UP * (lines - 1)}{_ERASE_TO_END}" if lines else ""

    def _write(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        # A terminal that is gone is no reason for a run to fail.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()


class _Above:
    """A stream of the process while a region is drawn on its terminal; all else is the stream's own."""

    def __init__(self, stream: TextIO, region: Region) -> None:
        self._stream = stream
        self._region = region
        self._begun = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Print the lines that are whole now; how long the text was."""
        with self._lock:
            whole, is_whole, self._begun = (self._begun + text).rpartition("\n")
        if is_whole:
            self._region.say(whole)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """A line that is not whole waits: there is no place for it."""

    def end(self) -> None:
        """Print what has waited."""
        if self._begun:
            self._region.say(self._begun)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _printed_above(region: Region) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    above = [_Above(stream, region) if is_terminal(stream) else None for stream in before]
    sys.stdout, sys.stderr = (cast("TextIO", new or old) for new, old in zip(above, before, strict=True))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for one in above:
            if one is not None:
                one.end()
