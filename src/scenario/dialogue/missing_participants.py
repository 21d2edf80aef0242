"""Steps that let somebody speak whom `agents` lacks: what is said of them, and which are found before anything is sent.

Pure: a script is followed through its turns without anybody being asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.dialogue.message import scripted, whole_message
from scenario.dialogue.steps import Add, Conclude, Judge, Proceed, Resume, Say, ScriptStep, Step
from scenario.dialogue.turns import Turns
from scenario.errors import MissingParticipantError, ScenarioError
from scenario.types import AgentRole

# So many turns of free play are followed at most.
_MOST_TURNS: Final = 100

ROLE_OF: Final = {"user": AgentRole.USER, "assistant": AgentRole.AGENT}


def nobody_speaks(role: AgentRole) -> MissingParticipantError:
    """The error of a step that asks a role to speak which nobody has."""
    if role is AgentRole.JUDGE:
        return MissingParticipantError(
            "scenario.judge() asks for a verdict, but nobody in `agents` has the role JUDGE: "
            "add a scenario.JudgeAgent(criteria=[...])."
        )
    name = role.value.lower()
    remedy = "a scenario.UserSimulatorAgent(...)" if role is AgentRole.USER else "your agent's adapter"
    return MissingParticipantError(
        f"scenario.{name}() asks the {name} to speak, but nobody in `agents` has the role {role.name}: "
        f"add {remedy}, or give the line as text."
    )


def no_user() -> MissingParticipantError:
    """The error of free play that would ask the agent where nobody has said anything to it."""
    return MissingParticipantError(
        "scenario.proceed(), as well as a run without a script, lets the user and the agent talk in turns. But there "
        "is no user: nobody in `agents` has the role USER, and the agent has nothing to answer. Add a "
        "scenario.UserSimulatorAgent(...), or script each of the user's lines: scenario.user('…'), scenario.agent()."
    )


def check_participants(steps: Sequence[ScriptStep], roles: Sequence[AgentRole], *, max_turns: int) -> None:
    """Refuse a script that lets somebody speak whom nobody plays, as far as it is known before it is played.

    A function of the test may do anything, and a verdict ends the run: what comes after them is not looked at.

    Args:
        steps: the script; none is free play.
        roles: the role of each participant.
        max_turns: how many turns free play may last.

    Raises:
        MissingParticipantError: it cannot be played.
    """
    walk = _Walk(roles, max_turns)
    for step in steps or (Proceed(),):
        if not isinstance(step, Step) or not walk.goes_past(step):
            return


class _Walk:
    """How far a script has come, and whether anything was said that the agent has not answered."""

    def __init__(self, roles: Sequence[AgentRole], max_turns: int) -> None:
        self._turns = Turns(roles)
        self._max_turns = max_turns
        self._to_answer = False

    def goes_past(self, step: Step) -> bool:
        """Follow a step; False where nothing certain can be said of what comes after it."""
        match step:
            case Say(content=None):
                self._asked(step.role)
            case Say() | Add():
                return self._scripted(step)
            case Judge():
                self._asked(AgentRole.JUDGE)
                return step.criteria is not None
            case Proceed():
                return self._proceeds(step)
            case Conclude() | Resume():
                return False
            case _:
                pass
        return True

    def _asked(self, role: AgentRole) -> None:
        if not self._turns.players(role):
            raise nobody_speaks(role)
        self._spoke(role, self._turns.next_player(role))

    def _spoke(self, role: AgentRole, player: int) -> None:
        if role is not AgentRole.JUDGE:
            self._to_answer = role is AgentRole.USER or player != self._turns.players(role)[0]

    def _scripted(self, step: Say | Add) -> bool:
        try:
            message = scripted(step.content, step.role) if isinstance(step, Say) else whole_message(step.message)
        except ScenarioError:
            return False  # it is refused where it is played
        says = ROLE_OF.get(str(message.get("role")))
        role = step.role if isinstance(step, Say) else says
        if role is not None:
            self._turns.scripted(role)
        if says is not None:
            self._to_answer = says is AgentRole.USER
        return True

    def _proceeds(self, step: Proceed) -> bool:
        """Follow free play; a judge may end it, a callback say something in it, and an agent wait for a human."""
        if not self._turns.anybody or step.turns == 0:
            return step.turns is not None
        may_end = self._turns.players(AgentRole.JUDGE) or step.on_turn is not None or step.on_step is not None
        certain = 1 if may_end or not self._turns.players(AgentRole.USER) else _MOST_TURNS
        for _ in range(certain if step.turns is None else min(certain, step.turns)):
            if not self._turn():
                return False
        return not may_end and step.turns is not None and step.turns <= certain

    def _turn(self) -> bool:
        """Follow one turn, where it can still be played within the limit."""
        if not (left := self._turns.remaining()):
            if self._turns.played >= self._max_turns:
                return False
            agents = self._turns.players(AgentRole.AGENT)
            if agents and not self._turns.players(AgentRole.USER) and not self._to_answer:
                raise no_user()
            self._turns.begin()
            left = self._turns.remaining()
        for role, player in left:
            self._turns.speaks(role, player)
            self._spoke(role, player)
        return True
