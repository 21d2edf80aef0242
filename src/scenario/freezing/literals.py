"""Values as Python code that makes the same value again, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scenario.errors import ConfigurationError
from scenario.late_pattern import late_pattern

_VARIABLE = late_pattern(r"\$env\.([A-Za-z_][A-Za-z0-9_]*)")


class Code(str):
    """Code as it is, in the place of a value; only what this package writes may be one."""

    __slots__ = ()


def literal(value: Any) -> str:
    """The value as a literal. `repr` escapes whatever a terminal or an editor would obey.

    Raises:
        ConfigurationError: it has none.
    """
    match value:
        case Code():
            return str(value)
        case None | bool() | int():
            return repr(value)
        case float():
            return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
        case str():
            return repr(str(value))
        case bytes():
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{literal(key)}: {literal(one)}" for key, one in value.items()) + "}"
        case tuple():
            return "(" + "".join(f"{literal(one)}, " for one in value).rstrip(" ") + ")"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case _:
            raise ConfigurationError(f"A value of the kind {type(value).__name__} cannot be written into a file.")


def call(name: str, *values: Any, **named: Any) -> Code:
    """A call of a function of ours."""
    return Code(
        f"{name}({', '.join([*map(literal, values), *(f'{key}={literal(one)}' for key, one in named.items())])})"
    )


def from_environment(text: str) -> Any:
    """A text whose `$env.NAME` is read where the file is run, as a scenario file does it."""
    pieces = _VARIABLE.split(text)
    if len(pieces) == 1:
        return text
    parts = [
        f"os.environ[{piece!r}]" if index % 2 else repr(piece)
        for index, piece in enumerate(pieces)
        if index % 2 or piece
    ]
    return Code(" + ".join(parts))
