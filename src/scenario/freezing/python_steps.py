"""The steps of a fixed script as lines of Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from scenario.errors import InternalError
from scenario.files.blocks import BareStep, CheckpointBlock, LineBlock, StepBlock
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
from scenario.files.checks import COMBINED
from scenario.freezing.literals import Code, call, from_environment

_FIRST: Final = ("name", "schema", "text", "dollars")


def step_lines(steps: Iterable[StepBlock | BareStep]) -> list[str]:
    """An expression for each step, in order."""
    return [str(line) for step in steps for line in _of(step)]


def _of(step: StepBlock | BareStep) -> Iterator[Code]:
    if isinstance(step, str):
        yield call(f"scenario.{step}")
        return
    for block in (step.check, step.checks):
        for one in block if isinstance(block, list) else [block] if block else ():
            yield from _checks(one)
    for name in ("user", "proceed", "succeed", "fail", "message", "reject"):
        if (value := getattr(step, name)) is not None:
            yield call(f"scenario.{name}", value)
    if step.agent is not None:
        line = step.agent if isinstance(step.agent, LineBlock) else LineBlock(content=step.agent)
        said = () if line.content is None else (line.content,)
        yield call("scenario.agent", *said, **({} if line.wait else {"wait": False}))
    if step.judge is not None:
        yield _judged(step.judge)
    if step.wait is not None:
        yield call("scenario.sleep", step.wait)
    if step.resume is not msgspec.UNSET:
        yield call("scenario.resume", step.resume)


def criteria_code(criteria: Iterable[str | ChecksBlock]) -> list[Any]:
    """A judge's criteria: sentences, and an expression for each check."""
    return [code for one in criteria for code in ([one] if isinstance(one, str) else _checks(one))]


def _judged(at: CheckpointBlock | list[str | ChecksBlock] | str) -> Code:
    point = at if isinstance(at, CheckpointBlock) else CheckpointBlock(criteria=[at] if isinstance(at, str) else at)
    given = () if point.criteria is None else (criteria_code(point.criteria),)
    more = {} if point.context is None else {"additional_context": point.context}
    return call("scenario.judge", *given, **more)


def _checks(block: ChecksBlock) -> Iterator[Code]:
    for name in block.__struct_fields__:
        value = getattr(block, name)
        if value is None or value is False:
            continue
        if name == "python":
            yield call("attribute", value, Code("HERE"))
        elif name in COMBINED:
            yield call(f"checks.{name}", *map(_together, value if isinstance(value, list) else [value]))
        else:
            yield _made(f"checks.{name}", value)


def _together(block: ChecksBlock) -> Code:
    made = list(_checks(block))
    return made[0] if len(made) == 1 else call("checks.all_of", *made)


def _made(name: str, value: Any) -> Code:
    match value:
        case True:
            return call(name)
        case list():
            return call(name, *value)
        case OutcomeBlock():
            return call(name, value.expected, end=value.end)
        case JmespathBlock():
            equals = {} if value.equals is msgspec.UNSET else {"equals": value.equals}
            contains = {} if value.contains is None else {"contains": value.contains}
            return call(name, value.path, **equals, **contains)
        case ConformsBlock() | CostBlock() | JsonSchemaBlock() | SimilarBlock() | ToolBlock():
            return _named(name, value)
        case str() | int() | float():
            return call(name, value)
        case _:
            raise InternalError(f"No code is known for the check {name}.")


def _named(name: str, block: msgspec.Struct) -> Code:
    """Settings by their names, as the check itself has them; what it must be given comes first."""
    given = {key: value for key, value in msgspec.structs.asdict(block).items() if value is not None}
    first = [given.pop(key) for key in _FIRST if key in given]
    for key in ("api_base", "api_key"):
        if key in given:
            given[key] = from_environment(given[key])
    return call(name, *first, **given)
