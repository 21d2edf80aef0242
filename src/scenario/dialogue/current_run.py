"""Which run the code that asks belongs to, for `@scenario.cache`, and which call, for inputs that are built by hand."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from scenario.config import ScenarioConfig

if TYPE_CHECKING:
    from scenario.dialogue.adapter import CallObserver

current_config: ContextVar[ScenarioConfig | None] = ContextVar("scenario_current_config", default=None)
"""The settings of the run that is going on; None outside a run."""

current_observer: ContextVar[CallObserver | None] = ContextVar("scenario_current_observer", default=None)
"""Where the participant that is asked reports; None where none is."""
