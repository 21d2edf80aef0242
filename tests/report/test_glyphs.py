"""Text of strangers is shown, never executed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from scenario.report.terminal.glyphs import ASCII, UNICODE, glyphs_for, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x07\x00\x7f", "\\x07\\x00\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("a\tb", "a    b"),
        ("one\r\ntwo\nthree", "one\ntwo\nthree"),
        ("over\rwritten", "over\\x0dwritten"),
        ("\u202eevil", "\\u202eevil"),
        ("line\u2028separator", "line\\u2028separator"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth, filler\u3164", "zero\\u200bwidth, filler\\u3164"),
        ("\U000e0041 tag", "\\U000e0041 tag"),
        ("18 °C, 漢字, 👩\u200d👩\u200d👧", "18 °C, 漢字, 👩\u200d👩\u200d👧"),
        ("[bold red]no markup[/]", "[bold red]no markup[/]"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    """What cannot be seen becomes its code, in letters that every font has; everything that people write stays."""
    assert visible(text) == shown


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_nothing_is_left_to_execute(text: str) -> None:
    """Whatever comes, no control character but the line feed goes out."""
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} or c == "\n" for c in visible(text))


@settings(deadline=None)
@given(st.text(), st.integers(min_value=5, max_value=40))
def test_one_line(text: str, limit: int) -> None:
    """However long a text is and whatever is in it, it fits on one line."""
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", UNICODE), (None, UNICODE), ("ascii", ASCII), ("latin-1", ASCII), ("cp1252", ASCII), ("no such", ASCII)],
)
def test_glyphs_for(encoding: str | None, glyphs: object) -> None:
    """Where an encoding lacks the marks, ASCII stands in."""
    assert glyphs_for(encoding) is glyphs
