"""What agents wait for that have stopped for a human, and who can give it to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenario.protocols.interrupts import presentable, takes_words


class Waiting:
    """The interrupts that nobody has answered yet, by the agent that waits.

    Args:
        users: the participants that play users.
        answers: whether a participant, by its index, answers what an agent waits for.
    """

    def __init__(self, users: tuple[int, ...], answers: Callable[[int], bool]) -> None:
        self._users = users
        self._answers = answers
        self._interrupts: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return bool(self._interrupts)

    def heard(self, agent: int, interrupt: Any) -> None:
        """An agent has answered; `interrupt` is what it waits for now, None where it does not."""
        self._interrupts.pop(agent, None)
        if interrupt is not None:
            self._interrupts[agent] = presentable(interrupt)

    def of(self, agent: int) -> Any:
        """What this agent waits for."""
        return self._interrupts[agent]

    @property
    def agent(self) -> int | None:
        """Who began to wait last; None where nobody waits."""
        return next(reversed(self._interrupts), None)

    @property
    def interrupt(self) -> Any:
        """What the latest of several waits for; None where nobody waits."""
        return next(reversed(self._interrupts.values()), None)

    @property
    def is_stuck(self) -> bool:
        """Whether an agent waits for what nobody in free play can give it: words answer questions, not forms."""
        if any(self._answers(user) for user in self._users):
            return False
        return any(not (self._users and takes_words(interrupt)) for interrupt in self._interrupts.values())

    @property
    def answering(self) -> tuple[int, int] | None:
        """Which user answers which agent that waits for more than words; None where nobody does."""
        users = (user for user in self._users if self._answers(user))
        agents = (agent for agent, asked in reversed(self._interrupts.items()) if not takes_words(asked))
        pair = next(users, None), next(agents, None)
        return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])
