"""Lines of a limited width, whole or while they arrive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from scenario.report.terminal.wrapping import Back, Flow, cells, wrapped

TEXT = st.text(alphabet="ab  c\n漢e\u0301-", max_size=80)


def on_screen(texts: list[str], width: int) -> list[str]:
    """What stands there when the pieces have been written one after the other."""
    flow, lines = Flow(width), [""]
    for text in texts:
        for piece in flow.feed(text):
            if isinstance(piece, str):
                lines[-1] += piece
            elif isinstance(piece, Back):
                rest = cells(lines[-1]) - piece.cells
                while cells(lines[-1]) > rest:
                    lines[-1] = lines[-1][:-1]
            else:
                lines.append("")
    return [line.rstrip() for line in lines]


@settings(deadline=None)
@given(TEXT, st.lists(st.integers(min_value=1, max_value=7)), st.integers(min_value=2, max_value=14))
def test_slicing_changes_nothing(text: str, sizes: list[int], width: int) -> None:
    """In whatever pieces a text arrives, the same lines stand there in the end."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    assert on_screen([*pieces, text[at:]], width) == wrapped(text, width)


@settings(deadline=None)
@given(TEXT, st.integers(min_value=2, max_value=14))
def test_nothing_is_wider_or_lost(text: str, width: int) -> None:
    """No line is wider than asked for, and apart from white space every character is there."""
    lines = wrapped(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("the quick brown fox", ["the quick", "brown fox"]),
        ("averyveryverylongword ok", ["averyveryv", "erylongwor", "d ok"]),
        ("one\n\ntwo", ["one", "", "two"]),
        ("漢字漢字漢字", ["漢字漢字漢", "字"]),
        ("", [""]),
    ],
)
def test_wrapped(text: str, lines: list[str]) -> None:
    """Lines break between words; long words are cut; wide characters break anywhere."""
    assert wrapped(text, 10) == lines
