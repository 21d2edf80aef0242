"""`@scenario.cache()`: results of an agent's own calls, served from disk while a scenario with a `cache_key` runs.

    import aiohttp

    @scenario.cache(ignore=["session"])
    async def ask(session: aiohttp.ClientSession, question: str) -> str:
        async with session.post("http://localhost:8000/ask", json={"question": question}) as response:
            return await response.text()

`scenario.cache` is this module, and it can be called, so that both `scenario.cache(...)` and
`from scenario.cache import scenario_cache` work.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final, ParamSpec, TypeVar, overload

import msgspec

from scenario.call_cache import CallCache, cache_folder
from scenario.call_key import call_key, function_identity
from scenario.dialogue.current_run import current_config
from scenario.errors import ScriptTypeError
from scenario.kept_value import NotKept, value_of, written
from scenario.warning import warn_once

__all__ = ["KeptResults", "get_cache", "scenario_cache"]

P = ParamSpec("P")
R = TypeVar("R")
_MISSING: Final = object()
_VERSION: Final = 1
# So many hexadecimal digits tell one argument from another.
_DIGEST: Final = 16


@overload
def scenario_cache(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def scenario_cache(
    function: Collection[str] | None = None, /, *, ignore: Collection[str] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def scenario_cache(
    function: Callable[..., Any] | Collection[str] | None = None, /, *, ignore: Collection[str] = ()
) -> Any:
    """Serve a function's results from disk while a scenario with a `cache_key` runs.

    The key is made of the run's cache key, the function and what its arguments mean; `self` and `cls` are left out.
    Outside a scenario, and in one without a cache key, the function is simply called. Results are kept as JSON under
    `SCENARIO_CACHE_DIR` (default `~/.scenario/cache`; set to nothing, it switches the cache off), with what they are
    results of; reading one runs no code. One that is more than data (a lock, a client, an object with more than its
    fields) is not kept, of which a warning tells. `scenario.cache.get_cache().why(…)` says why a call is not served.

    Args:
        function: a function, a method or a coroutine function; or, as the contract has it, the names to ignore.
        ignore: names of arguments that do not matter.

    Raises:
        ScriptTypeError: it is a generator, whose values cannot be kept, or `ignore` is no list (a TypeError).

    Example:
        >>> @scenario_cache(ignore=["tries"])
        ... def answer(question: str, tries: int = 3) -> str:
        ...     return f"{question}? I tried {tries} times."
    """
    if isinstance(ignore, str) or not isinstance(ignore, Collection):
        raise ScriptTypeError(f'scenario.cache(ignore={ignore!r:.120}): give the names of arguments, ["client"].')
    if function is None:
        return functools.partial(_cached, ignore=frozenset(ignore))
    if callable(function):
        return _cached(function, ignore=frozenset(ignore))
    if isinstance(function, list | tuple | set | frozenset):
        return functools.partial(_cached, ignore=frozenset(function))
    raise ScriptTypeError(
        f"scenario.cache decorates a function, not {type(function).__name__} ({function!r}): write @scenario.cache() "
        'or @scenario.cache(ignore=["client"]).'
    )


def _cached(function: Callable[..., Any], *, ignore: frozenset[str]) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ScriptTypeError(f"scenario.cache cannot keep what the generator {function.__qualname__} yields: cache a "
                              "function that returns the whole value.")  # fmt: skip
    signature = inspect.signature(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: object, **kwargs: object) -> object:
            made = _call(function, signature, args, kwargs, ignore)
            found = _MISSING if made is None else _load(made)
            if found is _MISSING:
                found = await function(*args, **kwargs)
                _keep(made, found)
            return found

        return _explained(call_async, ignore)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        made = _call(function, signature, args, kwargs, ignore)
        found = _MISSING if made is None else _load(made)
        if found is _MISSING:
            found = function(*args, **kwargs)
            # A plain function may still return something to await; that is no value yet.
            _keep(None if inspect.isawaitable(found) else made, found)
        return found

    return _explained(call, ignore)


def _explained(call: Callable[..., Any], ignore: frozenset[str]) -> Callable[..., Any]:
    """The decorated function, with what `KeptResults.why` has to know of it."""
    call.__scenario_ignore__ = ignore  # type: ignore[attr-defined]
    return call


class _Call(msgspec.Struct, frozen=True):
    """A call of a decorated function in a run with a cache key.

    Attributes:
        key: what its result is kept under.
        function: which function.
        arguments: a digest of each argument that counts, by its name.
    """

    key: str
    function: str
    arguments: Mapping[str, str]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A result as it stands in its file."""

    scenario_cache: int
    function: str
    cache_key: str
    arguments: dict[str, str]
    value: Any


