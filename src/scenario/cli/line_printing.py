"""Lines of a report on standard output: in colour on a terminal, plain elsewhere."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import Any, Final

import click

from scenario.report.terminal.glyphs import Glyphs, glyphs_for
from scenario.report.terminal.lines import Line, Tone

_WIDEST: Final = 110
_STYLES: Final[dict[Tone, dict[str, Any]]] = {
    "strong": {"bold": True},
    "dim": {"dim": True},
    "good": {"fg": "green", "bold": True},
    "bad": {"fg": "red", "bold": True},
    "unsure": {"fg": "yellow", "bold": True},
    "invalid": {"fg": "magenta", "bold": True},
    "user": {"fg": "blue", "bold": True},
    "agent": {"fg": "cyan", "bold": True},
    "tool": {"fg": "magenta"},
}


def print_lines(lines: Iterable[Line]) -> None:
    """Print them; click leaves the colours out where nobody sees them."""
    for line in lines:
        click.echo("".join(click.style(span.text, **_STYLES.get(span.tone, {})) for span in line).rstrip())


def page_width() -> int:
    """Columns to write in."""
    return min(shutil.get_terminal_size().columns, _WIDEST)


def page_glyphs() -> Glyphs:
    """The marks that standard output can show."""
    return glyphs_for(getattr(sys.stdout, "encoding", None))
