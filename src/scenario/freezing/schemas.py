"""JSON Schemas in files of their own, taken into the scenario: the frozen run says what was demanded then."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from scenario.files.block import Block
from scenario.files.check_blocks import JsonSchemaBlock
from scenario.files.checks import schema_of

T = TypeVar("T", bound=Block)


def with_schemas(block: T, folder: Path) -> T:
    """A block in which no check names the file of a schema.

    Args:
        block: of a scenario file.
        folder: the file's.

    Raises:
        ConfigurationError: a schema's file cannot be read.
    """
    changes = {name: _taken_in(name, getattr(block, name), folder) for name in block.__struct_fields__}
    return msgspec.structs.replace(block, **changes)


def _taken_in(name: str, value: Any, folder: Path) -> Any:
    if name == "json_schema" and isinstance(value, str):
        value = JsonSchemaBlock(schema=value)
    match value:
        case JsonSchemaBlock():
            return msgspec.structs.replace(value, schema=schema_of(value, folder))
        case Block():
            return with_schemas(value, folder)
        case list():
            return [_taken_in("", one, folder) for one in value]
        case _:
            return value
