"""Words on lines of a limited width, also while the text is still arriving."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple, TypeAlias


class Break(NamedTuple):
    """The line ends here."""


class Back(NamedTuple):
    """The last cells that were written are to be erased: their word has outgrown the line and moves to the next."""

    cells: int


Piece: TypeAlias = str | Break | Back
BREAK: Final = Break()


def cells(text: str) -> int:
    """How many columns a text takes up: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


class Flow:
    """Text that arrives in pieces, broken into lines at its words, nothing of it held back.

    A word is written as far as it is known. Where it outgrows the line, its beginning is taken back and written on
    the next one. A word that is longer than a whole line is cut.

    Args:
        width: columns of a line, at least 1.
    """

    def __init__(self, width: int) -> None:
        self._width = max(width, 1)
        self._column = 0
        # By character: a line without a limit may be a whole answer, and a text that grows by one is copied for each.
        self._word: list[str] = []
        self._fresh: list[str] = []  # written in this call of `feed`, and not handed out yet

    def feed(self, text: str) -> list[Piece]:
        """What is to be done to show this text after what was fed before."""
        pieces: list[Piece] = []
        for index, line in enumerate(text.split("\n")):
            if index:
                self._break(pieces)
            if line.isascii() and self._column + len(line) <= self._width:
                self._whole(line)
                continue
            for character in line:
                if character == " ":
                    self._space(pieces)
                else:
                    self._glyph(character, pieces)
        self._hand_out(pieces)
        return pieces

    def _whole(self, line: str) -> None:
        """What is one column a character, and fits on the line: the same as by character, and much quicker."""
        self._fresh += line
        self._column += len(line)
        _, space, word = line.rpartition(" ")
        if space:
            self._word.clear()
        self._word += word

    def _space(self, pieces: list[Piece]) -> None:
        if self._column >= self._width:
            self._break(pieces)
            return
        self._fresh.append(" ")
        self._column += 1
        self._word.clear()

    def _glyph(self, character: str, pieces: list[Piece]) -> None:
        taken = _cells(character)
        if self._column + taken > self._width:
            self._move_on(taken, pieces)
        self._fresh.append(character)
        self._column += taken
        # A wide character is a word of its own: scripts that have them put no spaces between words.
        if taken == 2:
            self._word.clear()
        elif taken or self._word:
            self._word.append(character)

    def _move_on(self, taken: int, pieces: list[Piece]) -> None:
        word = "".join(self._word)
        if cells(word) >= self._column or cells(word) + taken > self._width:
            self._break(pieces)
            return
        written = cells(word[: max(len(word) - len(self._fresh), 0)])
        del self._fresh[max(len(self._fresh) - len(word), 0) :]
        if written:
            pieces.append(Back(written))
        self._break(pieces)
        self._fresh, self._word, self._column = list(word), list(word), cells(word)

    def _break(self, pieces: list[Piece]) -> None:
        self._hand_out(pieces)
        pieces.append(BREAK)
        self._column = 0
        self._word.clear()

    def _hand_out(self, pieces: list[Piece]) -> None:
        if self._fresh:
            pieces.append("".join(self._fresh))
            self._fresh.clear()


def wrapped(text: str, width: int) -> list[str]:
    """A whole text as lines of at most `width` columns, without trailing spaces."""
    lines = [""]
    for piece in Flow(width).feed(text):
        if isinstance(piece, str):
            lines[-1] += piece
        else:  # nothing has been handed out before, so nothing is ever taken back
            lines.append("")
    return [line.rstrip() for line in lines]
