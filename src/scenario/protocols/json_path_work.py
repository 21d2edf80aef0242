"""How much a JMESPath may multiply what it is applied to, told by its parts: nobody has to try it. Pure.

JMESPath has no loops and no way back to the whole from an element, so that an expression looks at each value a certain
number of times: what an agent answers makes it slow in proportion only. That number is what is counted here. It grows
with each list or object that the expression itself makes of the same value several times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

DEEPEST: Final = 100
MOST_COPIES: Final = 64
MOST_LOOKS: Final = 2_000
# A text within a text of JSON: each character may become six, and each backslash doubles every time.
_ESCAPED: Final = 6
# What is applied to the whole value is their first part, and the others to what that gives.
_STEPS: Final = frozenset(
    {
        "subexpression",
        "index_expression",
        "pipe",
        "projection",
        "value_projection",
        "filter_projection",
        "flatten",
        "key_val_pair",
    }
)


class NestedTooDeepError(Exception):
    """The expression has more levels than are followed."""


class Work(NamedTuple):
    """What an expression makes of a value.

    Attributes:
        copies: how many times as large what comes out can be.
        looks: how often a part of the value is looked at.
    """

    copies: int
    looks: int


def work_of(tree: Mapping[str, Any], depth: int = 0) -> Work:
    """The work of an expression, rather too much than too little.

    Args:
        tree: the expression, as jmespath has read it.
        depth: how deep it stands in another one.

    Raises:
        NestedTooDeepError: it is nested too deep.
    """
    if depth > DEEPEST:
        raise NestedTooDeepError(f"it is nested more than {DEEPEST} deep")
    parts = [work_of(one, depth + 1) for one in _inner(tree)]
    return _WORK.get(tree["type"], _in_a_row)(tree, parts)


def _inner(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in tree["children"] if isinstance(one, Mapping)]


def _in_a_row(_: Mapping[str, Any], parts: list[Work]) -> Work:
    """Each is applied to what the one before has made."""
    copies, looks = 1, 1
    for part in parts:
        looks += copies * part.looks
        copies *= part.copies
    return Work(copies, looks)


def _side_by_side(tree: Mapping[str, Any], parts: list[Work]) -> Work:
    """Each is applied to the same value; those that take other fields of it take other parts of it."""
    fields: dict[str, int] = {}
    whole = 0
    for node, part in zip(_inner(tree), parts, strict=True):
        if (field := _first_field(node)) is not None:
            fields[field] = fields.get(field, 0) + part.copies
        else:
            whole += part.copies
    return Work(max(1, whole + max(fields.values(), default=0)), 1 + sum(part.looks for part in parts))


def _first_field(node: Mapping[str, Any]) -> str | None:
    """The field that an expression takes before all else; "" where it is a value of its own."""
    while node["type"] not in ("field", "literal"):
        if node["type"] not in _STEPS or not node["children"]:
            return None
        node = node["children"][0]
    return str(node["value"]) if node["type"] == "field" else ""


def _either(_: Mapping[str, Any], parts: list[Work]) -> Work:
    return Work(max(part.copies for part in parts), 1 + sum(part.looks for part in parts))


def _called(tree: Mapping[str, Any], parts: list[Work]) -> Work:
    """A function's arguments; expressions among them are applied to what the others give."""
    pairs = list(zip(_inner(tree), parts, strict=True))
    values = [part for node, part in pairs if node["type"] != "expref"]
    applied = [part for node, part in pairs if node["type"] == "expref"]
    given = max(1, sum(part.copies for part in values))
    looks = 1 + given + sum(part.looks for part in values) + given * sum(part.looks for part in applied)
    copies = given * math.prod(part.copies for part in applied)
    return Work(copies * _ESCAPED if tree["value"] == "to_string" else copies, looks)


_WORK: Final[Mapping[str, Callable[[Mapping[str, Any], list[Work]], Work]]] = {
    "multi_select_list": _side_by_side,
    "multi_select_dict": _side_by_side,
    "or_expression": _either,
    "and_expression": _either,
    "comparator": _either,
    "function_expression": _called,
}
