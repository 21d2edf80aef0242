"""TOML as nodes. The standard library's reader tells no lines, so a text that it has taken is walked a second time."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from scenario.files.node import (
    DEEPEST,
    Node,
    Path,
    Problem,
    check_name,
    file_error,
    list_node,
    mapping_node,
    whole_number,
)
from scenario.files.toml_size import TEXT, check_toml_size

_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")
_LONG: Final = 1_000


def toml_node(text: str, file: str) -> Node:
    """The document in a text.

    Raises:
        ScenarioFileError: it is no TOML, or beyond the limits.
    """
    check_toml_size(text, file)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        match = _PLACE.search(said)
        line = int(match[1]) if match and match[1] else text.count("\n") + 1
        hint = "A text needs quotation marks, and a name may stand in a table once."
        problem = Problem(file, line, "", f"this is no TOML: {_PLACE.sub('', said).strip()}. {hint}")
        raise file_error([problem]) from error
    except (RecursionError, ValueError) as error:  # as of numbers with more digits than Python reads
        raise file_error([Problem(file, 0, "", f"this is no TOML that can be read: {error}.")]) from error
    return _node(value, file, _Lines(text).found, (), 1)


def _node(value: Any, file: str, lines: dict[Path, int], path: Path, line: int) -> Node:
    line = lines.get(path, line)
    if len(path) > DEEPEST:
        raise file_error([Problem(file, line, "", f"blocks are nested more than {DEEPEST} deep. Make it flatter.")])
    if isinstance(value, dict):
        pairs = {name: _node(inner, file, lines, (*path, name), line) for name, inner in value.items()}
        for name, node in pairs.items():
            check_name(name, file, node.line)
        return mapping_node(pairs, file, line)
    if isinstance(value, list):
        items = [_node(inner, file, lines, (*path, index), line) for index, inner in enumerate(value)]
        return list_node(items, file, line)
    if isinstance(value, int) and not isinstance(value, bool):
        # One that was written with letters may be far longer than Python writes it with digits.
        return Node(whole_number(f"{value:#x}" if value.bit_length() > _LONG else str(value), file, line), file, line)
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
        if (match := TEXT.match(self._text, self._at)) is not None:
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
            match = _BARE_KEY.match(self._text, self._at)
            if match is not None:
                parts.append(match[0])
            elif (match := TEXT.match(self._text, self._at)) is not None:
                parts.append(next(iter(tomllib.loads(f"{match[0]} = 0"))))
            else:
                return parts
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