def _call(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    ignore: frozenset[str],
    cache_key: str | None = None,
) -> _Call | None:
    """The call; None where nothing of it is kept."""
    if cache_key is None:
        config = current_config.get()
        cache_key = None if config is None else config.cache_key
    if cache_key is None:
        return None
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return None  # the call itself will say what is wrong with the arguments
    bound.apply_defaults()
    identity = function_identity(function, bound.arguments.get("self"))
    ignore |= {"self", "cls"}
    digests = {
        name: call_key("", "", {name: value})[:_DIGEST] for name, value in bound.arguments.items() if name not in ignore
    }
    return _Call(call_key(cache_key, identity, bound.arguments, ignore), identity, digests)


def _load(call: _Call) -> object:
    folder = cache_folder()
    stored = None if folder is None else CallCache(folder).get(call.key)
    if stored is None:
        return _MISSING
    try:
        return value_of(_read(stored).value)
    except (ValueError, NotKept):
        return _MISSING  # classes change between runs; what no longer loads is computed anew


def _read(stored: bytes) -> _Kept:
    """What stands in a file.

    Raises:
        ValueError: it is none of ours.
    """
    # Not msgspec's decoder: a text may hold one half of a surrogate pair.
    return msgspec.convert(json.loads(stored), _Kept)


def _keep(call: _Call | None, value: object) -> None:
    folder, config = cache_folder(), current_config.get()
    if call is None or folder is None or config is None or config.cache_key is None:
        return
    try:
        kept = written(value)
    except NotKept as reason:
        warn_once(
            f"@scenario.cache: {call.function} is called each time: {reason}. Return plain data, a dataclass or a "
            "pydantic model of a module's own.",
            ("scenario.cache", call.function),
        )
        return
    entry = _Kept(
        scenario_cache=_VERSION,
        function=call.function,
        cache_key=config.cache_key,
        arguments=dict(call.arguments),
        value=kept,
    )
    CallCache(folder).put(call.key, json.dumps(msgspec.structs.asdict(entry)).encode())


class KeptResults:
    """What is kept on disk of the calls of scenarios with a `cache_key`.

    Attributes:
        location: the folder; None where the cache is switched off.
    """

    def __init__(self, location: str | None) -> None:
        self.location = location

    def clear(self, warn: bool = True) -> None:
        """Forget every result, those of other processes' runs too; other files in the folder are left alone.

        Args:
            warn: taken for compatibility: nothing is said of it.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        del warn
        if self.location is not None:
            CallCache(Path(self.location)).clear()

    def why(
        self, function: Callable[..., Any], /, *args: object, cache_key: str | None = None, **kwargs: object
    ) -> str:
        """Why a call of a decorated function is served from disk or not, in a sentence.

        Args:
            function: the decorated function; of a method, the object goes first among the arguments.
            args: the call's arguments.
            cache_key: that of the run; by default, of the one that is going on.
            kwargs: the call's arguments by name.
        """
        ignore = getattr(function, "__scenario_ignore__", None)
        if ignore is None:
            return f"{getattr(function, '__qualname__', function)!s} is not decorated with @scenario.cache()."
        inner = inspect.unwrap(function)
        call = _call(inner, inspect.signature(inner), args, kwargs, ignore, cache_key)
        if call is None:
            return "No run with a cache_key is going on, or the arguments do not fit: it is simply called."
        if self.location is None:
            return "The cache is switched off: SCENARIO_CACHE_DIR is set to nothing."
        if _load(call) is not _MISSING:
            return f"It is served from disk: {self.location}."
        others = [kept for kept in self._of(call.function) if cache_key is None or kept.cache_key == cache_key]
        if not others:
            return (
                f"Nothing is kept of {call.function}: it was not called in a run with this cache_key, or what it "
                "returned cannot be kept."
            )
        near = min(others, key=lambda kept: len(_differing(kept.arguments, call.arguments)))
        differs = _differing(near.arguments, call.arguments)
        if not differs:
            return (
                f"What is kept of this call was kept under the cache_key {near.cache_key!r}, or can no longer be read."
            )
        return (
            f"Of {len(others)} kept calls of {call.function}, the nearest has another {', '.join(sorted(differs))}. "
            "What does not matter is left out with @scenario.cache(ignore=[…])."
        )

    def _of(self, function: str) -> Iterator[_Kept]:
        for stored in CallCache(Path(self.location or "")).values():
            with contextlib.suppress(ValueError):
                kept = _read(stored)
                if kept.function == function:
                    yield kept

    def __repr__(self) -> str:
        return f"KeptResults(location={self.location!r})"


def _differing(kept: Mapping[str, str], asked: Mapping[str, str]) -> set[str]:
    """The names of the arguments that are not the same."""
    return {name for name in kept.keys() | asked.keys() if kept.get(name) != asked.get(name)}


def get_cache() -> KeptResults:
    """What is kept where `SCENARIO_CACHE_DIR` says now, to see where that is or to clear it."""
    folder = cache_folder()
    return KeptResults(None if folder is None else str(folder))


class _CallableModule(ModuleType):
    """A module that is also the decorator it holds."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return scenario_cache(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
