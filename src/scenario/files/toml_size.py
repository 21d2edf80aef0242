"""How much a TOML text asks for, found before it is read: the standard library's reader knows no limits. Pure.

Each part of a dotted name is a table to that reader, kept several times over, so that one long name costs it gigabytes.
What is counted here takes one pass over the text, and stops where the text is no TOML: the reader stops there, too.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from scenario.files.node import DEEPEST, LONGEST_NAME, MOST_VALUES, Problem, check_name, file_error, too_many_values

# Long texts first: their quotation marks begin like those of short ones. Nothing in here is ever tried in another way.
TEXT: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']++|'(?!''))*+'{3,5}"
    r'|(?!""")"(?:[^"\\\n]++|\\[^\n])*+"'
    r"|(?!''')'[^'\n]*+'",
    re.DOTALL,
)
_TOKEN: Final = re.compile(
    rf"(?P<text>{TEXT.pattern})|(?P<word>[A-Za-z0-9_-]++)|(?P<mark>[.=,\[\]{{}}]|\n++)|#[^\n]*+|(?P<endless>[\"'])",
    re.DOTALL,
)
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")


def check_toml_size(text: str, file: str) -> None:
    """Refuse a text that asks for too much.

    Raises:
        ScenarioFileError: it has too many values, or too many parts or characters in one name, or is nested too deep.
    """
    _Counts(text, file).count()


class _Counts:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._values = self._all_parts = 0
        self._depth = 0
        self._parts = 1

    def count(self) -> None:
        for token in _TOKEN.finditer(self._text):
            match token.lastgroup:
                case "endless":
                    return  # as the reader will tell
                case "mark":
                    self._mark(token[0], token.start())
                case "word" if token.end() - token.start() > LONGEST_NAME:
                    self._refuse_word(token[0], token.start())
                case _:
                    pass

    def _mark(self, mark: str, at: int) -> None:
        if mark == ".":
            self._parts += 1
            self._all_parts += 1
            if self._parts > DEEPEST:
                self._refuse(at, f"a name has more than {DEEPEST} parts. Make it flatter.")
        else:
            self._parts = 1
            self._values += mark in "=,"
            self._depth = max(0, self._depth + (mark in _OPENING) - (mark in _CLOSING))
            if self._depth > DEEPEST:
                self._refuse(at, f"lists and tables are nested more than {DEEPEST} deep. Make it flatter.")
        if max(self._values, self._all_parts) > MOST_VALUES:
            raise too_many_values(self._file, self._line(at))

    def _refuse_word(self, word: str, at: int) -> None:
        if word[0].isdigit() or word[0] == "-":
            self._refuse(at, "this is no TOML: a number has too many digits. Quotation marks make a text of it.")
        check_name(word, self._file, self._line(at))

    def _refuse(self, at: int, text: str) -> NoReturn:
        raise file_error([Problem(self._file, self._line(at), "", text)])

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1
