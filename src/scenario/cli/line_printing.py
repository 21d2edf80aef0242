"""Lines of a report on standard output: in colour on a terminal, plain elsewhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable
from typing import Final

from scenario.report.terminal.colors import colors_for
from scenario.report.terminal.glyphs import Glyphs, glyphs_for
from scenario.report.terminal.lines import Line, plain

_WIDEST: Final = 110


def print_lines(lines: Iterable[Line]) -> None:
    """Print them, with colours where somebody sees them. A reader that has gone is no error."""
    stream = sys.stdout
    colors = colors_for(stream, os.environ)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = "".join(f"{plain(line) if colors is None else colors.line(line)}\n" for line in lines)
    with contextlib.suppress(BrokenPipeError):
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def page_width() -> int:
    """Columns to write in."""
    return min(shutil.get_terminal_size().columns, _WIDEST)


def page_glyphs() -> Glyphs:
    """The marks that standard output can show."""
    return glyphs_for(getattr(sys.stdout, "encoding", None))
