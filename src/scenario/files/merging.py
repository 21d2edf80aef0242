"""What a scenario builds on: `extends`, shared blocks, and what stands beside `scenarios` for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scenario.files.node import Node, Path as Place, file_error, mapping_node, nearest, problem, shown_value
from scenario.files.reading import read_file

# These are taken whole: half of one and half of another would be neither.
_WHOLE: Final = frozenset({"parameters", "request", "arguments", "script"})
_SHORT_FORMS: Final = {"agent": "url", "user": "persona", "judge": "criteria"}
_NOT_INHERITED: Final = ("name", "shared", "scenarios", "extends")


def merged(base: Node, own: Node) -> Node:
    """The base with what a scenario says itself: mappings are merged, everything else is replaced."""
    pairs = dict(base.mapping)
    for name, node in own.mapping.items():
        node = _long(name, node)
        before = _long(name, pairs[name]) if name in pairs else None
        if before is not None and name not in _WHOLE and before.mapping and isinstance(node.value, dict):
            node = merged(_without_rivals(name, before, node), node).at_line(node.line)
        pairs[name] = node
    return mapping_node(pairs, own.file, own.line)


def _long(name: str, node: Node) -> Node:
    """The long form of what may be written shortly."""
    key = _SHORT_FORMS.get(name)
    if key is None or not isinstance(node.value, list if name == "judge" else str):
        return node
    return mapping_node({key: node}, node.file, node.line)


def _without_rivals(name: str, base: Node, own: Node) -> Node:
    """An agent is either behind a URL or in this process: the one that is nearer counts."""
    if name != "agent":
        return base
    rivals = ("python", "arguments") if "url" in own.mapping else ("url",) if "python" in own.mapping else ()
    return mapping_node({key: node for key, node in base.mapping.items() if key not in rivals}, base.file, base.line)


class Bases:
    """Finds the blocks that scenarios build on; each file is read once."""

    def __init__(self) -> None:
        self._files: dict[Path, Node] = {}

    def built(self, node: Node, shared: Mapping[str, Node], folder: Path, place: Place) -> Node:
        """A block on what it extends.

        Raises:
            ScenarioFileError: there is no such block or file, or blocks extend each other in a circle.
        """
        return self._built(node, shared, folder, place, ())

    def _built(
        self, node: Node, shared: Mapping[str, Node], folder: Path, place: Place, trail: tuple[str, ...]
    ) -> Node:
        own = mapping_node({key: one for key, one in node.mapping.items() if key != "extends"}, node.file, node.line)
        base = mapping_node({}, node.file, node.line)
        for extends in _names(node, place):
            base = merged(base, self._base(extends, shared, folder, (*place, "extends"), trail))
        return merged(base, own)

    def _base(
        self, extends: Node, shared: Mapping[str, Node], folder: Path, place: Place, trail: tuple[str, ...]
    ) -> Node:
        name = str(extends.value)
        file, _, block = name.partition("#")
        if name not in shared and Path(file).suffix:
            path = folder / file
            if not path.is_file():
                raise file_error(
                    [problem(extends, place, f"there is no file {file!r} beside this one. Check the path.")]
                )
            root = self._read(path)
            if not isinstance(root.value, dict):
                text = f"{file!r} is no scenario to build on: a mapping is, not {shown_value(root.value)}."
                raise file_error([problem(extends, place, text)])
            shared = root.mapping["shared"].mapping if "shared" in root.mapping else {}
            folder = path.parent
            key = f"{path.resolve()}#{block}"
            found = shared.get(block) if block else root
        else:
            file, block, found, key = "", name, shared.get(name), f"{extends.file}#{name}"
        if found is None:
            there = nearest(block, shared)
            raise file_error([problem(extends, place, f"there is no shared block {block!r}. {there}")])
        if key in trail:
            raise file_error(
                [problem(extends, place, f"{name!r} extends itself, in a circle. Take one `extends` out.")]
            )
        base = self._built(found, shared, folder, place, (*trail, key))
        return mapping_node({k: v for k, v in base.mapping.items() if k not in _NOT_INHERITED}, base.file, base.line)

    def _read(self, path: Path) -> Node:
        path = path.resolve()
        if path not in self._files:
            self._files[path] = read_file(path)
        return self._files[path]


def _names(node: Node, place: Place) -> list[Node]:
    extends = node.mapping.get("extends")
    if extends is None:
        return []
    names = list(extends.items) if isinstance(extends.value, list) else [extends]
    for name in names:
        if not isinstance(name.value, str):
            text = f"{shown_value(name.value)} does not fit here. Give the name of a shared block, or a file."
            raise file_error([problem(name, (*place, "extends"), text)])
    return names
