"""What `scenario run` says of the files of a folder that it left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scenario.files.finding import LeftOutFile
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import counted

_SHOWN: Final = 3
_MOST_NEARLY: Final = 10
_LONGEST: Final = 300
_GROUPS: Final = {"unreadable": "cannot be read", "other": "hold no scenario"}


def left_out_lines(left: Sequence[LeftOutFile], glyphs: Glyphs, *, verbose: bool) -> Iterator[str]:
    """The files that may have been meant, each on a line; the others by their number and the first of their names.

    Args:
        left: the files.
        glyphs: the marks to draw with.
        verbose: each file on a line of its own.
    """
    nearly = [one for one in left if one.kind == "nearly"]
    for one in nearly if verbose else nearly[:_MOST_NEARLY]:
        place = f"{one.file}:{one.line}" if one.line else one.file
        yield one_line(f"Left out: {place}: {one.why}", _LONGEST, glyphs)
    if not verbose and len(nearly) > _MOST_NEARLY:
        yield f"Left out: {len(nearly) - _MOST_NEARLY:,} more like these; -v lists them."
    for kind, why in _GROUPS.items():
        files = [one for one in left if one.kind == kind]
        if verbose:
            yield from (one_line(f"Left out: {one.file}: {one.why}", _LONGEST, glyphs) for one in files)
        elif files:
            names = ", ".join(one.file for one in files[:_SHOWN]) + (", ..." if len(files) > _SHOWN else "")
            words = why if len(files) > 1 else why.replace("hold", "holds")
            told = f"Left out: {counted(len(files), 'file')} that {words} ({names}); -v says why."
            yield one_line(told, _LONGEST, glyphs)
