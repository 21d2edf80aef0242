"""The user that a dialogue plan of a scenario file stands for."""

from __future__ import annotations

import re
from typing import Any

from scenario.errors import ConfigurationError
from scenario.files.plan_block import MatchesBlock, PlanBlock, PlannedTurnBlock, SlotBlock


def planned_user(block: PlanBlock) -> Any:
    """The user.

    Raises:
        ConfigurationError: the plan has no meaning.
    """
    # Here, as few files have one.
    from scenario.agents.planned_user.agent import PlannedUserAgent
    from scenario.agents.planned_user.plan import PlannedTurn, Slot

    def turn(given: PlannedTurnBlock | str) -> str | PlannedTurn:
        return given if isinstance(given, str) else PlannedTurn(given.says, _condition(given.when))

    def slot(given: SlotBlock | str | int | float) -> str | int | float | Slot:
        if not isinstance(given, SlotBlock):
            return given
        asked = given.asked if isinstance(given.asked, list) else [] if given.asked is None else [given.asked]
        return Slot(str(given.value), [_condition(one) for one in asked], given.says)

    rest = {name: getattr(block, name) for name in ("patience", "persistence", "insists", "farewell", "gives_up")}
    return PlannedUserAgent(
        [turn(one) for one in block.turns],
        slots=None if block.slots is None else {name: slot(one) for name, one in block.slots.items()},
        done_when=_condition(block.done_when),
        **{name: value for name, value in rest.items() if value is not None},
    )


def _condition(given: MatchesBlock | str | None) -> Any:
    if not isinstance(given, MatchesBlock):
        return given
    try:
        return re.compile(given.matches)
    except re.error as error:
        raise ConfigurationError(f"plan: {given.matches!r:.80} is no regular expression: {error}.") from None
