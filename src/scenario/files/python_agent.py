"""`python: module:attribute`: an agent in this process, or a check of one's own, found by name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenario.agents.connected_agent import is_connected_agent
from scenario.errors import ConfigurationError
from scenario.files.node import nearest


def attribute(reference: str, folder: Path) -> Any:
    """What stands at `module:attribute`; modules beside the scenario file and in the working directory are found.

    Raises:
        ConfigurationError: there is no such module or attribute, or the module raises when it is imported.
    """
    name, colon, path = reference.partition(":")
    if not colon or not name or not path:
        raise ConfigurationError(f"python: {reference!r} is no module:attribute, such as my_agent:agent.")
    for place in (str(Path.cwd()), str(folder.absolute())):
        if place not in sys.path:
            sys.path.insert(0, place)
    try:
        found: Any = importlib.import_module(name)
    except Exception as error:  # importing runs the user's own code, which may raise anything
        raise ConfigurationError(f"python: {name!r} cannot be imported: {type(error).__name__}: {error}.") from error
    for part in path.split("."):
        names = [known for known in dir(found) if not known.startswith("_")]
        if not hasattr(found, part):
            raise ConfigurationError(f"python: there is no {part!r} in {name!r}. {nearest(part, names)}")
        found = getattr(found, part)
    return found


def is_agent(value: object) -> bool:
    """Whether it can take part as it is."""
    return callable(getattr(value, "call", None)) or is_connected_agent(value)


def python_agent(reference: str, arguments: Mapping[str, Any] | None, folder: Path) -> Any:
    """The participant at `module:attribute`: an adapter, a connected agent, or what a class or function makes.

    Raises:
        ConfigurationError: it is none of these, or making it raises.
    """
    found = attribute(reference, folder)
    if not isinstance(found, type) and is_agent(found):
        if arguments:
            raise ConfigurationError(f"python: {reference!r} is made already, and takes no `arguments`.")
        return found
    if not callable(found):
        raise ConfigurationError(
            f"python: {reference!r} is {type(found).__name__}: name an adapter, its class, or what makes one."
        )
    try:
        made = found(**dict(arguments or {}))
    except Exception as error:  # the user's own code, which may raise anything
        raise ConfigurationError(f"python: {reference!r} raised {type(error).__name__}: {error}.") from error
    if not is_agent(made):
        raise ConfigurationError(f"python: {reference!r} made {type(made).__name__}, which is no agent adapter.")
    return made
