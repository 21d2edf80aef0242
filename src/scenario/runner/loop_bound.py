"""What binds a participant to an event loop: the objects that it holds, and the errors of those that are elsewhere.

A lock that was waited for, a client's open connection, a task: each is of use on one loop only. None of them says so,
but each holds its loop; so a participant is bound to the loops that are held by the objects within its reach. A loop
by itself, in a variable or a list, binds nothing.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from types import CellType, CodeType, CoroutineType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any, Final, TypeAlias
from weakref import ReferenceType

from scenario.late_pattern import late_pattern
from scenario.runner.failures import text_of
from scenario.runner.sighting import is_library

# A loop, or None for what will belong to the first loop that it is waited for in.
Bond: TypeAlias = asyncio.AbstractEventLoop | None

# So many objects are looked at, some milliseconds of work; a participant that can reach more is taken to be unbound.
_MOST_OBJECTS: Final = 20_000
_FREE_UNTIL_USED: Final = (asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Queue)
_CONTAINERS: Final = (dict, list, tuple, set, frozenset, deque)
_MERELY_HOLD: Final = (*_CONTAINERS, CellType, FunctionType, ContextVar)
_DEAD_ENDS: Final = (
    *(type, ModuleType, CodeType, FrameType, GeneratorType, CoroutineType, ReferenceType),
    *(str, bytes, int, float, complex, type(None), type(NotImplemented), type(...)),
)
# What these hold is the run's or the process's, not the participant's: an input that it kept knows the run's loop.
_NOT_ITS_OWN: Final = ("scenario.dialogue.", "scenario.runner.", "scenario.record.", "scenario.report.", "logging")
_BASES_OF_ALL: Final = ("builtins", "abc", "typing", "scenario")
_BOUND_ELSEWHERE: Final = late_pattern(
    r"different (event )?loop|event loop is closed|loop other than the current|should be used inside a task"
    r"|in that same thread|switch to a different thread",
    re.IGNORECASE,
)
_MOST_CAUSES: Final = 20


def bonds_of(participant: object) -> set[Bond]:
    """The loops that a participant is bound to by what its attributes, its class and its functions' names hold."""
    bonds: set[Bond] = set()
    # Objects are known by their ids, which are others' once they are gone: so they are kept for that long.
    reached: dict[int, object] = {id(participant): participant}
    waiting: deque[Any] = deque([participant, _of_its_classes(type(participant))])
    while waiting and len(reached) < _MOST_OBJECTS:
        holder = waiting.popleft()
        for held in _held_by(holder):
            kind = type(held)
            if issubclass(kind, asyncio.AbstractEventLoop):
                if type(holder) not in _MERELY_HOLD:
                    bonds.add(held)
            elif id(held) not in reached and not _is_dead_end(kind):
                reached[id(held)] = held
                waiting.append(held)
                if issubclass(kind, _FREE_UNTIL_USED) and getattr(held, "_loop", None) is None:
                    bonds.add(None)
    return bonds


def is_bound_elsewhere(error: BaseException) -> bool:
    """Whether it was raised because an object was used on a loop, or in a thread, that it does not belong to."""
    return any(_BOUND_ELSEWHERE.search(text_of(cause)) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting = deque([error])
    for _ in range(_MOST_CAUSES):
        if not waiting:
            return
        cause = waiting.popleft()
        yield cause
        waiting.extend(other for other in (cause.__cause__, cause.__context__) if other is not None)
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)


def _of_its_classes(kind: type) -> list[Any]:
    bases = (base for base in kind.__mro__ if str(base.__module__).partition(".")[0] not in _BASES_OF_ALL)
    return [value for base in bases for value in list(vars(base).values())]


def _held_by(holder: Any) -> Iterator[Any]:
    # Its type, not its class: proxies and stand-ins say that they are of another one, or raise when they are asked.
    kind = type(holder)
    if kind is FunctionType:
        yield from _held_by_function(holder)
        return
    if kind is ContextVar:
        yield holder.get(None)
        return
    of_its_own = kind not in _CONTAINERS
    for held in gc.get_referents(holder):
        if of_its_own and type(held) is dict:  # its attributes
            yield from list(held.values())
        else:
            yield held


def _held_by_function(function: FunctionType) -> Iterator[Any]:
    yield from function.__closure__ or ()
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from list(vars(function).values())
    if is_library(function.__code__.co_filename):
        return
    names = _names_in(function.__code__)
    for name in names:
        held = function.__globals__.get(name, sys.modules.get(name))
        if type(held) is ModuleType and not _is_librarys_module(held.__name__):
            yield from map(vars(held).get, names)
        yield held


def _names_in(code: CodeType) -> frozenset[str]:
    inner = (_names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return frozenset(code.co_names).union(*inner)


def _is_dead_end(kind: type) -> bool:
    return issubclass(kind, _DEAD_ENDS) or str(kind.__module__).startswith(_NOT_ITS_OWN)


def _is_librarys_module(name: str) -> bool:
    if name.partition(".")[0] == "scenario":
        return True
    if name == "__main__" or name not in sys.modules:
        return False
    file = getattr(sys.modules[name], "__file__", None)
    return file is None or is_library(file)  # without a file, it is part of the interpreter
