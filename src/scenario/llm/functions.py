"""Functions that a model is to call, the calls that it makes, and what is said of an answer that is none. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# In a merged shape, which function is meant.
CHOICE: Final = "function"


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
    """

    name: str
    arguments: Any


class Unreadable(Exception):
    """An answer is not what was asked for. Raised by readers; never shown to users.

    Attributes:
        problem: what is wrong, in words for the model.
        partial: what could be read of it, to be taken if the next answer is no better; None where that is nothing.
    """

    def __init__(self, problem: str, *, partial: Any = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.partial = partial
