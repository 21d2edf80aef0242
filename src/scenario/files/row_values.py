"""Values of rows in the type that their place takes: a CSV knows texts only, and a row's 3 may be said as "3". Pure."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from scenario.files.node import Node, list_node, mapping_node
from scenario.late_pattern import late_pattern

_WHOLE: Final = late_pattern(r"[-+]?[0-9]{1,18}")
_NUMBER: Final = late_pattern(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
_TEXTS: Final = frozenset({inspect.StrType, inspect.LiteralType})
_NUMBERS: Final = frozenset({inspect.IntType, inspect.FloatType})
_TRUTH: Final = {"true": True, "false": False}


def in_their_types(node: Node, kind: type) -> Node:
    """The node with each value of a row turned into the type that its place takes, where it can be."""
    return _turned(node, (_type_info(kind),))


@cache
def _type_info(kind: type) -> inspect.Type:
    return inspect.type_info(kind)


def _turned(node: Node, kinds: tuple[inspect.Type, ...]) -> Node:
    kinds = tuple(one for kind in kinds for one in _alternatives(kind))
    if any(isinstance(kind, inspect.AnyType) for kind in kinds):
        return node
    if isinstance(node.value, dict):
        pairs = {name: _turned(inner, _of_name(name, kinds)) for name, inner in node.mapping.items()}
        return mapping_node(pairs, node.file, node.line)
    if isinstance(node.value, list):
        of_items = tuple(kind.item_type for kind in kinds if isinstance(kind, inspect.ListType))
        return list_node([_turned(item, of_items) for item in node.items], node.file, node.line)
    return _scalar(node, kinds) if node.is_of_row else node


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    if isinstance(kind, inspect.Metadata):
        return _alternatives(kind.type)
    if isinstance(kind, inspect.UnionType):
        return tuple(one for each in kind.types for one in _alternatives(each))
    return (kind,)


def _of_name(name: str, kinds: tuple[inspect.Type, ...]) -> tuple[inspect.Type, ...]:
    found = []
    for kind in kinds:
        if isinstance(kind, inspect.StructType):
            found += [field.type for field in kind.fields if field.encode_name == name]
        elif isinstance(kind, inspect.DictType):
            found.append(kind.value_type)
    return tuple(found)


def _scalar(node: Node, kinds: tuple[inspect.Type, ...]) -> Node:
    return Node(_fitting(node.value, {type(kind) for kind in kinds}), node.file, node.line, is_of_row=True)


def _fitting(value: object, takes: set[type]) -> Any:
    takes_text, takes_number = bool(takes & _TEXTS), bool(takes & _NUMBERS)
    takes_its_like = inspect.BoolType in takes if isinstance(value, bool) else takes_number
    if isinstance(value, str) and not takes_text:
        text = value.strip()
        if inspect.BoolType in takes and text.lower() in _TRUTH:
            return _TRUTH[text.lower()]
        if takes_number and _WHOLE.fullmatch(text):
            return int(text)
        if inspect.FloatType in takes and _NUMBER.fullmatch(text):
            return float(text)
    elif isinstance(value, int | float) and takes_text and not takes_its_like:
        return msgspec.json.encode(value).decode()
    return value
