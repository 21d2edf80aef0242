"""What a user may want of an agent, and where that is known from."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# What a user says before a wish that comes with no words of a user.
REQUEST: Final = "I need your help with this: "


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a user wants.

    Attributes:
        title: names it, and its file.
        wish: in a sentence, for a model that plays the user.
        lines: what the user says where no model plays it, in order.
        criteria: what a judge is asked about; used where a model judges.
        checks: what must hold of each answer beside its being whole, as in a scenario file.
        source: where it is known from.
    """

    title: str
    wish: str
    lines: tuple[str, ...]
    criteria: tuple[str, ...] = ()
    checks: dict[str, Any] = {}
    source: str = ""
