"""Parameters: the rows of values, and ${name} in the texts of a scenario replaced by them."""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.files.blocks import ParametersBlock
from scenario.files.fitting import fitted
from scenario.files.json_text import json_node
from scenario.files.node import (
    Node,
    Path as Place,
    Problem,
    file_error,
    list_node,
    mapping_node,
    nearest,
    problem,
)
from scenario.files.reading import read_text, shown_file
from scenario.found_secrets import secrets_found
from scenario.late_pattern import late_pattern

_ENDINGS: Final = (".csv", ".jsonl", ".ndjson")
Row = dict[str, Any]
MOST_ROWS: Final = 10_000
_PLACEHOLDER: Final = late_pattern(r"\$(\$)?\{([^{}]*)\}")
_WIDEST: Final = 60


def rows_of(node: Node, folder: Path, place: Place) -> list[Row]:
    """The rows that a `parameters` block stands for.

    Raises:
        ScenarioFileError: it does not fit, or its file has no rows that can be read.
    """
    block = fitted(node, ParametersBlock, place)
    given = [name for name in ("matrix", "rows", "file") if getattr(block, name) is not None]
    if len(given) != 1:
        said = f"{' and '.join(given)} stand side by side" if given else "there is none of them"
        raise file_error([problem(node, place, f"give one of matrix, rows and file: {said}.")])
    if block.matrix is not None:
        if not block.matrix:
            text = "the matrix is empty. Give names and their values: {city: [Paris, Rome]}."
            raise file_error([problem(node.mapping["matrix"], (*place, "matrix"), text)])
        names = list(block.matrix)
        rows = [dict(zip(names, values, strict=True)) for values in _product(block.matrix, node, place)]
    elif block.rows is not None:
        rows = block.rows
    else:
        at = node.mapping["file"]
        path = folder / str(block.file)
        if not path.is_file():
            text = f"there is no file {block.file!r} beside this one. Give the path of a CSV or JSONL file."
            raise file_error([problem(at, (*place, "file"), text)])
        if path.suffix.lower() not in _ENDINGS:
            text = f"rows are read from {', '.join(_ENDINGS)}, not from {path.name!r}."
            raise file_error([problem(at, (*place, "file"), text)])
        rows = _rows_of_file(path)
    if len(rows) > MOST_ROWS:
        raise file_error([problem(node, place, f"there are {len(rows):,} rows, above {MOST_ROWS:,}. Split them.")])
    return rows


def _product(matrix: Mapping[str, list[Any]], node: Node, place: Place) -> list[tuple[Any, ...]]:
    count = 1
    for values in matrix.values():
        count *= len(values)
    if count > MOST_ROWS:
        text = f"the matrix has {count:,} combinations, above {MOST_ROWS:,}. Give fewer values, or rows."
        raise file_error([problem(node.mapping["matrix"], (*place, "matrix"), text)])
    return list(itertools.product(*matrix.values()))


def _rows_of_file(path: Path) -> list[Row]:
    text, shown = read_text(path), shown_file(path)
    rows = (_csv_rows if path.suffix.lower() == ".csv" else _jsonl_rows)(text, shown)
    if not rows:
        raise file_error([Problem(shown, 0, "", "there is no row in it. Give one on each line.")])
    return rows


def _csv_rows(text: str, shown: str) -> list[Row]:
    import csv  # few files have such a table

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    names: list[str] = []
    try:
        for cells in reader:
            if not names:
                names = [name.strip() for name in cells]
                if twice := next((name for name, times in Counter(names).items() if times > 1 and name), None):
                    raise file_error([Problem(shown, 1, "", f"the column {twice!r} stands twice. Name each once.")])
                if "" in names:
                    raise file_error([Problem(shown, 1, "", "a column has no name. Name each in the first line.")])
            elif cells:
                if len(cells) != len(names):
                    there = "is 1 value" if len(cells) == 1 else f"are {len(cells)} values"
                    said = f"there {there} for {len(names)} columns. Quote values that have commas."
                    raise file_error([Problem(shown, reader.line_num, "", said)])
                rows.append(dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        raise file_error(
            [Problem(shown, reader.line_num, "", f"this is no CSV: {error}. Look at the quotes.")]
        ) from error
    return rows


def _jsonl_rows(text: str, shown: str) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value = json_node(line, shown, number)
        if not isinstance(value.value, dict):
            raise file_error([Problem(shown, number, "", 'a row is a JSON object, such as {"city": "Paris"}.')])
        rows.append(value.plain())
    return rows


def substituted(node: Node, row: Row, place: Place) -> Node:
    """The node with each ${name} replaced; one that is the whole value keeps its type. $${name} stands for itself.

    Raises:
        ScenarioFileError: there is no such parameter.
    """
    if node.size == 1 and not isinstance(node.value, str):
        return node
    if isinstance(node.value, dict):
        pairs = {name: substituted(inner, row, (*place, name)) for name, inner in node.mapping.items()}
        return mapping_node(pairs, node.file, node.line)
    if isinstance(node.value, list):
        items = [substituted(item, row, (*place, index)) for index, item in enumerate(node.items)]
        return list_node(items, node.file, node.line)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    whole = _PLACEHOLDER.fullmatch(node.value)
    if whole is not None and not whole[1]:
        return _from_plain(_value(whole, row, node, place), node)

    def text(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        value = _value(match, row, node, place)
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    return Node(_PLACEHOLDER.sub(text, node.value), node.file, node.line)


def _value(match: re.Match[str], row: Row, node: Node, place: Place) -> Any:
    name = match[2].strip()
    if name in row:
        return row[name]
    there = nearest(name, row) if row else "There are no parameters; write $${…} for the text itself."
    raise file_error([problem(node, place, f"there is no parameter {name!r} for {match[0]}. {there}")])


def _from_plain(value: Any, at: Node) -> Node:
    if isinstance(value, dict):
        return mapping_node({str(key): _from_plain(inner, at) for key, inner in value.items()}, at.file, at.line)
    if isinstance(value, list):
        return list_node([_from_plain(item, at) for item in value], at.file, at.line)
    return Node(value, at.file, at.line, is_of_row=True)


def row_name(row: Row) -> str:
    """A row, short enough to stand behind a name; secrets in it are masked."""
    values = (value if isinstance(value, str) else msgspec.json.encode(value).decode() for value in row.values())
    shown = secrets_found(msgspec.json.encode(row)).in_text(", ".join(" ".join(value.split()) for value in values))
    return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"
