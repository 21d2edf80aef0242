"""Which events report an error, in any dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.lint.data import Data

_TYPES: Final = frozenset({"error", "RUN_ERROR", "response.failed", "WorkflowFailedEvent"})
# In whatever reports an error, by its type or its key, one of these stands, or an escape that may stand for it.
_SIGNS: Final = ("rror", "RROR", "ailed", "\\u")


def errors_among(events: Sequence[Data], dialect: str) -> frozenset[int]:
    """The indices of those that do: by name, by type, or by an error that they hold."""
    if dialect == "vercel-data":
        return frozenset(data.index for data in events if data.event.data.startswith("3:"))
    said = "\n".join([data.event.data for data in events])
    if not any(sign in said for sign in _SIGNS):
        # Hardly any stream reports one: what is in none of its events need not be looked for in each.
        return frozenset([data.index for data in events if data.event.event == "error"])
    return frozenset([data.index for data in events if _is_error(data)])


def _is_error(data: Data) -> bool:
    if data.event.event == "error":
        return True
    value = data.value
    if type(value) is not dict:
        return False
    if "type" in value and data.word("type") in _TYPES:
        return True
    if "error" in value:
        error = value["error"]
        # A JSON-RPC response and a completion's chunk have either an answer or an error.
        if error and isinstance(error, dict | str) and not value.get("result") and not value.get("choices"):
            return True
    return value.get("event") == "error" or bool(value.get("errorCode"))
