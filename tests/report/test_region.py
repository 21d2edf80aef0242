"""Lines that stay at a terminal's end, and what is printed above them meanwhile."""

from __future__ import annotations

import io
import logging
import re
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from scenario.report.terminal.colors import Colors, colors_for, columns_of
from scenario.report.terminal.lines import Span, cut, plain
from scenario.report.terminal.region import Region
from scenario.report.terminal.wrapping import cells
from tests.report.terminal_window import TerminalStream

NEVER = 3600.0
LONG = (Span("━━━━", "good"), Span(" 漢字漢字", "strong"), Span("  and more words", "dim"))


def window(text: str) -> list[str]:
    """The lines that a person sees in the end: what went up and erased is gone."""
    lines, row = [""], 0
    for mark in re.findall(r"\x1b\[A|\x1b\[J|\r|\n|[^\x1b\r\n]+", text):
        if mark == "\x1b[A":
            row -= 1
        elif mark == "\x1b[J":
            lines[row:] = [""]
        elif mark == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif mark != "\r":
            lines[row] += mark
    return lines


def test_what_is_said_stands_above_and_the_lines_are_wiped_away() -> None:
    """In its order; nothing of the region is left at its end."""
    stream = TerminalStream()
    with Region(stream, lambda: ["bar", "below"], seconds=NEVER) as region:
        region.say("first")
        region.say("second")
        assert window(stream.getvalue()) == ["first", "second", "bar", "below"]
    assert window(stream.getvalue()) == ["first", "second", ""]


def test_fewer_lines_leave_nothing_of_more() -> None:
    """Each drawing takes the place of all of the last."""
    stream, drawn = TerminalStream(), [["one", "two", "three"], ["alone"], []]
    with Region(stream, lambda: drawn.pop(0) if drawn else [], seconds=NEVER) as region:
        region.say("said")
        assert window(stream.getvalue()) == ["said", "alone"]
        region.say("again")
    assert window(stream.getvalue()) == ["said", "again", ""]


def test_what_others_print_goes_above_line_by_line() -> None:
    """A line that is not whole waits, to the end at the latest; both of the process's streams are as before then."""
    stream, errors = TerminalStream(), TerminalStream()
    with redirect_stdout(stream), redirect_stderr(errors):
        with Region(stream, lambda: ["bar"], seconds=NEVER):
            sys.stdout.write("half")
            sys.stdout.flush()
            assert window(stream.getvalue()) == ["bar"]
            sys.stdout.write(" and half\nmore")
            sys.stderr.write("to stderr\n")
            assert window(stream.getvalue()) == ["half and half", "to stderr", "bar"]
            assert sys.stdout.isatty()
        assert (sys.stdout, sys.stderr) == (stream, errors)
    assert window(stream.getvalue()) == ["half and half", "to stderr", "more", ""]


def test_a_stream_that_is_no_terminal_is_left_alone() -> None:
    """What goes into a file goes there, as it was written."""
    with redirect_stderr(io.StringIO()) as file, Region(TerminalStream(), lambda: ["bar"], seconds=NEVER):
        assert sys.stderr is file
        logging.StreamHandler().emit(logging.LogRecord("n", 20, "p", 1, "told", (), None))
    assert file.getvalue() == "told\n"


def test_a_terminal_that_is_gone_is_no_error() -> None:
    """A report is never a reason for a run to fail."""
    stream = TerminalStream()
    with Region(stream, lambda: ["bar"], seconds=NEVER) as region:
        stream.close()
        region.say("nobody sees it")


@pytest.mark.parametrize("width", range(1, 30))
def test_a_line_is_cut_to_the_columns_that_there_are(width: int) -> None:
    """Wide characters count twice; what fits is whole."""
    shown = cut(LONG, width, "…")
    assert cells("".join(span.text for span in shown)) <= width
    if cells(plain(LONG)) <= width:
        assert shown == LONG
    else:
        assert plain(shown).endswith("…")


def test_colours_are_where_a_terminal_has_some() -> None:
    """None in a file or on a dumb terminal; weight alone with NO_COLOR."""
    terminal = TerminalStream()
    assert colors_for(terminal, {"TERM": "dumb"}) is None
    with open(__file__) as file:  # noqa: PTH123
        assert colors_for(file, {"TERM": "xterm"}) is None
    colored, weighed = colors_for(terminal, {}), colors_for(terminal, {"NO_COLOR": "1"})
    assert colored is not None
    assert weighed is not None
    assert colored("x", "good") == "\x1b[1;32mx\x1b[0m"
    assert weighed("x", "good") == "\x1b[1mx\x1b[0m"
    assert weighed("x", "tool") == "x"
    assert Colors(colored=True)("", "good") == ""


@pytest.mark.parametrize(("given", "columns"), [("100", 100), ("0", 80), ("wide", 80), ("", 80)])
def test_columns_may_be_told(given: str, columns: int) -> None:
    """By COLUMNS; a stream of which nothing is known has 80."""
    assert columns_of(TerminalStream(), {"COLUMNS": given}) == columns
