"""What a scenario file says, with the line where it says it: values of YAML, TOML and JSON in one shape. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from scenario.errors import ScenarioFileError
from scenario.redaction import REDACTED, is_secret_name

# Anchors and aliases let a short file stand for an endless one, so that what a file unfolds to is counted.
MOST_VALUES: Final = 100_000
DEEPEST: Final = 100
LONGEST_NAME: Final = 1_000
_LONGEST_SHOWN: Final = 60
_LARGEST: Final = 2**63 - 1
_LONGEST_NUMBER: Final = 100
_MOST_NAMES: Final = 16
_MOST_PROBLEMS: Final = 20

Path: TypeAlias = tuple[str | int, ...]
Scalar: TypeAlias = bool | int | float | str | None


class Node(msgspec.Struct, frozen=True):
    """A value of a file.

    Attributes:
        value: a scalar, a list of nodes, or a mapping of names to nodes.
        file: the file that it stands in, as it is shown.
        line: the line of its key, or of itself where it has none; from 1.
        size: how many values it unfolds to, itself included.
        is_of_row: whether it took the place of ${name}.
    """

    value: Scalar | list[Node] | dict[str, Node]
    file: str
    line: int
    size: int = 1
    is_of_row: bool = False

    @property
    def mapping(self) -> Mapping[str, Node]:
        """Its names and values; empty where it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> Sequence[Node]:
        """Its items; empty where it is no list."""
        return self.value if isinstance(self.value, list) else ()

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at_line(self, line: int) -> Node:
        """The same value at another line."""
        return Node(self.value, self.file, line, self.size, self.is_of_row)

    def find(self, path: Path) -> Node:
        """The node at a path; where there is none, the last one on the way to it."""
        node = self
        for key in path:
            inner: Node | None = None
            if isinstance(key, str):
                inner = node.mapping.get(key)
            elif key < len(node.items):
                inner = node.items[key]
            if inner is None:
                break
            node = inner
        return node


def mapping_node(values: dict[str, Node], file: str, line: int) -> Node:
    """A mapping, its size counted."""
    return Node(values, file, line, 1 + sum(node.size for node in values.values()))


def list_node(values: list[Node], file: str, line: int) -> Node:
    """A list, its size counted."""
    return Node(values, file, line, 1 + sum(node.size for node in values))


class Problem(NamedTuple):
    """A mistake in a file: where it is, and what to do about it."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return f"{where}{self.path}: {self.text}" if self.path else f"{where}{self.text}"


def file_error(problems: Iterable[Problem]) -> ScenarioFileError:
    """The error that tells of mistakes, each once and in the order of the file."""
    told = sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))
    shown = [str(problem) for problem in told[:_MOST_PROBLEMS]]
    if len(told) > _MOST_PROBLEMS:
        shown.append(f"and {len(told) - _MOST_PROBLEMS} more")
    return ScenarioFileError("\n".join(shown), problems=told)


def problem(node: Node, path: Path, text: str) -> Problem:
    """A mistake at a node."""
    return Problem(node.file, node.line, shown_path(path), text)


def check_name(name: str, file: str, line: int) -> None:
    """Refuse a name that no error and no report could show.

    Raises:
        ScenarioFileError: it is too long.
    """
    if len(name) > LONGEST_NAME:
        told = f"the name {shown_value(name)} has {len(name):,} characters, above {LONGEST_NAME:,}. Take a shorter one."
        raise file_error([Problem(file, line, "", told)])


def too_many_values(file: str, line: int) -> ScenarioFileError:
    """The error for a file with more values than are read."""
    return file_error([Problem(file, line, "", f"the file has more than {MOST_VALUES:,} values. Split it.")])


def whole_number(text: str, file: str, line: int) -> int:
    """The number that digits stand for.

    Raises:
        ScenarioFileError: it has more than 64 bits, so that no report or request could hold it as it is.
    """
    number = int(text) if len(text) <= _LONGEST_NUMBER else _LARGEST + 1
    if not -_LARGEST - 1 <= number <= _LARGEST:
        told = f"the number {shown_value(text)[1:-1]} is beyond 64 bits. Quotation marks make a text of it."
        raise file_error([Problem(file, line, "", told)])
    return number


def shown_path(path: Path) -> str:
    """A path as people write it: scenarios[0].agent.url."""
    shown = ""
    for key in path:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            shown += f".{key}" if shown else key
    return shown


def shown_value(value: object, name: str = "") -> str:
    """A value as an error shows it: short, and not at all where its name says that it is a secret."""
    if name and is_secret_name(name):
        return REDACTED
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"


def nearest(name: str, known: Iterable[str]) -> str:
    """What to write in the place of a name that is not known: the nearest one, and which ones there are."""
    from difflib import get_close_matches  # for a mistake only

    known = list(known)
    close = get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    close = close or get_close_matches(name, known, n=1, cutoff=0.6)
    listed = ", ".join(known[:_MOST_NAMES]) + (", …" if len(known) > _MOST_NAMES else "")
    there = f"There are: {listed}." if known else "There are none."
    return f"Did you mean {close[0]!r}? {there}" if close else there
