"""One stream that several runs print on: whole messages, in order, or one message as it arrives.

While a run is alone its messages may be streamed. While several are active each message is printed whole, every line
with its scenario's name before it. A message that is being streamed keeps the stream until it is complete; what others
have to say meanwhile waits, in order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TextIO
from weakref import WeakKeyDictionary

from scenario.report.terminal.glyphs import Glyphs, glyphs_for, one_line
from scenario.report.terminal.lines import NAME_TONES, Line, Span, Tone
from scenario.report.terminal.wrapping import Back, Flow, cells

_WIDEST_NAME: Final = 24
_ERASE_TO_END_OF_LINE: Final = "\x1b[K"


class Ink(Protocol):
    """How a stream shows tones."""

    def __call__(self, text: str, tone: Tone) -> str:
        """The text with whatever switches the tone on and off again."""


class _Seat:
    """A run's place at the screen.

    Attributes:
        named: its lines carry its name. Once it has been among others they do so to the end, or a reader would not
            know whose the last lines are.
    """

    def __init__(self, name: str, tone: Tone, *, named: bool) -> None:
        self.name = name
        self.tone = tone
        self.named = named


class Screen:
    """A stream, and who prints on it.

    Args:
        stream: where the text goes. When it breaks (its reader has gone), the rest is dropped in silence: a report is
            never a reason for a run to fail.
        ink: paints a text; None leaves it as it is.
        live: whether the cursor may be moved, and messages streamed.
        width: columns of a line now; None for lines of any length.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        ink: Ink | None,
        live: bool,
        width: Callable[[], int] | None,
        glyphs: Glyphs | None = None,
    ) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._ink = ink
        self._width = width
        self.live = live
        self.glyphs = glyphs or glyphs_for(self._encoding)
        # Runs print from the threads of their loops; reentrant, since a subscriber may be interrupted by itself.
        self._lock = threading.RLock()
        self._seats: WeakKeyDictionary[object, _Seat] = WeakKeyDictionary()
        self._seated = 0
        self._names = 0  # columns of the widest name since the screen was last empty: the bars stay below each other
        self._streaming: _Streamed | None = None
        self._waiting: list[str] = []
        self._hinting = False
        self._broken = False

    @property
    def width(self) -> int:
        """Columns of a line, without those of a name before it; very many where there is no limit."""
        if self._width is None:
            return 1_000_000
        taken = self._names + 3 if any(seat.named for seat in self._seats.values()) else 0
        return max(self._width() - taken, 30)

    def enter(self, run: object, name: str, *, named: bool) -> None:
        """A run begins; `named` lines carry the scenario's name although it is alone."""
        with self._lock:
            seat = _Seat(one_line(name, _WIDEST_NAME, self.glyphs), NAME_TONES[self._seated % 6], named=named)
            self._seated += 1
            self._seats[run] = seat
            self._names = max(self._names, cells(seat.name))
            if len(self._seats) > 1:
                for one in self._seats.values():
                    one.named = True

    def leave(self, run: object) -> None:
        """A run is over: what it was streaming is completed, and others need not wait for it."""
        with self._lock:
            self.complete(run)
            self._clear_hint()
            self._seats.pop(run, None)
            if not self._seats:
                self._names = 0

    def named(self, run: object) -> bool:
        """Whether the run's lines carry its name."""
        seat = self._seats.get(run)
        return seat is not None and seat.named

    def print(self, run: object, lines: Iterable[Line]) -> None:
        """Print lines together, now or as soon as the message that is being streamed is complete."""
        with self._lock:
            text = "".join(f"{(self._before(run) + self._painted(line)).rstrip(' ')}\n" for line in lines)
            if self._streaming is not None and self._streaming.run is not run:
                self._waiting.append(text)
            else:
                self.complete(run)
                self._write(text)

    def stream(self, run: object, text: str, *, before: Sequence[Span]) -> bool:
        """Print a piece of a message as it arrives, its lines below each other.

        Args:
            run: whose message it is.
            text: the piece.
            before: what stands before the message's first line; the others are indented as far.

        Returns:
            False where it cannot be streamed, because other runs print too: it is to be printed whole, later.
        """
        with self._lock:
            if self._streaming is None:
                if not self.live or len(self._seats) > 1:
                    return False
                indent = sum(cells(span.text) for span in before)
                self._streaming = _Streamed(run, Flow(self.width - indent - 1), " " * indent)
                self._write(self._before(run) + self._painted(before))
            if self._streaming.run is not run:
                return False
            self._write("".join(self._moves(self._streaming, text)))
            return True

    def _moves(self, streamed: _Streamed, text: str) -> Iterable[str]:
        for piece in streamed.flow.feed(text):
            if isinstance(piece, str):
                yield piece
            elif isinstance(piece, Back):
                yield f"\x1b[{piece.cells}D{_ERASE_TO_END_OF_LINE}"
            else:
                yield f"\n{self._before(streamed.run)}{streamed.indent}"

    def complete(self, run: object) -> None:
        """The message that a run was streaming is complete; nothing happens where it was streaming none."""
        with self._lock:
            if self._streaming is None or self._streaming.run is not run:
                return
            self._streaming = None
            self._write("\n" + "".join(self._waiting))
            self._waiting.clear()

    def hint(self, run: object, text: str) -> None:
        """Say what is being waited for, until something is printed; on a terminal with one run only."""
        with self._lock:
            if not self.live or len(self._seats) > 1 or self._streaming is not None:
                return
            # The cursor goes back to the line's begin, so that what others print there is not mixed with the hint.
            self._write(f"{self._before(run)}{self._painted((Span(text, 'dim'),))}\r")
            self._hinting = True

    def _clear_hint(self) -> None:
        if self._hinting:
            self._write("")

    def _before(self, run: object) -> str:
        seat = self._seats.get(run)
        if seat is None or not seat.named:
            return ""
        padding = " " * (self._names - cells(seat.name))
        return self._painted((Span(seat.name + padding, seat.tone), Span(f" {self.glyphs.bar} ", "dim")))

    def _painted(self, line: Iterable[Span]) -> str:
        ink = self._ink
        return "".join(span.text if ink is None or span.tone == "plain" else ink(span.text, span.tone) for span in line)

    def _write(self, text: str) -> None:
        if self._hinting:
            text, self._hinting = _ERASE_TO_END_OF_LINE + text, False
        if self._broken:
            return
        if not self.glyphs.symbols:
            text = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the reader has gone, or the stream was closed
            self._broken = True


class _Streamed:
    """A message that is being printed as it arrives."""

    def __init__(self, run: object, flow: Flow, indent: str) -> None:
        self.run = run
        self.flow = flow
        self.indent = indent
