"""One sequence of a dialogue's moves, taken action by action."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias

from scenario.dialogue.actions import Action, Finished, Outcome
from scenario.errors import InternalError
from scenario.types import ScenarioResult

Moves: TypeAlias = Generator[Action, Outcome, ScenarioResult | None]


class Play:
    """One sequence of moves, taken action by action."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._action: Action | None = None

    def next_action(self) -> Action:
        """What is to be done now; the same until `apply` is told what came of it."""
        if self._action is None:
            self._action = self._advance(lambda: next(self._moves))
        return self._action

    def apply(self, outcome: Outcome) -> None:
        """Tell what came of the action.

        Raises:
            InternalError: no action is open.
        """
        if self._action is None or isinstance(self._action, Finished):
            raise InternalError(f"{outcome!r} was applied where no action is open.")
        self._action = None
        self._action = self._advance(lambda: self._moves.send(outcome))

    @staticmethod
    def _advance(move: Callable[[], Action]) -> Action:
        try:
            return move()
        except StopIteration as end:
            return Finished(end.value)
