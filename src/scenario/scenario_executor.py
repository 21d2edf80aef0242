"""Running scenarios, where code for this API looks for it."""

from scenario.runner.executor import ScenarioExecutor
from scenario.runner.running import arun, run

__all__ = ["ScenarioExecutor", "arun", "run"]
