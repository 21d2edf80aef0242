"""Tones as a terminal shows them, in the colours that each has: select graphic rendition of ECMA-48."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from scenario.report.terminal.lines import Line, Tone
from scenario.report.terminal.verbosity import is_terminal

# The weight, and the colour.
_CODES: Final[dict[Tone, tuple[str, str]]] = {
    "plain": ("", ""),
    "strong": ("1", ""),
    "dim": ("2", ""),
    "good": ("1", "32"),
    "bad": ("1", "31"),
    "unsure": ("1", "33"),
    "invalid": ("1", "35"),
    "user": ("1", "34"),
    "agent": ("1", "36"),
    "tool": ("", "35"),
    "name 0": ("", "36"),
    "name 1": ("", "33"),
    "name 2": ("", "35"),
    "name 3": ("", "32"),
    "name 4": ("", "34"),
    "name 5": ("", "91"),
}
_USUAL_COLUMNS: Final = 80
_OBEYS_SEQUENCES: Final = 0x0004


class Colors:
    """Paints text.

    Args:
        colored: whether with colours; without, weights are left.
    """

    def __init__(self, *, colored: bool) -> None:
        self._codes = {
            tone: ";".join(filter(None, (weight, color if colored else ""))) for tone, (weight, color) in _CODES.items()
        }

    def __call__(self, text: str, tone: Tone) -> str:
        """The text between what switches the tone on and off."""
        code = self._codes[tone]
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text

    def line(self, line: Line) -> str:
        """A line, each piece in its tone."""
        return "".join(self(span.text, span.tone) for span in line)


def colors_for(stream: TextIO, environ: Mapping[str, str]) -> Colors | None:
    """What paints on a stream; None where it obeys no control sequences.

    Args:
        stream: where it goes.
        environ: `TERM` is read, and `NO_COLOR` (https://no-color.org).
    """
    if not is_terminal(stream) or environ.get("TERM") == "dumb" or not _obeys_sequences(stream):
        return None
    return Colors(colored=not environ.get("NO_COLOR"))


def columns_of(stream: TextIO, environ: Mapping[str, str]) -> int:
    """How many columns a line has there now: `COLUMNS`, else what the terminal says, else 80."""
    given = environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_COLUMNS
    except (AttributeError, OSError, ValueError):  # no terminal of the system's
        return _USUAL_COLUMNS


def _obeys_sequences(stream: TextIO) -> bool:
    """Whether a console of Windows does what sequences say; terminals of other systems all do."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        mode = ctypes.c_ulong()
        try:
            handle = msvcrt.get_osfhandle(stream.fileno())
        except (AttributeError, OSError, ValueError):
            return False
        found = ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode))
        return bool(found and mode.value & _OBEYS_SEQUENCES)
    return True
