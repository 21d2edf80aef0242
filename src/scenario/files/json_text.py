"""JSON as nodes. A YAML reader would do for most of it, yet it refuses tabs and splits surrogate pairs."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Final, NoReturn

from scenario.files.node import (
    DEEPEST,
    MOST_VALUES,
    Node,
    Problem,
    check_name,
    file_error,
    list_node,
    mapping_node,
    too_many_values,
    whole_number,
)
from scenario.late_pattern import late_pattern

_SPACE: Final = late_pattern(r"[ \t\r\n]*")
_SCALAR_STARTS: Final = frozenset('"-0123456789tfn')


def json_node(text: str, file: str, line: int = 1) -> Node:
    """The value in a text.

    Args:
        text: one value of JSON.
        file: where it stands, as it is shown.
        line: the number of its first line there.

    Raises:
        ScenarioFileError: it is no JSON, has a name twice, or is beyond the limits.
    """
    return _Reader(text, file, line).whole()


class _Digits(str):
    """A whole number as it is written."""

    __slots__ = ()


class _Reader:
    def __init__(self, text: str, file: str, line: int) -> None:
        self._text = text
        self._file = file
        self._first_line = line
        self._values = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        # Numbers are kept as their digits until their line is known.
        self._decoder = json.JSONDecoder(parse_int=_Digits)

    def whole(self) -> Node:
        node, end = self._value(self._skip(0), 0)
        end = self._skip(end)
        if end < len(self._text):
            self._refuse(end, "something follows the end of the value. Is a bracket too many?")
        return node

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        start = self._text[at : at + 1]
        self._values += 1
        if self._values > MOST_VALUES:
            raise too_many_values(self._file, self._line(at))
        if depth > DEEPEST:
            self._refuse(at, f"blocks are nested more than {DEEPEST} deep. Make it flatter.")
        if start == "{":
            return self._mapping(at, depth)
        if start == "[":
            return self._list(at, depth)
        if start not in _SCALAR_STARTS or self._text.startswith("-I", at):
            self._refuse(at, "a value is missing here." if start in ",]}" else f"{start!r} begins no JSON value.")
        try:
            value, end = self._decoder.raw_decode(self._text, at)
        except ValueError as error:
            message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            if message.startswith("Invalid control character"):
                message = "a line end or tab stands in a text, where it is written \\n or \\t"
            elif message.startswith("Invalid \\"):
                message = "a backslash stands in a text before no code of JSON; itself it is written \\\\"
            self._refuse(error.pos if isinstance(error, json.JSONDecodeError) else at, f"{message}.")
        if isinstance(value, _Digits):
            value = whole_number(value, self._file, self._line(at))
        return Node(value, self._file, self._line(at)), end

    def _mapping(self, at: int, depth: int) -> tuple[Node, int]:
        pairs: dict[str, Node] = {}
        line, at = self._line(at), self._skip(at + 1)
        while not self._text.startswith("}", at):
            if not self._text.startswith('"', at):
                self._refuse(at, "a name in quotation marks is missing here. Is a comma too many?")
            key, end = self._value(at, depth)
            name = str(key.value)
            check_name(name, self._file, key.line)
            if name in pairs:
                self._refuse(at, f"{name!r} stands here a second time; the first is in line {pairs[name].line}.")
            end = self._skip(end)
            if not self._text.startswith(":", end):
                self._refuse(end, f"a colon is missing after {name!r}.")
            node, end = self._value(self._skip(end + 1), depth + 1)
            pairs[name] = node.at_line(key.line)
            at = self._next(end, "}")
        return mapping_node(pairs, self._file, line), at + 1

    def _list(self, at: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        line, at = self._line(at), self._skip(at + 1)
        while not self._text.startswith("]", at):
            node, end = self._value(at, depth + 1)
            items.append(node)
            at = self._next(end, "]")
        return list_node(items, self._file, line), at + 1

    def _next(self, at: int, closing: str) -> int:
        """Behind the comma, or at the closing bracket."""
        at = self._skip(at)
        if self._text.startswith(closing, at):
            return at
        if not self._text.startswith(",", at):
            self._refuse(at, f"a comma or {closing!r} is missing here.")
        behind = self._skip(at + 1)
        if self._text.startswith(closing, behind):
            self._refuse(at, f"a comma stands before {closing!r}; JSON takes none there.")
        return behind

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return at if match is None else match.end()

    def _line(self, at: int) -> int:
        return bisect_right(self._breaks, at - 1) + self._first_line

    def _refuse(self, at: int, text: str) -> NoReturn:
        raise file_error([Problem(self._file, self._line(at), "", f"this is no JSON: {text}")])
