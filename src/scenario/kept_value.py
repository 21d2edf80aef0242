"""Python values as JSON, and back: what a cache keeps is read without running anybody's code. Pure.

What JSON has stands as it is; what it has not is an object with the key "$": tuples, sets, bytes, dates, decimals,
paths, enumerations, and objects of classes that are nothing but fields (dataclasses, msgspec structs, pydantic models,
named tuples). Such a class has to be known already when a value of it is read: nothing is imported for it.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import math
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

import msgspec

_KIND: Final = "$"
_DEEPEST: Final = 200
# Each is written as the text that its own constructor takes.
_TEXTS: Final[Mapping[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]]] = {
    "datetime": (datetime.datetime, datetime.datetime.isoformat, datetime.datetime.fromisoformat),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time, datetime.time.isoformat, datetime.time.fromisoformat),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "complex": (complex, str, complex),
}
_LISTS: Final[Mapping[str, type]] = {"tuple": tuple, "set": set, "frozenset": frozenset}


class NotKept(Exception):
    """A value that cannot be written, or one that cannot be read here; the text says what, and where it stands."""


def written(value: object) -> Any:
    """The value as JSON.

    Raises:
        NotKept: there is something in it that is more than data.
    """
    return _written(value, "the result", 0)


def _written(value: Any, place: str, depth: int) -> Any:
    if value is None or type(value) in (bool, str, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {_KIND: "float", "value": repr(value)}
    if depth > _DEEPEST:
        raise NotKept(f"{place} is nested deeper than {_DEEPEST} levels, or holds itself")
    if type(value) is list:
        return [_written(one, f"{place}[{number}]", depth + 1) for number, one in enumerate(value)]
    if type(value) is dict:
        return _written_dict(value, place, depth)
    return _written_data(value, place, depth) or _written_object(value, place, depth)


def _written_data(value: Any, place: str, depth: int) -> Any:
    """What JSON has no form for; None where it is an object of a class of somebody's own."""
    for kind, class_ in _LISTS.items():
        if type(value) is class_:
            items: Any = value
            ordered = items if kind == "tuple" else sorted(items, key=repr)
            return {_KIND: kind, "items": [_written(one, f"{place}[…]", depth + 1) for one in ordered]}
    for kind, (class_, text, _) in _TEXTS.items():
        if type(value) is class_:
            return {_KIND: kind, "value": text(value)}
    match value:
        case bytes() | bytearray() if type(value) in (bytes, bytearray):
            return {_KIND: type(value).__name__, "base64": base64.b64encode(value).decode()}
        case datetime.timedelta():
            return {_KIND: "timedelta", "value": [value.days, value.seconds, value.microseconds]}
        case PurePath():
            return {_KIND: "path", "class": _name(type(value)), "value": str(value)}
        case Enum():
            return {_KIND: "enum", "class": _name(type(value)), "value": value.name}
        case _:
            return None


def _written_dict(value: dict[Any, Any], place: str, depth: int) -> Any:
    if all(type(key) is str for key in value) and _KIND not in value:
        return {key: _written(one, f"{place}[{key!r:.60}]", depth + 1) for key, one in value.items()}
    pairs = [
        [_written(key, f"a key of {place}", depth + 1), _written(one, f"{place}[…]", depth + 1)]
        for key, one in value.items()
    ]
    return {_KIND: "dict", "items": pairs}


def _written_object(value: Any, place: str, depth: int) -> Any:
    fields = _fields_of(value)
    if fields is None:
        raise NotKept(f"{place} is of the class {_name(type(value))}, which is more than its fields")
    if _class_named(_name(type(value))) is not type(value):
        raise NotKept(f"{place} is of the class {_name(type(value))}, which is not found again by that name")
    told = {name: _written(one, f"{place}.{name}", depth + 1) for name, one in fields.items()}
    return {_KIND: "object", "class": _name(type(value)), "fields": told}


def _fields_of(value: Any) -> Mapping[str, Any] | None:
    """The fields of an object that is nothing else; None where it may be more."""
    kind = type(value)
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return dict(zip(kind._fields, value, strict=True))
    if _is_model(kind):
        return dict(value.__dict__) | dict(getattr(value, "__pydantic_extra__", None) or {})
    return None


def _is_model(kind: type) -> bool:
    """Whether a class is one of pydantic's, without loading pydantic."""
    return any(base.__module__ == "pydantic.main" and base.__name__ == "BaseModel" for base in kind.__mro__)


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class_named(name: str) -> type | None:
    """A class of a module that is loaded; None where there is none of that name."""
    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = None if found is None else getattr(found, part, None)
    return found if isinstance(found, type) else None


def value_of(kept: Any) -> Any:
    """The value that stands there.

    Raises:
        NotKept: it was not written by `written`, or its class is not known here or has other fields by now.
    """
    try:
        return _value(kept)
    except NotKept:
        raise
    except Exception as error:  # a class may refuse what it was made of once, in its own words
        raise NotKept(f"it cannot be made again: {type(error).__name__}: {error}") from error


def _value(kept: Any) -> Any:
    if isinstance(kept, list):
        return [_value(one) for one in kept]
    if not isinstance(kept, dict):
        return kept
    if _KIND not in kept:
        return {key: _value(one) for key, one in kept.items()}
    kind = kept[_KIND]
    if kind in _LISTS:
        return _LISTS[kind](_value(one) for one in kept["items"])
    if kind == "dict":
        return {_value(key): _value(one) for key, one in kept["items"]}
    if kind in ("bytes", "bytearray"):
        data = base64.b64decode(kept["base64"], validate=True)
        return data if kind == "bytes" else bytearray(data)
    if kind == "float":
        return float(kept["value"])
    if kind in _TEXTS:
        return _TEXTS[kind][2](kept["value"])
    if kind == "timedelta":
        days, seconds, microseconds = kept["value"]
        return datetime.timedelta(days, seconds, microseconds)
    return _object(kind, kept)


def _object(kind: str, kept: Mapping[str, Any]) -> Any:
    class_ = _class_named(kept["class"])
    if class_ is None:
        raise NotKept(f"the class {kept['class']} is not loaded here")
    if kind == "path" and issubclass(class_, PurePath):
        return class_(kept["value"])
    if kind == "enum" and issubclass(class_, Enum):
        return class_[kept["value"]]
    if kind != "object":
        raise NotKept(f"there is no kind {kind!r:.60}")
    fields = {name: _value(one) for name, one in kept["fields"].items()}
    if dataclasses.is_dataclass(class_):
        made = object.__new__(class_)
        for name, one in fields.items():
            object.__setattr__(made, name, one)
        return made
    if issubclass(class_, msgspec.Struct) or (issubclass(class_, tuple) and hasattr(class_, "_fields")):
        return class_(**fields)
    if _is_model(class_):
        return class_.model_construct(**fields)  # type: ignore[attr-defined]
    raise NotKept(f"the class {kept['class']} is more than its fields")
