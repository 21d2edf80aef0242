"""The explanations of all rules, by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scenario.lint.explanations.dialogue import DIALOGUE
from scenario.lint.explanations.ends import ENDS
from scenario.lint.explanations.explanation import Explanation
from scenario.lint.explanations.framing import FRAMING
from scenario.lint.explanations.transfer import TRANSFER

EXPLANATIONS: Final[Mapping[str, Explanation]] = MappingProxyType({**TRANSFER, **FRAMING, **DIALOGUE, **ENDS})
