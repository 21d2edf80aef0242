"""Which run the code that asks belongs to: the one context variable of the package, for `@scenario.cache`."""

from __future__ import annotations

from contextvars import ContextVar

from scenario.config import ScenarioConfig

current_config: ContextVar[ScenarioConfig | None] = ContextVar("scenario_current_config", default=None)
"""The settings of the run that is going on; None outside a run."""
