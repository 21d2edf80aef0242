"""A little conversation in which controls that are false become true, and those that are true false. Pure.

Asked the same once more about it, a server that goes by the questions alone, whatever it says to which, gives the same
answers once more, and so is wrong there wherever it was right before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from scenario.agents.judge.controls import Control
from scenario.types import Message

_ROLES: Final = {"user": "user", "agent": "assistant"}


def turned_conversation(controls: Sequence[Control]) -> list[Message]:
    """What the false ones of the controls state is said in it, where and by whom they state it, and nothing else."""
    said = sorted((one for one in controls if not one.is_true), key=lambda one: one.place == "end")
    return [cast(Message, {"role": _ROLES[one.who], "content": one.words}) for one in said]


def is_turned(control: Control, shown: str) -> bool:
    """Whether a control's truth is the other one there: of a true one, as its words do not stand there by chance.

    Args:
        control: which.
        shown: all that is shown with that conversation, in one line.
    """
    return not control.is_true or control.words.casefold() not in shown.casefold()
