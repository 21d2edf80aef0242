"""What makes two calls the same call: a key made of what they mean, never of where their arguments lie in memory."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import pickle
import re
from collections.abc import Callable, Collection, Mapping, Set as AbstractSet
from enum import Enum
from pathlib import PurePath
from types import ModuleType
from typing import Final

import msgspec

from scenario.dialogue.adapter import AgentInput
from scenario.dialogue.state import ScenarioState

_MAX_DEPTH: Final = 40
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
# Two of these with one name differ only in where they were written.
_ANONYMOUS: Final = ("<lambda>", "<locals>")


def call_key(
    cache_key: str,
    function: str,
    arguments: Mapping[str, object],
    ignore: Collection[str] = (),
) -> str:
    """The name under which the result of a call is kept.

    Args:
        cache_key: the run's cache key.
        function: which function is called: its module and qualified name.
        arguments: the bound arguments, defaults filled in.
        ignore: arguments that do not matter.

    Returns:
        64 hexadecimal digits, the same in every process.
    """
    relevant = {name: value for name, value in arguments.items() if name not in ignore}
    plain = ["call", cache_key, function, _plain(relevant, ())]
    return hashlib.sha256(_encoded(plain)).hexdigest()


def function_identity(function: Callable[..., object], owner: object = None) -> str:
    """A function's module and qualified name; for a method, its object's class as well."""
    inner: object = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    if not hasattr(inner, "__qualname__"):
        inner = type(inner)
    name = f"{getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', '')}"
    if any(mark in name for mark in _ANONYMOUS):
        name += f":{getattr(getattr(inner, '__code__', None), 'co_firstlineno', 0)}"
    return name if owner is None else f"{name} of {_class_name(owner)}"


def _encoded(value: object) -> bytes:
    # Not msgspec's: a text may hold one half of a surrogate pair.
    return json.dumps(value).encode()


def _class_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _plain(value: object, above: tuple[int, ...]) -> object:
    """`value` as tagged JSON: the tags keep a dictionary apart from an object that looks like it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return ["enum", _class_name(value), value.name]
    if isinstance(value, int | float):
        return ["number", repr(value)]
    if isinstance(value, bytes | bytearray):
        return ["bytes", hashlib.sha256(value).hexdigest()]
    if id(value) in above or len(above) >= _MAX_DEPTH:
        return ["again"]
    above = (*above, id(value))
    return _plain_container(value, above) or _plain_object(value, above)


def _plain_container(value: object, above: tuple[int, ...]) -> object:
    if isinstance(value, Mapping):
        pairs = [[_plain(key, above), _plain(item, above)] for key, item in value.items()]
        return ["dict", sorted(pairs, key=_encoded)]
    if isinstance(value, list | tuple):
        return ["list", [_plain(item, above) for item in value]]
    if isinstance(value, AbstractSet):
        return ["set", sorted((_plain(item, above) for item in value), key=_encoded)]
    return None


def _plain_object(value: object, above: tuple[int, ...]) -> object:
    if isinstance(value, AgentInput):
        # The thread's id and the trace's headers are new in every run, and say nothing about the question.
        meant = [value.messages, value.new_messages, value.judgment_request, _setting(value.scenario_state)]
        return ["input", _plain(meant, above)]
    if isinstance(value, ScenarioState):
        return ["state", _plain([value.messages, _setting(value)], above)]
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return ["function", function_identity(value), _plain(getattr(value, "__self__", None), above)]
    if isinstance(value, functools.partial):
        return ["function", function_identity(value), _plain([value.args, value.keywords], above)]
    if isinstance(value, ModuleType):
        return ["module", value.__name__]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    state = _state(value)
    if state is not None:
        return ["object", _class_name(value), _plain(state, above)]
    return ["object", _class_name(value), _opaque(value)]


def _setting(state: ScenarioState | None) -> object:
    """What a scenario is about: the same words are another question in another one."""
    return None if state is None else [state.description, state.criteria, state.fields, state.parameters]


def _state(value: object) -> Mapping[str, object] | None:
    """The public attributes of an object; None where it does not show any attributes at all."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        dumped = dump()
        return dumped if isinstance(dumped, Mapping) else {"": dumped}
    names: list[str] = list(getattr(value, "__dict__", ()))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    if not names and not hasattr(value, "__dict__"):
        return None
    return {name: getattr(value, name, None) for name in names if not name.startswith("_")}


def _opaque(value: object) -> str:
    """What tells two values of a class without visible attributes apart: dates, decimals, arrays."""
    try:
        return hashlib.sha256(pickle.dumps(value, protocol=5)).hexdigest()
    except Exception:  # noqa: BLE001 - any class may refuse to be pickled, in its own words
        shown = repr(value)
        return "" if _ADDRESS.search(shown) else shown
