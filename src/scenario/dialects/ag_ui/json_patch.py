"""JSON Patch (RFC 6902): a state that its owner tells in differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from scenario.protocols.json_text import read_json, write_json

# The most that `copy` may add to a state: a copy of a copy of a copy would double it for a few bytes each.
_MAX_COPIED_CHARACTERS: Final = 1024 * 1024
# What is nested more deeply than this, readers and writers of JSON refuse.
_MAX_DEPTH: Final = 200
# The most elements of lists that patches may move up or down: each insertion at the front of a list moves them all.
_MAX_MOVED_ELEMENTS: Final = 100_000_000


class PatchedState:
    """A JSON value that patches are applied to, in place. What cannot be applied is left out, never raised.

    Attributes:
        known: whether a snapshot or a patch has come.
    """

    def __init__(self) -> None:
        self._root: Any = {}
        self._copied = 0
        self._moved = 0
        self.known = False

    def replace(self, value: object) -> None:
        """Begin again with this value, which from here on belongs to the state."""
        self._root = value
        self.known = True

    def patch(self, operations: object) -> bool:
        """Apply operations in order, up to the first that does not fit; whether all of them did."""
        if not isinstance(operations, list):
            return False
        self.known = True
        return all(isinstance(operation, Mapping) and self._apply(operation) for operation in operations)

    @property
    def value(self) -> Any:
        """The state as it stands; None where it is nested too deeply to be written."""
        level = [self._root]
        for _ in range(_MAX_DEPTH):
            level = [inner for value in level for inner in _inside(value)]
            if not level:
                return self._root
        return None

    def _apply(self, operation: Mapping[Any, Any]) -> bool:
        path = _tokens(operation.get("path"))
        if path is None:
            return False
        match operation.get("op"):
            case "add":
                return self._add(path, operation.get("value"))
            case "replace":
                return self._found(path)[0] and self._remove(path) and self._add(path, operation.get("value"))
            case "remove":
                return self._remove(path)
            case "test":
                found, value = self._found(path)
                return found and _equal(value, operation.get("value"))
            case "move" | "copy" as kind:
                return self._carry(kind, _tokens(operation.get("from")), path)
        return False

    def _carry(self, kind: str, source: Sequence[str] | None, path: Sequence[str]) -> bool:
        if source is None:
            return False
        found, value = self._found(source)
        if not found:
            return False
        if kind == "move":
            # Nothing can be moved into itself.
            inside = path[: len(source)] == source
            return path == source if inside else self._remove(source) and self._add(path, value)
        if self._copied > _MAX_COPIED_CHARACTERS:
            return False
        text = write_json(value)
        self._copied += len(text)
        return self._copied <= _MAX_COPIED_CHARACTERS and self._add(path, read_json(text))

    def _found(self, path: Sequence[str]) -> tuple[bool, Any]:
        value = self._root
        for token in path:
            if isinstance(value, dict) and token in value:
                value = value[token]
            elif isinstance(value, list) and (index := _index(token, len(value) - 1)) is not None:
                value = value[index]
            else:
                return False, None
        return True, value

    def _add(self, path: Sequence[str], value: Any) -> bool:
        if not path:
            self._root = value
            return True
        found, parent = self._found(path[:-1])
        if found and isinstance(parent, dict):
            parent[path[-1]] = value
            return True
        if not found or not isinstance(parent, list):
            return False
        index = len(parent) if path[-1] == "-" else _index(path[-1], len(parent))
        if index is None or not self._may_move(len(parent) - index):
            return False
        parent.insert(index, value)
        return True

    def _remove(self, path: Sequence[str]) -> bool:
        if not path:
            self._root = None
            return True
        if not self._found(path)[0]:
            return False
        parent = self._found(path[:-1])[1]
        if not isinstance(parent, list):
            del parent[path[-1]]
            return True
        index = int(path[-1])
        if not self._may_move(len(parent) - index):
            return False
        del parent[index]
        return True

    def _may_move(self, elements: int) -> bool:
        self._moved += elements
        return self._moved <= _MAX_MOVED_ELEMENTS


def _inside(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _tokens(pointer: object) -> list[str] | None:
    """The reference tokens of a JSON Pointer (RFC 6901); None where it is none."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        return None
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _index(token: str, last: int) -> int | None:
    # Longer than any list's index is: digits without end would be costly to read.
    if len(token) > 9 or not token.isascii() or not token.isdigit():
        return None
    index = int(token)
    return index if index <= last else None


def _equal(left: object, right: object) -> bool:
    try:
        return left == right
    except RecursionError:
        return False
