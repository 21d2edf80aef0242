"""What a script says, by the checks in it, of how its agents' answers are to be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar

_MARK: Final = "_scenario_tolerates_malformed"
_Function = TypeVar("_Function")


def tolerating_malformed(check: _Function) -> _Function:
    """Mark a check that counts events which cannot be read: they must not end the answer before it is reached."""
    setattr(check, _MARK, True)
    return check


def tolerates_malformed(steps: Iterable[Any]) -> bool:
    """Whether one of these steps counts events that cannot be read."""
    return any(getattr(step, _MARK, False) is True for step in steps)
