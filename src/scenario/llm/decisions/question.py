"""What a decision model is asked, and what can be made of its answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from scenario.types import Usage

# Some servers take 64 questions, others 128 or 200: what all of them take.
MOST_QUESTIONS: Final = 64

T = TypeVar("T")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question with yes or no for an answer.

    Attributes:
        id: what it is known by; unlike every other one of its request.
        text: what is asked.
    """

    id: str
    text: str


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said to one question.

    Attributes:
        probability: that the answer is yes, from 0 to 1; None where there is none that can be used.
        why_none: why not, in words; "" where there is one.
    """

    probability: float | None = None
    why_none: str = ""


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said to the questions of one request.

    Attributes:
        answers: one for each question, in their order.
        model: who answered, as the server names it; "" where it does not.
        remarks: what whoever reads the verdict has to know, a sentence each.
        usage: None where the server told none that can be.
    """

    answers: tuple[DecisionAnswer, ...]
    model: str = ""
    remarks: tuple[str, ...] = ()
    usage: Usage | None = None


def portions(items: Sequence[T], most: int = MOST_QUESTIONS) -> Iterator[Sequence[T]]:
    """The items in their order, at most so many at once."""
    for start in range(0, len(items), most):
        yield items[start : start + most]
