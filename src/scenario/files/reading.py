"""A scenario file from the disk, as a node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError
from scenario.files.json_text import json_node
from scenario.files.node import Node, Problem, file_error
from scenario.files.yaml_text import yaml_node


def _toml(text: str, file: str) -> Node:
    from scenario.files.toml_text import toml_node  # few have TOML, and its parser takes its time to load

    return toml_node(text, file)


READERS: Final[dict[str, Callable[[str, str], Node]]] = {
    ".yaml": yaml_node,
    ".yml": yaml_node,
    ".json": json_node,
    ".toml": _toml,
}
_MOST_BYTES: Final = 4 << 20


def shown_file(path: Path) -> str:
    """A path as people see it: from the working directory on, where it is below that."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def read_file(path: Path) -> Node:
    """The document in a file.

    Raises:
        ScenarioFileError: it is no text of its kind, or too large.
        ConfigurationError: it cannot be read.
    """
    reader = READERS.get(path.suffix.lower())
    shown = shown_file(path)
    if reader is None:
        raise ConfigurationError(f"{shown}: a scenario file ends in {', '.join(READERS)}, not in {path.suffix!r}.")
    return reader(read_text(path), shown)


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        ScenarioFileError: it is no UTF-8, or too large.
        ConfigurationError: it cannot be read.
    """
    shown = shown_file(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{shown}: it cannot be read: {error.strerror or error}.") from error
    if len(content) > _MOST_BYTES:
        raise file_error([Problem(shown, 0, "", f"it has {len(content):,} bytes, above {_MOST_BYTES:,}. Split it.")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise file_error([Problem(shown, line, "", "this is no UTF-8. Save the file as UTF-8.")]) from error
