"""A user simulator without a model: it follows a dialogue plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenario.agents.planned_user.next_line import next_line
from scenario.agents.planned_user.plan import PlannedTurn, Slot, When, checked_plan
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.foreign import in_thread
from scenario.types import AgentRole


class PlannedUserAgent(AgentAdapter):
    """A user that follows a dialogue plan, by rules alone: no model, no key, and the same words each time.

    At each of its turns it says the first of these that there is:

    1. where the agent has said what makes it content (`done_when`), its farewell, and then nothing more;
    2. what the agent asks for: the slots that a question or a request ("please enter …") names. Asked for the same one
       too often (`patience`), it gives up;
    3. a line of the plan whose condition holds;
    4. the next line without a condition;
    5. where all is said: its farewell, if it is content with that; else it insists (`persistence`), and gives up then.

    How far it has come is read off the conversation, so that one object may take part in many runs at once. Lines that
    a script gives the user are none of the plan's, unless they are the ones that it would have said.

    Args:
        turns: the lines, each a text or a `scenario.PlannedTurn` with a condition.
        slots: what it tells when it is asked, by name: a text, a number, or a `scenario.Slot` with the words by which
            it is asked for and in which it is told. Questions and requests in English are recognised, and whatever ends
            in a question mark; `Slot(asked=…)` with regular expressions knows others.
        done_when: what the agent has to say for the user to be content: a text, a compiled regular expression, or a
            function of the agent's words; without it the user is content when all is said.
        patience: how often, beyond the first time, it may be asked for the same slot; 2 by default.
        persistence: how often it insists, where there is a `done_when`; once by default.
        insists: what it says then, in turn; its first line by default.
        farewell: its last line where it is content; "" ends without one.
        gives_up: its last line where it is not.

    Raises:
        ConfigurationError: a setting has no meaning or no effect, or is of a wrong kind (a ValueError).
    """

    role = AgentRole.USER

    def __init__(
        self,
        turns: Sequence[str | PlannedTurn],
        *,
        slots: Mapping[str, str | int | float | Slot] | None = None,
        done_when: When | None = None,
        patience: int | None = None,
        persistence: int | None = None,
        insists: str | Sequence[str] = (),
        farewell: str = "",
        gives_up: str = "That does not help me. Goodbye.",
    ) -> None:
        self.plan = checked_plan(
            turns,
            slots=slots,
            done_when=done_when,
            patience=patience,
            persistence=persistence,
            insists=insists,
            farewell=farewell,
            gives_up=gives_up,
        )

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """The user's next line; [] where it has nothing more to say.

        Raises:
            ScriptError: a regular expression of the plan could not be looked for in what the agent said.
            UserSimulatorError: a condition gave neither True nor False.
        """
        plan, messages = self.plan, list(input.messages)
        line = await in_thread(next_line, plan, messages) if plan.takes_time else next_line(plan, messages)
        return [] if line is None else {"role": "user", "content": line.text}
