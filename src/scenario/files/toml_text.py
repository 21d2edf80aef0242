"""TOML as nodes. The standard library's reader tells no lines, so a text that it has taken is walked a second time."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from scenario.files.node import Node, Path, Problem, file_error, list_node, mapping_node, whole_number

_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
# In this order: the quotation marks of long texts begin like those of short ones.
_TEXT: Final = re.compile(
    "|".join((r'"""(?:\\.|[^\\])*?"{3,5}(?!")', r"'''.*?'{3,5}(?!')", r'"(?:\\.|[^"\\])*"', r"'[^']*'")), re.DOTALL
)
_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_ENDLESS: Final = re.compile(r"[0-9_]{1000}")


def toml_node(text: str, file: str) -> Node:
    """The document in a text.

    Raises:
        ScenarioFileError: it is no TOML.
    """
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        match = _PLACE.search(said)
        line = int(match[1]) if match and match[1] else text.count("\n") + 1
        hint = "A text needs quotation marks, and a name may stand in a table once."
        problem = Problem(file, line, "", f"this is no TOML: {_PLACE.sub('', said).strip()}. {hint}")
        raise file_error([problem]) from error
    except RecursionError as error:
        raise file_error([Problem(file, 1, "", "this is nested too deep. Make it flatter.")]) from error
    except ValueError as error:  # a number of more digits than Python reads
        line = next((number for number, line in enumerate(text.split("\n"), 1) if _ENDLESS.search(line)), 0)
        told = "this is no TOML: a number has too many digits. Quotation marks make a text of it."
        raise file_error([Problem(file, line, "", told)]) from error
    return _node(value, file, _Lines(text).found, (), 1)


def _node(value: Any, file: str, lines: dict[Path, int], path: Path, line: int) -> Node:
    line = lines.get(path, line)
    if isinstance(value, dict):
        pairs = {name: _node(inner, file, lines, (*path, name), line) for name, inner in value.items()}
        return mapping_node(pairs, file, line)
    if isinstance(value, list):
        items = [_node(inner, file, lines, (*path, index), line) for index, inner in enumerate(value)]
        return list_node(items, file, line)
    if isinstance(value, int) and not isinstance(value, bool):
        return Node(whole_number(str(value), file, line), file, line)
    # Dates and times are text, as in the other formats.
    return Node(value if isinstance(value, bool | int | float | str) else str(value), file, line)


class _Lines:
    """The line of each table, key and item of a text that is TOML.

    Attributes:
        found: the lines, from 1, by path.
    """

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._tables: dict[Path, int] = {}  # how many there are of each table in a list
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while self._skip() < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        is_item = self._text.startswith("[[", self._at)
        line = self._here()
        self._at += 2 if is_item else 1
        path: Path = ()
        parts = self._key()
        self._at += 2 if is_item else 1
        for index, part in enumerate(parts):
            path = (*path, part)
            if is_item and index == len(parts) - 1:
                self.found.setdefault(path, line)
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        self.found.setdefault(path, line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._here()
        for part in self._key():
            table = (*table, part)
            self.found.setdefault(table, line)
        self._at += 1  # the equals sign
        self._skip()
        self._value(table)

    def _value(self, path: Path) -> None:
        if (match := _TEXT.match(self._text, self._at)) is not None:
            self._at = match.end()
        elif self._text.startswith("[", self._at):
            self._at += 1
            index = 0
            while not self._text.startswith("]", self._skip()):
                self.found[(*path, index)] = self._here()
                self._value((*path, index))
                self._comma()
                index += 1
            self._at += 1
        elif self._text.startswith("{", self._at):
            self._at += 1
            while not self._text.startswith("}", self._skip()):
                self._pair(path)
                self._comma()
            self._at += 1
        else:
            match = _SCALAR.match(self._text, self._at)
            self._at = max(self._at + 1, match.end() if match is not None else 0)

    def _comma(self) -> None:
        if self._text.startswith(",", self._skip()):
            self._at += 1

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip()
            match = _TEXT.match(self._text, self._at) or _BARE_KEY.match(self._text, self._at)
            if match is None:
                return parts
            parts.append(next(iter(tomllib.loads(f"{match[0]} = 0"))))
            self._at = match.end()
            self._skip()
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _skip(self) -> int:
        match = _SPACE.match(self._text, self._at)
        self._at = self._at if match is None else match.end()
        return self._at

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
