"""A fixed run as a scenario file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from scenario.errors import ConfigurationError, ScenarioFileError
from scenario.files.blocks import CassetteBlock, ScenarioBlock
from scenario.files.loading import load
from scenario.freezing.beside import moved
from scenario.freezing.frozen_run import UNKNOWN_AGENT, FrozenRun
from scenario.freezing.heading import heading

_WIDTH: Final = 100


def yaml_of(run: FrozenRun, file: Path, cassette: Path | None = None) -> str:
    """The text of the file.

    Args:
        run: what is written.
        file: where it is to stand.
        cassette: what its calls are to be recorded into, from the working directory on.

    Raises:
        ConfigurationError: the run has no agent that a scenario file could name, or a check that nobody knows.
    """
    if run.agent == UNKNOWN_AGENT:
        raise ConfigurationError(
            "The run is of a Python test, and the store does not say how its agent is made: give it with --agent URL "
            "or --agent module:attribute, or write a .py file, which has a place for it."
        )
    if run.not_known:
        raise ConfigurationError(
            "The run is of a Python test whose checks are functions, which the store does not have: write a .py file, "
            "which has a place for them."
        )
    block = moved(run, file.parent).block
    if cassette is not None:
        block = msgspec.structs.replace(block, cassette=CassetteBlock(path=run.beside(cassette, file.parent)))
    plain: dict[str, Any] = _escaped(_told(block))
    if run.row:
        plain["parameters"] = {"rows": [_escaped(dict(run.row))]}
    text = yaml.safe_dump(plain, allow_unicode=_is_plain(plain), sort_keys=False, width=_WIDTH)
    text = "".join(f"# {line}\n" for line in heading(run, f"scenario run {file}")) + text
    _check(text, block, file, has_row=bool(run.row))
    return text


def _check(text: str, block: ScenarioBlock, file: Path, *, has_row: bool) -> None:
    """What is read back is what was meant."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # In its own folder, as files that it names are looked for there.
    number, beside = tempfile.mkstemp(prefix=".frozen-", suffix=".yaml", dir=file.parent)
    try:
        with os.fdopen(number, "wb") as written:
            written.write(text.encode())
        (case,) = load(Path(beside))
    except ScenarioFileError as error:
        raise ConfigurationError(f"The run cannot be told in a scenario file: {error}") from error
    finally:
        Path(beside).unlink()
    if not has_row and _told(case.block) != _told(block):
        raise ConfigurationError("The run has values that YAML does not read back as they are: write a .py file.")


def _told(block: ScenarioBlock) -> dict[str, Any]:
    """What the file says."""
    plain: dict[str, Any] = msgspec.to_builtins(block)
    return {name: value for name, value in plain.items() if name != "limits" or value}


def _escaped(value: Any) -> Any:
    """Values whose texts mean themselves: `${…}` would be a parameter."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    return [_escaped(one) for one in value] if isinstance(value, list) else value


def _is_plain(value: Any) -> bool:
    """Whether a terminal would obey nothing of it; else all but ASCII is written by its code."""
    return all(character.isprintable() or character in "\n\t" for text in _texts(value) for character in text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
