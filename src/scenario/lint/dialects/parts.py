"""Parts that begin, go on and end under an id, as several dialects stream them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from scenario.lint.rule import Seen

Phase: TypeAlias = Literal["start", "go on", "end"]


class Step(NamedTuple):
    """What an event does to a part.

    Attributes:
        kind: of the part, such as "text": parts of different kinds may have the same id.
        key: the part's id.
    """

    phase: Phase
    kind: str
    key: str


class Parts:
    """Keeps the parts of one stream, and tells what is out of order."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], int] = {}
        self._closed: set[tuple[str, str]] = set()

    def take(self, step: Step, index: int, name: str) -> Iterator[Seen]:
        """Take in a step.

        Args:
            step: what the event does.
            index: of the event.
            name: of the event, for what is said.
        """
        part = (step.kind, step.key)
        shown = f"{step.kind} {step.key[:60]!r}"
        if step.phase == "start":
            if part in self._open:
                yield Seen(f"{name} begins {shown} a second time", "Begin each part once, or give it a new id.", index)
            self._open[part] = index
            self._closed.discard(part)
            return
        if part not in self._open:
            when = "after its end" if part in self._closed else "before its start"
            remedy = "Send start, content and end of each part in this order and under one id."
            yield Seen(f"{name} of {shown} came {when}", remedy, index)
            return
        if step.phase == "end":
            del self._open[part]
            self._closed.add(part)

    def left_open(self, names: Mapping[str, str]) -> Iterator[Seen]:
        """What was begun and never ended.

        Args:
            names: what ends a part, by its kind; kinds that are left out need no end.
        """
        for (kind, key), index in self._open.items():
            if kind in names:
                remedy = f"Send {names[kind]} for it before the reply ends."
                yield Seen(f"{kind} {key[:60]!r} has no {names[kind]}", remedy, index)
