"""The checks that blocks of a scenario file stand for, in scripts and as criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario import checks
from scenario.criterion import Criterion, as_criterion
from scenario.files.blocks import BareStep, CheckpointBlock, StepBlock
from scenario.files.check_blocks import (
    ChecksBlock,
    ConformsBlock,
    CostBlock,
    JmespathBlock,
    JsonSchemaBlock,
    OutcomeBlock,
    SimilarBlock,
    ToolBlock,
)
from scenario.files.environment import from_environment
from scenario.files.python_agent import attribute
from scenario.files.reading import read_file

# Checks that are made of blocks of checks.
COMBINED: Final = ("all_of", "any_of", "not_")
_REACHED: Final = frozenset({"api_base", "api_key"})


def criteria_of(given: Sequence[str | ChecksBlock], folder: Path) -> list[Criterion]:
    """Criteria as a judge takes them: each check of a block is one.

    Raises:
        ScenarioError: a check cannot be made.
    """
    return [made for one in given for made in ([one] if isinstance(one, str) else checks_of(one, folder))]


def inline_criteria(step: StepBlock | BareStep) -> Sequence[str | ChecksBlock]:
    """The criteria that a step of judging has of its own."""
    match step:
        case StepBlock(judge=str() as one):
            return [one]
        case StepBlock(judge=list() as several):
            return several
        case StepBlock(judge=CheckpointBlock(criteria=list() as several)):
            return several
        case _:
            return []


def written_criteria(given: Sequence[str | ChecksBlock], folder: Path) -> list[str]:
    """Criteria as reports and the store have them.

    Raises:
        ScenarioError: a check cannot be made.
    """
    return [str(as_criterion(one)) for one in criteria_of(given, folder)]


def sentences(given: Sequence[str | ChecksBlock]) -> list[str]:
    """The criteria that a model decides."""
    return [one for one in given if isinstance(one, str)]


def checks_of(block: ChecksBlock, folder: Path) -> Iterator[Any]:
    """The checks of a block, in the order of their names in the file's schema.

    Raises:
        ScenarioError: one cannot be made.
    """
    for name in block.__struct_fields__:
        value = getattr(block, name)
        if value is None or value is False:
            continue
        if name == "python":
            yield attribute(value, folder)
            continue
        make: Any = getattr(checks, name)
        if isinstance(value, JsonSchemaBlock) or name == "json_schema":
            demanded = value if isinstance(value, JsonSchemaBlock) else JsonSchemaBlock(schema=value)
            path = {} if demanded.path is None else {"path": demanded.path}
            yield make(schema_of(demanded, folder), **path)
        elif name in COMBINED:
            yield make(*(_together(one, folder) for one in (value if isinstance(value, list) else [value])))
        else:
            yield _made(make, value)


def schema_of(block: JsonSchemaBlock, folder: Path) -> Any:
    """The schema itself, wherever it stands.

    Raises:
        ConfigurationError: its file cannot be read.
    """
    return read_file(folder / block.schema).plain() if isinstance(block.schema, str) else block.schema


def _made(make: Any, value: Any) -> Any:
    """One check, of what a file says of it."""
    match value:
        case True:
            return make()
        case list():
            return make(*value)
        case ConformsBlock():
            return make(ignore=value.ignore, level=value.level)
        case OutcomeBlock():
            return make(value.expected, end=value.end)
        case ToolBlock():
            return make(value.name, arguments=value.arguments, times=value.times)
        case JmespathBlock():
            return make(value.path, **_demands(value))
        case CostBlock():
            return make(**{name: one for name, one in msgspec.structs.asdict(value).items() if one is not None})
        case SimilarBlock():
            given = {name: one for name, one in msgspec.structs.asdict(value).items() if one is not None}
            at = {name: from_environment(given[name], f"similar_to.{name}") for name in _REACHED & given.keys()}
            return make(given.pop("text"), **given | at)
        case _:
            return make(value)


def _together(block: ChecksBlock, folder: Path) -> Any:
    """One check that holds where all of a block's do."""
    made = list(checks_of(block, folder))
    return made[0] if len(made) == 1 else checks.all_of(*made)


def _demands(block: JmespathBlock) -> Mapping[str, Any]:
    demands = {} if block.equals is msgspec.UNSET else {"equals": block.equals}
    return demands if block.contains is None else {**demands, "contains": block.contains}
