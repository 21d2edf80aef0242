"""Where the runs that begin come from: what tells one recording of a scenario from another. Nothing heavy is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple


class RunSource(NamedTuple):
    """Where runs come from.

    Attributes:
        file: the scenario file; empty where there is none.
        test: the test's node id, with its file's path; empty where there is none.
        parameters: the row of parameters.
        repeat: which repetition, from 0.
    """

    file: str = ""
    test: str = ""
    parameters: Mapping[str, Any] = {}
    repeat: int = 0


current_source: ContextVar[RunSource | None] = ContextVar("scenario_current_source", default=None)
"""Where the runs that begin come from; None where nobody says."""
