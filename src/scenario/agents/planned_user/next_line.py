"""What a planned user says next, by its plan and the conversation so far. Pure.

How far the plan has come stands nowhere but in the conversation: it is played again from its beginning. So the same
conversation has the same next line, whoever asks and however often, and what a script lets the user say in between, or
takes back, is heeded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from scenario.agents.message_text import text_of
from scenario.agents.planned_user.plan import DialoguePlan
from scenario.checks.whole_words import folded, place_of
from scenario.errors import UserSimulatorError
from scenario.late_pattern import late_pattern
from scenario.patterns.pattern import DEFAULT_TIMEOUT, Pattern
from scenario.types import Message

_SENTENCES: Final = late_pattern(r"[^.!?？؟。！\n]+[.!?？؟。！]*")
# What makes a request of a sentence that is no question.
_REQUEST: Final = late_pattern(r"\b(?:please|provide|enter|specify|share|tell me|give me|send me|i(?:'ll)? need)\b")
_QUESTION_MARKS: Final = ("?", "？", "؟")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the user says.

    Attributes:
        text: the words.
        turn: the index of the plan's line that it is; None where it is none.
        slots: those that are told.
        insists: whether the user insists.
        is_last: whether it has nothing more to say.
    """

    text: str
    turn: int | None = None
    slots: tuple[str, ...] = ()
    insists: bool = False
    is_last: bool = False


class _Progress:
    """How far a plan has come."""

    def __init__(self) -> None:
        self.said: set[int] = set()
        self.told: dict[str, int] = {}
        self.insisted = 0
        self.over = False

    def take(self, line: Line) -> None:
        if line.turn is not None:
            self.said.add(line.turn)
        for name in line.slots:
            self.told[name] = self.told.get(name, 0) + 1
        self.insisted += line.insists
        self.over = line.is_last


def next_line(plan: DialoguePlan, messages: Iterable[Message]) -> Line | None:
    """The user's next line; None where it has nothing more to say.

    Args:
        plan: what it goes by.
        messages: the conversation so far.

    Raises:
        ScriptError: a regular expression of the plan could not be looked for in what the agent said.
        UserSimulatorError: a condition is a function, and gave neither True nor False.
    """
    progress, heard = _Progress(), list[str]()
    for message in messages:
        if message.get("role") == "assistant":
            heard.append(text_of(message))
        elif message.get("role") == "user":
            line = _decided(plan, progress, "\n".join(heard))
            if line is None:
                progress.over = True  # whatever a script lets it say then
            elif line.text == text_of(message):
                progress.take(line)
            heard.clear()
    return _decided(plan, progress, "\n".join(heard))


def _decided(plan: DialoguePlan, progress: _Progress, heard: str) -> Line | None:
    if progress.over:
        return None
    if plan.done_when is not None and _holds(plan.done_when, heard):
        return Line(text=plan.farewell, is_last=True) if plan.farewell else None
    if asked := _asked(plan, heard):
        if any(progress.told.get(name, 0) > plan.patience for name in asked):
            return Line(text=plan.gives_up, is_last=True)
        told = (plan.slots[name].says.replace("{value}", plan.slots[name].value) for name in asked)
        return Line(text=" ".join(told), slots=asked)
    rest = [(index, turn) for index, turn in enumerate(plan.turns) if index not in progress.said]
    due = [(index, turn) for index, turn in rest if turn.when is not None and _holds(turn.when, heard)]
    due += [(index, turn) for index, turn in rest if turn.when is None]
    if due:
        return Line(text=due[0][1].says, turn=due[0][0])
    if plan.done_when is None:
        return Line(text=plan.farewell, is_last=True) if plan.farewell else None
    if progress.insisted >= plan.persistence:
        return Line(text=plan.gives_up, is_last=True)
    return Line(text=plan.insists[progress.insisted % len(plan.insists)], insists=True)


def _asked(plan: DialoguePlan, heard: str) -> tuple[str, ...]:
    """The slots that the agent asks for."""
    if not plan.slots or not heard.strip():
        return ()
    asking = " \n ".join(part for part in _sentences(heard) if _is_asking(part))
    return tuple(
        name for name, slot in plan.slots.items() if any(_is_asked(one, asking, heard) for one in (name, *slot.asked))
    )


def _sentences(text: str) -> list[str]:
    return [" ".join(folded(part).split()) for part in _SENTENCES.findall(text)]


def _is_asking(sentence: str) -> bool:
    return sentence.endswith(_QUESTION_MARKS) or _REQUEST.search(sentence) is not None


def _is_asked(by: str | re.Pattern[str], asking: str, heard: str) -> bool:
    if isinstance(by, re.Pattern):
        return _found(by, heard)
    return place_of(" ".join(folded(by).split()), asking) is not None


def _holds(condition: Any, heard: str) -> bool:
    if isinstance(condition, str):
        return " ".join(condition.casefold().split()) in " ".join(heard.casefold().split())
    if isinstance(condition, re.Pattern):
        return _found(condition, heard)
    value = condition(heard)
    if not isinstance(value, bool):
        raise UserSimulatorError(f"The plan's condition {condition!r:.80} gave {value!r:.60}: return True or False.")
    return value


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return Pattern(pattern, name="matches", timeout=DEFAULT_TIMEOUT).find(text) is not None
