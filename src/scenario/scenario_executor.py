"""Running scenarios, where code for this API looks for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from scenario.runner.running import arun, run
from scenario.types import ScenarioResult

__all__ = ["ScenarioExecutor", "arun", "run"]


class ScenarioExecutor:
    """A scenario that is made first and run later; `scenario.run` does both at once.

    Args:
        settings: the other arguments of `scenario.run`.

    Raises:
        TypeError: `scenario.run` has no such argument.
    """

    def __init__(
        self,
        name: str,
        description: str,
        agents: Sequence[Any] = (),
        script: Iterable[Any] | None = None,
        **settings: Any,
    ) -> None:
        inspect.signature(run).bind(name, description, agents, script=script, **settings)
        self.name = name
        self.description = description
        self.agents = list(agents)
        self.script = script
        self._settings = settings

    async def run(self) -> ScenarioResult:
        """Play it and judge it, as `scenario.run` does; it may be run again."""
        return await run(self.name, self.description, self.agents, script=self.script, **self._settings)
