"""Who is told what happens in a dialogue, as it happens."""

from __future__ import annotations

from typing import Protocol

from scenario.dialogue.actions import Call
from scenario.types import AgentRole, CriterionResult, Message


class DialogueObserver(Protocol):
    """Who is told what happens in the dialogue, as it happens."""

    def turn_started(self, turn: int) -> None:
        """A turn begins."""

    def message_added(self, index: int, turn: int, message: Message, call: Call | None, role: AgentRole | None) -> None:
        """A message joined the conversation; `call` brought it, or a script did."""

    def rolled_back(self, length: int) -> None:
        """The conversation was cut to `length` messages."""

    def checkpoint_passed(self, turn: int, criteria: tuple[CriterionResult, ...]) -> None:
        """Inline criteria were met."""


class Unobserved:
    """An observer that nobody reads: conversations that are built by hand have it."""

    def turn_started(self, turn: int) -> None:
        """Ignore it."""

    def message_added(self, index: int, turn: int, message: Message, call: Call | None, role: AgentRole | None) -> None:
        """Ignore it."""

    def rolled_back(self, length: int) -> None:
        """Ignore it."""

    def checkpoint_passed(self, turn: int, criteria: tuple[CriterionResult, ...]) -> None:
        """Ignore it."""
