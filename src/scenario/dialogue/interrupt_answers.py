"""Users that answer what an agent waits for, so that free play goes on where words are no answer."""

from __future__ import annotations

from typing import Any, Protocol

from scenario.dialogue.adapter import AgentInput
from scenario.types import AgentRole


class AnswersInterrupts(Protocol):
    """What a user of your own has beside `call`, to answer agents that stop for a human in free play.

    Attributes:
        answers_interrupts: True; anything else leaves such an agent waiting, and ends free play.
    """

    answers_interrupts: bool

    def answer_interrupt(self, interrupt: Any, input: AgentInput, /) -> Any:  # noqa: A002 - as in `AgentAdapter.call`
        """The answer, or an awaitable of it: what `scenario.resume(value)` takes.

        `{"approve": True}` and `{"approve": False, "reason": "…"}` are what `approve()` and `reject(reason)` stand for.

        Args:
            interrupt: what the agent waits for, as `state.interrupt` has it. What a line of the user's answers is never
                asked here.
            input: the conversation, as `call` is handed it.
        """


def answers_interrupts(participant: Any) -> bool:
    """Whether a participant is a user that answers what agents wait for, as it is set up now."""
    # `is True`: stand-ins of tests have every attribute.
    return participant.role is AgentRole.USER and getattr(participant, "answers_interrupts", False) is True
