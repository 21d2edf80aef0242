"""What a rule of conformance is, and what it says where it is broken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, TypeAlias

from scenario.testing.conformance.subject import Subject
from scenario.types import Reply

_SHOWN = 120


class Breach(NamedTuple):
    """Where a rule is broken.

    Attributes:
        where: the cut, the event or the slicing at which it is.
        expected: what the rule demands.
        came: what was seen.
    """

    where: str
    expected: str
    came: str


Check: TypeAlias = Callable[[Subject], Iterator[Breach]]


class Rule(NamedTuple):
    """A rule.

    Attributes:
        name: as exceptions name it.
        title: the promise, as a sentence.
        check: finds the places of one transcript at which it is broken.
    """

    name: str
    title: str
    check: Check


def shown(reply: Reply) -> str:
    """A reply in a few words: its outcome, and what there is in it."""
    parts = [f"text {_short(reply.text)}"]
    if reply.tool_calls:
        parts.append(f"tool calls {_short([(call.name, call.arguments_raw) for call in reply.tool_calls])}")
    if reply.tool_results:
        parts.append(f"tool results {_short([result.output for result in reply.tool_results])}")
    if reply.reasoning:
        parts.append(f"reasoning {_short(reply.reasoning)}")
    if reply.interrupt is not None:
        parts.append(f"interrupt {_short(reply.interrupt)}")
    if reply.error is not None:
        parts.append(f"error {_short(reply.error.message)}")
    if reply.malformed:
        parts.append(f"{reply.malformed} malformed")
    return f"{reply.outcome}, with {', '.join(parts)}"


def difference(one: Reply, other: Reply, *, but: Collection[str] = ()) -> str:
    """The first field in which two replies differ, of the second, some left out; "" where they are equal."""
    for name in Reply.__struct_fields__:
        if name not in but and getattr(one, name) != getattr(other, name):
            return f"{name}={_short(getattr(other, name))} in the place of {_short(getattr(one, name))}"
    return ""


def content_of(reply: Reply) -> tuple[object, ...]:
    """All of an answer that anybody acts upon."""
    return (reply.text, reply.reasoning, reply.tool_calls, reply.tool_results, reply.interrupt)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
