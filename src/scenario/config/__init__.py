"""Settings, and the one place where they are resolved.

The order is: argument of the call, then `scenario.configure`, then the built-in default. A sentinel means "not given".
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

from scenario.config.cassette import Cassette
from scenario.config.model import ModelConfig
from scenario.config.scenario import ScenarioConfig, check_limits, configure, in_force, resolve
from scenario.config.timeouts import Timeouts
from scenario.not_given import NOT_GIVEN

__all__ = [
    "NOT_GIVEN",
    "Cassette",
    "ModelConfig",
    "ScenarioConfig",
    "Timeouts",
    "check_limits",
    "configure",
    "in_force",
    "resolve",
]

if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        left_out = importlib.import_module("scenario.left_out")
        raise left_out.missing(__name__, name, sys._getframe(1))  # noqa: SLF001 - nothing else tells who asks
