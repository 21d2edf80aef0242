"""Functions that a model is to call, the calls that it makes, and answers that are none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

# In a merged shape, which function is meant.
CHOICE: Final = "function"


# Of the form of an answer, of the evidence in it, or in whether it is meant; each is asked about once.
Fault = Literal["form", "evidence", "doubt"]


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the model is to call.

    Attributes:
        parameters: the JSON Schema of its arguments, an object.
    """

    name: str
    description: str
    parameters: dict[str, Any]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The call that the model made, in whichever way.

    Attributes:
        arguments: any JSON; nothing is known of its shape.
        beside: the words before a call that was written, where the model did not only write that.
    """

    name: str
    arguments: Any
    beside: str = ""


class Unreadable(Exception):
    """An answer is not what was asked for. Raised by readers; never shown to users.

    Attributes:
        problem: what is wrong, in words for the model.
        partial: what could be read of it, to be taken if the next answer is no better; None where that is nothing.
        fault: see `Fault`.
        is_other: it is no attempt at an answer at all, so that beside one it says nothing; None: nobody can tell.
        claim: what it says, in a tuple, where it is one that must be said twice.
    """

    def __init__(
        self,
        problem: str,
        *,
        partial: Any = None,
        fault: Fault = "form",
        is_other: bool | None = None,
        claim: tuple[Any] | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.partial = partial
        self.fault: Fault = fault
        self.is_other = is_other
        self.claim = claim


def only_call(calls: Sequence[Call]) -> Call:
    """The call of an answer that is to make one; the same several times is one.

    Raises:
        Unreadable: they differ.
    """
    if any((call.name, call.arguments) != (calls[0].name, calls[0].arguments) for call in calls):
        raise Unreadable("It makes several calls that differ: make one.")
    return calls[0]
