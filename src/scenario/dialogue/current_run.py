"""Which run the code that asks belongs to, for `@scenario.cache`, and which call, for inputs that are built by hand."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec

from scenario.config import ScenarioConfig

if TYPE_CHECKING:
    from scenario.dialogue.adapter import CallObserver


class RunSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where the runs that begin come from.

    Attributes:
        file: the scenario file; empty where there is none.
        test: the test's node id; empty where there is none.
        parameters: the row of parameters.
        repeat: which repetition, from 0.
    """

    file: str = ""
    test: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    repeat: int = 0


current_config: ContextVar[ScenarioConfig | None] = ContextVar("scenario_current_config", default=None)
"""The settings of the run that is going on; None outside a run."""

current_observer: ContextVar[CallObserver | None] = ContextVar("scenario_current_observer", default=None)
"""Where the participant that is asked reports; None where none is."""

current_source: ContextVar[RunSource | None] = ContextVar("scenario_current_source", default=None)
"""Where the runs that begin come from; None where nobody says."""
