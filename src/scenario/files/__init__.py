"""Scenario files: YAML, TOML or JSON in, cases that can be run out.

    from scenario.files import load

    for case in load("scenarios"):
        result = await case.run()
        assert result.success, (case.name, result.reasoning)

`load` tells every mistake in the files at once, each with its line and its remedy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenario.files.case import ScenarioCase as ScenarioCase
    from scenario.files.loading import load as load

__all__ = ["ScenarioCase", "load"]

_HOMES = {"ScenarioCase": "scenario.files.case", "load": "scenario.files.loading"}

if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(importlib.import_module(_HOMES[name]), name)
        message = f"module 'scenario.files' has no attribute {name!r}"
        raise AttributeError(message)
