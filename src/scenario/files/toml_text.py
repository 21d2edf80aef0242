"""TOML as nodes. The standard library's reader tells no lines, so the lines of keys are found in the text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from scenario.files.node import Node, Path, Problem, file_error, list_node, mapping_node

_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_PART: Final = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_LONG_TEXT: Final = re.compile(r'"""|\'\'\'')
_BRACKETS: Final = re.compile(r"""["'](?:\\.|[^"'\\])*["']|#.*|([\[{])|([\]}])""")


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
    return _node(value, file, _lines_of_keys(text), (), 1)


def _node(value: Any, file: str, lines: dict[Path, int], path: Path, line: int) -> Node:
    line = lines.get(path, line)
    if isinstance(value, dict):
        pairs = {name: _node(inner, file, lines, (*path, name), line) for name, inner in value.items()}
        return mapping_node(pairs, file, line)
    if isinstance(value, list):
        items = [_node(inner, file, lines, (*path, index), line) for index, inner in enumerate(value)]
        return list_node(items, file, line)
    # Dates and times are text, as in the other formats.
    return Node(value if isinstance(value, bool | int | float | str) else str(value), file, line)


def _lines_of_keys(text: str) -> dict[Path, int]:
    """The line of each table and key, as far as they stand at the beginning of a line."""
    lines: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(text):
        if line.startswith("["):
            table = _table(line, lines)
            lines.setdefault(table, number)
            continue
        path = table
        for part in _key(line):
            path = (*path, part)
            lines.setdefault(path, number)
    return lines


def _table(line: str, lines: dict[Path, int]) -> Path:
    is_array = line.startswith("[[")
    path: Path = ()
    parts = _key(line.lstrip("["))
    for index, part in enumerate(parts):
        path = (*path, part)
        count = 0
        while (*path, count) in lines:
            count += 1
        if is_array and index == len(parts) - 1:
            path = (*path, count)
        elif count:
            path = (*path, count - 1)
    return path


def _key(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    while (match := _PART.match(text, at)) is not None:
        parts.append(next((group for group in match.groups() if group is not None), ""))
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return parts


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a statement begins: not those inside of long texts and of lists of several lines."""
    closing, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not closing and not depth and stripped and not stripped.startswith("#"):
            yield number, stripped
        rest = line
        while match := _LONG_TEXT.search(rest):
            if not closing:
                depth += _opened(rest[: match.start()])
                closing = match[0]
            elif match[0] == closing:
                closing = ""
            rest = rest[match.end() :]
        if not closing and not (depth == 0 and stripped.startswith("[")):
            depth = max(0, depth + _opened(rest))


def _opened(text: str) -> int:
    return sum((1 if match[1] else -1 if match[2] else 0) for match in _BRACKETS.finditer(text))
