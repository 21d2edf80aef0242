"""Files that a scenario names, as another file in another folder has to name them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from scenario.errors import ConfigurationError
from scenario.files.blocks import AgentBlock
from scenario.freezing.freezing import checks_in
from scenario.freezing.frozen_run import FrozenRun


def moved(run: FrozenRun, folder: Path) -> FrozenRun:
    """The run as a file in this folder has to tell it.

    Raises:
        ConfigurationError: a Python module is found beside the scenario's own file only.
    """
    if folder.resolve() == run.folder.resolve():
        return run
    given = [run.agent.python, *(one.python for one in checks_in(run.block))]
    references = [one for one in given if one is not None]
    for reference in references:
        name = reference.partition(":")[0].partition(".")[0]
        if _has_module(run.folder, name) and not (_has_module(Path(), name) or _has_module(folder, name)):
            raise ConfigurationError(
                f"{reference} is found beside {run.record.scenario.file} alone. Write the file there: -o "
                f"{run.folder / 'NAME'}."
            )

    def there(name: str) -> str:
        return name if Path(name).is_absolute() else Path(os.path.relpath(run.folder / name, folder)).as_posix()

    return run.with_agent(_moved_agent(run.agent, there))


def _has_module(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _moved_agent(agent: AgentBlock, there: Any) -> AgentBlock:
    changes: dict[str, Any] = {}
    for name in ("verify", "cassette"):
        if isinstance(value := getattr(agent, name), str):
            changes[name] = there(value)
    if isinstance(agent.cert, str):
        changes["cert"] = there(agent.cert)
    elif agent.cert is not None:
        changes["cert"] = [there(name) for name in agent.cert]
    if agent.form is not None:
        changes["form"] = {name: _moved_field(value, there) for name, value in agent.form.items()}
    return msgspec.structs.replace(agent, **changes)


def is_file_field(value: Any) -> bool:
    """Whether a form's field is a file, as `{file: letter.pdf}` says it."""
    return isinstance(value, Mapping) and value.keys() <= {"file", "type"} and isinstance(value.get("file"), str)


def _moved_field(value: Any, there: Any) -> Any:
    if isinstance(value, list):
        return [_moved_field(one, there) for one in value]
    return {**value, "file": there(value["file"])} if is_file_field(value) else value
