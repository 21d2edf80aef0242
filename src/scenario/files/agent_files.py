"""Files that an agent's settings name: those of a form, and certificates. They lie beside the scenario's own file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenario.errors import ConfigurationError
from scenario.files.blocks import AgentBlock


def files_of(block: AgentBlock, folder: Path) -> dict[str, Any]:
    """The settings that name files, as `RemoteAgent` takes them.

    Raises:
        ConfigurationError: a form's file cannot be read.
    """
    given: dict[str, Any] = {}
    if block.form is not None:
        given["form"] = {name: _field(name, value, folder) for name, value in block.form.items()}
    if isinstance(block.verify, str):
        given["verify"] = str(folder / block.verify)
    if block.cassette is not None:
        given["cassette"] = str(folder / block.cassette)
    if isinstance(block.cert, str):
        given["cert"] = str(folder / block.cert)
    elif block.cert is not None:
        given["cert"] = (str(folder / block.cert[0]), str(folder / block.cert[1]))
    return given


def _field(name: str, value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_field(name, one, folder) for one in value]
    if not isinstance(value, Mapping) or not (value.keys() <= {"file", "type"} and isinstance(value.get("file"), str)):
        return value
    path = folder / value["file"]
    if "type" not in value:
        return path
    try:
        return (path.name, path.read_bytes(), str(value["type"]))
    except OSError as error:
        raise ConfigurationError(f"agent.form.{name}: {path} cannot be read: {error}.") from error
