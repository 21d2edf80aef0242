"""Which of a chunk's choices are the reply's: choice 0, or the only one.

Some servers count from 1, and some put the tool calls of one answer into a choice of their own. Other choices are other
answers to the same question, and left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario.protocols.looks import check_number

# Nobody asks for more answers to one question.
_MOST: Final = 128

_Choice = dict[str, Any]


class Choices:
    """Sorts the choices of one answer's chunks."""

    def __init__(self) -> None:
        self._own: int | None = None
        self._others: dict[object, list[_Choice]] = {}
        # Of the others: those that have said something, and those that have called something.
        self._spoke: set[object] = set()
        self._called: dict[object, None] = {}

    def own(self, choices: object) -> list[_Choice]:
        """The reply's choices among a chunk's."""
        mine: list[_Choice] = []
        if type(choices) is not list:
            return mine
        check_number(choices)
        for choice in choices:
            if type(choice) is not dict:
                continue
            index = _index(choice)
            if index == 0 and self._own is None:
                self._own = 0
            if index != self._own:
                mine += self._put_by(index, choice)
            elif mine and "message" in choice:
                self._put_by((index, len(mine)), choice)
            else:
                mine.append(choice)
        return mine

    def only(self) -> list[_Choice]:
        """What was put by, where the answer has ended and there was no choice 0."""
        if self._own is not None or not self._others:
            return []
        index = next(iter(self._others))
        self._own = index if isinstance(index, int) else None
        return self._others.pop(index)

    def calls(self, *, asked: bool) -> list[_Choice]:
        """The choices that bring tool calls and no text: where the reply has none of its own, they are its calls.

        Args:
            asked: the reply ended to have tools called. Where it did not, only a choice of the same index is its own.
        """
        for index in self._called:
            if index not in self._spoke and (asked or isinstance(index, tuple)):
                del self._called[index]
                return self._others.pop(index, [])
        return []

    def _put_by(self, index: object, choice: _Choice) -> list[_Choice]:
        """Keep a choice of another index; all of that index, where it is the first that has ended."""
        if index not in self._others and len(self._others) >= _MOST:
            return []
        said = _said(choice)
        if said.get("content"):
            self._spoke.add(index)
            self._called.pop(index, None)
        elif _has_calls(said) and index not in self._spoke:
            self._called[index] = None
        if self._own is not None and index in self._spoke:
            # It is another answer.
            self._others.pop(index, None)
            return []
        self._others.setdefault(index, []).append(choice)
        return self.only() if choice.get("finish_reason") and "delta" in choice else []


def _index(choice: _Choice) -> int:
    index = choice.get("index")
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10:
        return int(index)
    return int(index) if isinstance(index, int | float) and index == index // 1 else 0


def _said(choice: _Choice) -> dict[str, Any]:
    said = choice.get("delta") or choice.get("message")
    return said if isinstance(said, dict) else {}


def _has_calls(part: dict[str, Any]) -> bool:
    return bool(part.get("tool_calls") or part.get("function_call"))


def first_choice(choices: object) -> _Choice | None:
    """A chunk's choice that tells whose chunk it is: choice 0, else the first."""
    found: Iterator[_Choice] = (one for one in choices if type(one) is dict) if type(choices) is list else iter(())
    return min(found, key=_index, default=None)
