"""A scenario file from the disk, as a node; and which files of a folder are scenario files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError
from scenario.files.json_text import json_node
from scenario.files.node import Node, Problem, file_error
from scenario.files.toml_text import toml_node
from scenario.files.yaml_text import yaml_node

_READERS: Final[dict[str, Callable[[str, str], Node]]] = {
    ".yaml": yaml_node,
    ".yml": yaml_node,
    ".json": json_node,
    ".toml": toml_node,
}
_MOST_BYTES: Final = 4 << 20
# A mapping with one of these is a scenario; other files of a folder are left alone.
_TELLING: Final = frozenset({"agent", "scenarios", "script", "judge", "extends"})
_LIKE_ONE: Final = re.compile(
    rf"^(\xef\xbb\xbf)?[\"']?({'|'.join(sorted(_TELLING))})[\"']?[ \t]*:".encode(), re.MULTILINE
)


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
    reader = _READERS.get(path.suffix.lower())
    shown = shown_file(path)
    if reader is None:
        raise ConfigurationError(f"{shown}: a scenario file ends in {', '.join(_READERS)}, not in {path.suffix!r}.")
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


def scenario_files(path: Path) -> Iterator[Path]:
    """The file itself, or the scenario files of a folder and those below it, in order.

    In folders, names that begin with a dot or an underscore are left out (`_base.yaml` is one to build on), and so are
    files which do not look like scenarios at all.

    Raises:
        ConfigurationError: there is no such file or folder.
    """
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise ConfigurationError(f"{shown_file(path)}: there is no such file or folder.")
    for found in sorted(path.rglob("*")):
        parts = found.relative_to(path).parts
        hidden = any(part.startswith((".", "_")) for part in parts)
        if found.suffix.lower() in _READERS and not hidden and found.is_file() and _tells(found):
            yield found


def _tells(path: Path) -> bool:
    try:
        return bool(_TELLING & read_file(path).mapping.keys())
    except ConfigurationError:
        # YAML that cannot be read and begins a line like a scenario is one with a mistake; other formats, and YAML
        # with tags or several documents, have many uses.
        return path.suffix.lower() in (".yaml", ".yml") and _looks_like_one(path)


def _looks_like_one(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return True  # that it cannot be read is told when it is
    return _LIKE_ONE.search(content) is not None or b"\0" in content  # as UTF-16 has it
