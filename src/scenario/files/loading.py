"""From paths to cases: files are read, scenarios put together, rows filled in, and every mistake told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, get_args

from scenario.errors import ScenarioFileError
from scenario.files.beyond_http import beyond_http, environment_used
from scenario.files.blocks import FILE_NAMES, SCENARIO_NAMES, BareStep, ScenarioBlock
from scenario.files.case import ScenarioCase
from scenario.files.finding import LeftOutFile, ScenarioFile, files_in
from scenario.files.fitting import fitted, misfits
from scenario.files.merging import Bases, merged
from scenario.files.node import (
    Node,
    Path as Place,
    Problem,
    file_error,
    list_node,
    mapping_node,
    nearest,
    problem,
    shown_value,
)
from scenario.files.parameters import Row, row_name, rows_of, substituted
from scenario.files.reading import read_file
from scenario.files.row_values import in_their_types
from scenario.files.sense import mistakes, user_mistakes
from scenario.files.yaml_text import yaml_node

_BARE_STEPS: Final = frozenset(get_args(BareStep))
_FOR_THE_FILE: Final = frozenset({"scenarios", "shared"})


def load(
    *paths: str | Path, untrusted: bool = False, left_out: Callable[[LeftOutFile], None] | None = None
) -> list[ScenarioCase]:
    """The scenarios of files and folders, in order: one for each row of parameters.

    Args:
        paths: YAML, TOML or JSON files, or folders that are searched for such files.
        untrusted: refuse what reaches beyond HTTP: code, files, variables and keys of this machine.
        left_out: is told of each YAML, TOML or JSON file of a folder that is no scenario file.

    Raises:
        ScenarioFileError: files have mistakes; its message lists them, each with its line and its remedy. One that is
            left out though several of its names are nearly those of a scenario file is among them.
        ConfigurationError: there is no such file or folder, or it cannot be read.
    """
    bases = Bases()
    cases: list[ScenarioCase] = []
    problems: list[Problem] = []
    seen: set[Path] = set()
    for found in (one for path in paths for one in files_in(Path(path))):
        if isinstance(found, LeftOutFile):
            if found.kind == "meant":
                problems.append(Problem(found.file, found.line, "", found.why))
            elif left_out is not None:
                left_out(found)
            continue
        if (file := found.path.absolute()) in seen:
            continue
        seen.add(file)
        try:
            cases += _of_file(ScenarioFile(file, found.root), bases, problems, untrusted=untrusted)
        except ScenarioFileError as error:
            problems += [one for one in error.problems if isinstance(one, Problem)]
    if problems:
        raise file_error(problems)
    return cases


def cases_of(text: str, path: Path, *, untrusted: bool = False) -> list[ScenarioCase]:
    """The scenarios of a file that is not there yet.

    Args:
        text: what is to stand in it, as YAML.
        path: where it is to be.
        untrusted: as in `load`.

    Raises:
        ScenarioFileError: it has mistakes.
    """
    problems: list[Problem] = []
    cases = list(_of_file(ScenarioFile(path, yaml_node(text, str(path))), Bases(), problems, untrusted=untrusted))
    if problems:
        raise file_error(problems)
    return cases


def _of_file(file: ScenarioFile, bases: Bases, problems: list[Problem], *, untrusted: bool) -> Iterator[ScenarioCase]:
    path = file.path
    root = read_file(path) if file.root is None else file.root
    if not isinstance(root.value, dict):
        text = f"a scenario file is a mapping with name, agent, script, …, not {shown_value(root.value)}."
        raise file_error([problem(root, (), text)])
    if untrusted and (beyond := beyond_http(root)):
        raise file_error(beyond)
    problems += _of_the_whole(root)
    shared = root.mapping["shared"].mapping if "shared" in root.mapping else {}
    names: dict[str, int] = {}
    for node, place in _scenarios(root):
        try:
            whole = _put_together(root, node, place, shared, path.parent, bases)
            cases = list(_cases(whole, path, place))
        except ScenarioFileError as error:
            problems += [one for one in error.problems if isinstance(one, Problem)]
            continue
        for case in cases:
            problems += environment_used(case.node, place) if untrusted else ()
            if case.name in names:
                text = f"{case.name!r} is the name of the scenario in line {names[case.name]}, too. Name it otherwise."
                problems.append(problem(node, (*place, "name"), text))
            names.setdefault(case.name, node.line)
        yield from cases


def _of_the_whole(root: Node) -> list[Problem]:
    """What is wrong with a file beyond its scenarios: its own names, and blocks that nobody may use."""
    found = []
    for name, node in root.mapping.items():
        if name not in FILE_NAMES:
            found.append(problem(node, (name,), f"there is no {name!r} in a scenario. {nearest(name, FILE_NAMES)}"))
    shared = root.mapping.get("shared")
    if shared is not None and not isinstance(shared.value, dict):
        found.append(problem(shared, ("shared",), "it is a mapping of names to blocks, such as shared: {base: {…}}."))
    for name, node in shared.mapping.items() if shared is not None else ():
        bare = _without(node, {"extends"})
        found += misfits(_bare_steps(bare), ScenarioBlock, ("shared", name), partial=True)
    if "scenarios" in root.mapping and not root.mapping["scenarios"].items:
        text = "it is a list of scenarios, with a dash before each, and must not be empty."
        found.append(problem(root.mapping["scenarios"], ("scenarios",), text))
    if "scenarios" in root.mapping and "name" in root.mapping:
        text = "a name beside `scenarios` would be that of all of them. Give each its own; set_id groups them."
        found.append(problem(root.mapping["name"], ("name",), text))
    return found


def _scenarios(root: Node) -> Iterator[tuple[Node, Place]]:
    if "scenarios" not in root.mapping:
        yield root, ()
        return
    for index, node in enumerate(root.mapping["scenarios"].items):
        if not isinstance(node.value, dict):
            text = f"a scenario is a mapping with name, agent, script, …, not {shown_value(node.value)}."
            raise file_error([problem(node, ("scenarios", index), text)])
        yield node, ("scenarios", index)


def _put_together(root: Node, node: Node, place: Place, shared: Mapping[str, Node], folder: Path, bases: Bases) -> Node:
    known = {*SCENARIO_NAMES, "extends"}
    if node is root:
        # What is no name at all was told of already.
        own = mapping_node({k: v for k, v in root.mapping.items() if k in known}, root.file, root.line)
        return _bare_steps(bases.built(own, shared, folder, place))
    beside = {k: v for k, v in root.mapping.items() if k in known and k != "name"}
    common = bases.built(mapping_node(beside, root.file, root.line), shared, folder, ())
    return _bare_steps(merged(common, bases.built(node, shared, folder, place)))


def _without(node: Node, names: Iterable[str]) -> Node:
    if not isinstance(node.value, dict):
        return node
    return mapping_node({k: v for k, v in node.mapping.items() if k not in set(names)}, node.file, node.line)


def _bare_steps(node: Node) -> Node:
    """Steps that were written with a colon and nothing behind it: the same as without the colon."""
    script = node.mapping.get("script")
    if script is None or not script.items:
        return node
    steps = [
        Node(name, step.file, step.line)
        if len(step.mapping) == 1
        and (name := next(iter(step.mapping))) in _BARE_STEPS
        and step.mapping[name].value is None
        else step
        for step in script.items
    ]
    return mapping_node({**node.mapping, "script": list_node(steps, script.file, script.line)}, node.file, node.line)


def _cases(node: Node, path: Path, place: Place) -> Iterator[ScenarioCase]:
    parameters = node.mapping.get("parameters")
    bare = _without(node, {"parameters"})
    rows: list[Row] = [{}]
    if parameters is not None and parameters.value is not None:
        rows = rows_of(parameters, path.parent, (*place, "parameters"))
    names: dict[str, int] = {}
    for row in rows:
        filled = substituted(bare, row, place)
        if row:
            filled = in_their_types(filled, ScenarioBlock)
        try:
            block = fitted(filled, ScenarioBlock, place)
        except ScenarioFileError as error:
            beside = [one for one in error.problems if isinstance(one, Problem)]
            raise file_error([*beside, *user_mistakes(filled, place)]) from error
        if problems := list(mistakes(block, filled, place, path.parent)):
            raise file_error(problems)
        name = block.name or path.name.removesuffix(path.suffix)
        if row and (not block.name or node.find(("name",)).value == block.name):
            name = f"{name} [{row_name(row)}]"
        names[name] = count = names.get(name, 0) + 1
        if count > 1:
            name = f"{name} #{count}"
        yield ScenarioCase(
            name=name,
            file=node.file,
            line=node.line,
            folder=path.parent,
            block=block,
            node=filled,
            place=place,
            parameters=row,
        )
