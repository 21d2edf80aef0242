"""Outputs of runs: what is printed (`terminal/`), what is written (`files/`), and what both show."""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if not TYPE_CHECKING:  # a checker that saw this would let any name pass

    def __getattr__(name: str) -> Any:
        left_out = importlib.import_module("scenario.left_out")
        raise left_out.missing(__name__, name, sys._getframe(1))  # noqa: SLF001 - nothing else tells who asks
