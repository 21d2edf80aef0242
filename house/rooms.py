"""The rooms of the package: ARCHITECTURE.md says what they hold, the import contract in pyproject.toml how they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_ROW: Final = re.compile(r"^\| (?P<names>`[^|]+`) \| (?P<holds>[^|]+) \|$", re.MULTILINE)
_WIDTH: Final = 30


class Room(NamedTuple):
    """A row of the table.

    Attributes:
        names: the folders and files that it is about, such as "wire/" and "errors.py".
        holds: what is in them.
    """

    names: tuple[str, ...]
    holds: str

    def __str__(self) -> str:
        """One line for it."""
        return f"{', '.join(self.names):{_WIDTH}}  {self.holds}"


class Layer(NamedTuple):
    """A layer of the import contract.

    Attributes:
        modules: those that stand in it.
        to_come: those that it keeps a place for.
    """

    modules: tuple[str, ...]
    to_come: tuple[str, ...]


def rooms_of(architecture: str) -> list[Room]:
    """The rows of the table, as they stand there: from the bottom up."""
    return [
        Room(tuple(re.findall(r"`([^`]+)`", row["names"])), row["holds"].strip().replace("`", ""))
        for row in _ROW.finditer(architecture)
    ]


def layers_of(pyproject: Mapping[str, Any]) -> list[Layer]:
    """The layers of the import contract, from the bottom up."""
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [
        Layer(tuple(re.findall(r"(?<![\w(])\w+", line)), tuple(re.findall(r"\((\w+)\)", line)))
        for line in reversed(layers)
    ]


def differences(rooms: Sequence[Room], layers: Sequence[Layer]) -> list[str]:
    """Where the table and the contract do not say the same, in sentences."""
    places = {name: place for place, layer in enumerate(layers) for name in layer.modules}
    may_be = {name for layer in layers for name in layer.to_come}
    said: list[str] = []
    highest, below = -1, ""
    named: set[str] = set()
    for name in [name for room in rooms for name in room.names]:
        module = name.removesuffix("/").removesuffix(".py")
        if "/" in module or module in may_be:  # a part of a room, or one to come
            continue
        if module in named:
            said.append(f"ARCHITECTURE.md names {name} twice.")
        elif module not in places:
            said.append(f"ARCHITECTURE.md names {name}, which the import contract in pyproject.toml does not.")
        elif places[module] < highest:
            said.append(f"ARCHITECTURE.md has {name} above {below}; in the import contract it is below.")
        else:
            highest, below = places[module], name
        named.add(module)
    return said + [
        f"ARCHITECTURE.md has no row for {module}, which the import contract in pyproject.toml names."
        for module in sorted(places.keys() - named)
    ]
