"""What a scenario file may do beyond asking agents over HTTP, and what `scenario run --untrusted` refuses for it.

Of a file that somebody else wrote: code of this machine, files of this machine, its environment, and its keys. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from scenario.files.node import Node, Path as Place, Problem, problem
from scenario.late_pattern import late_pattern

_VARIABLE: Final = late_pattern(r"\$env\.[A-Za-z_][A-Za-z0-9_]*")
# What stands below these is data of the test's, whatever it is called.
_DATA: Final = frozenset({"message", "resume", "arguments", "equals", "schema"})
_READ_IT: Final = "read the file as you would read code, and run it without --untrusted"
_LEAVE_IT: Final = f"Leave it out, or {_READ_IT}"


def beyond_http(root: Node) -> list[Problem]:
    """What of a whole file is refused: told before anything that it names is read or imported."""
    return [
        problem(node, path, f"{why}, which --untrusted refuses. {remedy} {_READ_IT}.")
        for path, node in _nodes(root, ())
        for why, remedy in _refused(_bare(path), node)
    ]


def environment_used(node: Node, place: Place) -> list[Problem]:
    """Where a scenario, once put together and its rows filled in, names variables of the environment."""
    return [
        problem(one, path, text)
        for path, one in _nodes(node, place)
        if isinstance(one.value, str) and (found := _VARIABLE.search(one.value))
        for text in [f"{found[0]} would send a variable of this machine, which --untrusted refuses. {_LEAVE_IT}."]
    ]


def _nodes(node: Node, path: Place) -> Iterator[tuple[Place, Node]]:
    yield path, node
    for name, inner in node.mapping.items():
        yield from _nodes(inner, (*path, name))
    for index, item in enumerate(node.items):
        yield from _nodes(item, (*path, index))


def _bare(path: Place) -> list[str]:
    """The names on a path, without where the scenario stands in its file and without places in lists."""
    names = [key for key in path if isinstance(key, str)]
    return names[1:] if names[:1] == ["scenarios"] else names[2:] if names[:1] == ["shared"] else names


def _refused(names: Sequence[str], node: Node) -> Iterator[tuple[str, str]]:
    match names:
        case ["agent", "python"]:
            yield f"`python: {node.value}` runs code of this machine", "Name an agent by its url, or"
        case ["agent", "verify"] if isinstance(node.value, str):
            yield f"`verify: {node.value}` reads a file of this machine", "Leave it out, or"
        case ["agent", "cert"]:
            yield "`cert` sends a certificate of this machine", "Leave it out, or"
        case ["agent", "form", _, *_, "file"]:
            yield f"`file: {node.value}` sends a file of this machine", "Leave it out, or"
        case ["parameters", "file"]:
            yield f"`file: {node.value}` reads a file of this machine", "Write the rows into the scenario file, or"
        case ["cassette"] | ["agent", "cassette"]:
            yield "`cassette` reads and writes a file of this machine", "Name it with --cassette, or"
        case ["extends"] if isinstance(node.value, str) and PurePath(node.value.partition("#")[0]).suffix:
            yield f"`extends: {node.value}` reads another file", "Write the block below `shared`, or"
        case ["user" | "judge" | "script", *between] if not _DATA & set(between[:-1]):
            yield from _refused_anywhere(between, node)


def _refused_anywhere(names: Sequence[str], node: Node) -> Iterator[tuple[str, str]]:
    """Of participants and steps: a check may stand in another one, and among criteria; a model above another."""
    match names:
        case [*_, "python"]:
            yield f"`python: {node.value}` runs code of this machine", "Use another check, or"
        case [*_, "json_schema"] | [*_, "json_schema", "schema"] if isinstance(node.value, str):
            yield f"`{names[-1]}: {node.value}` reads a file of this machine", "Write the schema in its place, or"
        case [*_, "api_base" | "options" as name]:
            yield f"`{name}` may send the key of a model elsewhere", "Leave it out and name a model with --model, or"
