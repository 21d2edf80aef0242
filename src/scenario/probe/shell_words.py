"""A command line as a POSIX shell would cut it into words: quotes, escapes, `$'…'`, variables. Pure; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scenario.errors import ConfigurationError

# What ends a command outside of quotes: the next one, or where its output goes.
_ENDS: Final = frozenset("|&;<>\n")
_BLANKS: Final = frozenset(" \t\r\u00a0")
_VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_CONTINUED: Final = re.compile(r"[\\`^][ \t]*\r?\n")
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_BELL: Final[Mapping[str, str]] = {
    "n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b",
}  # fmt: skip
_MOST_CODE: Final = 0x10FFFF


def shell_words(command: str, environment: Mapping[str, str]) -> list[str]:
    """The words of the first command of a line.

    Args:
        command: as it is typed; a line may go on behind a backslash, or as PowerShell and cmd write that.
        environment: where the values of its variables are.

    Raises:
        ConfigurationError: a quote is missing, or a variable is not set.
    """
    return _Cutter(_CONTINUED.sub(" ", command.strip()), environment).words()


class _Cutter:
    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self._text = text
        self._place = 0
        self._environment = environment

    def words(self) -> list[str]:
        found: list[str] = []
        word: list[str] | None = None
        while self._place < len(self._text):
            char = self._text[self._place]
            if char in _BLANKS or char in _ENDS:
                if word is not None:
                    found.append("".join(word))
                word = None
                # `2>&1` is no word of the command's.
                if char in _ENDS and found:
                    return found[:-1] if char in "<>" and found[-1].isdigit() else found
                self._place += 1
                continue
            word = (word or []) + [self._piece(char)]
        return found if word is None else [*found, "".join(word)]

    def _piece(self, char: str) -> str:
        """What stands in quotes, behind a backslash or a dollar sign, or is one character."""
        following = self._text[self._place + 1 : self._place + 2]
        if char == "$" and following == "'":
            self._place += 1
            return _unescaped(self._quoted("'", escapes=True))
        if char == "'":
            return self._quoted("'", escapes=False)
        if char == '"':
            return self._double()
        if char == "$":
            return self._variable()
        self._place += 2 if char == "\\" else 1
        return following if char == "\\" else char

    def _quoted(self, quote: str, *, escapes: bool) -> str:
        start = place = self._place + 1
        while place < len(self._text) and self._text[place] != quote:
            place += 2 if escapes and self._text[place] == "\\" else 1
        if place >= len(self._text):
            raise ConfigurationError("The curl command cannot be taken apart: a quote is missing.")
        self._place = place + 1
        return self._text[start:place]

    def _double(self) -> str:
        self._place += 1
        pieces: list[str] = []
        while self._place < len(self._text):
            char = self._text[self._place]
            if char == '"':
                self._place += 1
                return "".join(pieces)
            following = self._text[self._place + 1 : self._place + 2]
            if char == "\\" and following and following in '\\"$`':
                pieces.append(following)
                self._place += 2
            elif char == "$":
                pieces.append(self._variable())
            else:
                pieces.append(char)
                self._place += 1
        raise ConfigurationError("The curl command cannot be taken apart: a quote is missing.")

    def _variable(self) -> str:
        match = _VARIABLE.match(self._text, self._place)
        if match is None:
            self._place += 1
            return "$"
        self._place = match.end()
        name = match[1] or match[2]
        if name not in self._environment:
            raise ConfigurationError(f"The curl command uses ${name}, which is not set: export {name}=… first.")
        return self._environment[name]


def _unescaped(text: str) -> str:
    """A shell's $'…', whose escapes are those of C; bytes that are written one by one are UTF-8."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uU" and len(code) > 1:
            number = int(code[1:], 16)
            return chr(number) if number <= _MOST_CODE else "\ufffd"
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        return _BELL.get(code, code)

    if not re.search(r"\\(?:x[89A-Fa-f][0-9A-Fa-f]|[23][0-7][0-7])", text):
        return _ESCAPE.sub(one, text)
    # Each character up to U+00FF stands for a byte where bytes are written; what is no UTF-8 is left as it is.
    pieces = re.split(r"((?:\\x[89A-Fa-f][0-9A-Fa-f]|\\[23][0-7][0-7])+)", text)
    return "".join(
        _as_utf8(_ESCAPE.sub(one, piece)) if number % 2 else _ESCAPE.sub(one, piece)
        for number, piece in enumerate(pieces)
    )


def _as_utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeDecodeError:
        return text
