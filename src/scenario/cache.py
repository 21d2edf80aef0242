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

import functools
import inspect
import pickle
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import ModuleType
from typing import Any, Final, ParamSpec, TypeVar, overload

from scenario.call_cache import CallCache, cache_folder
from scenario.call_key import call_key, function_identity
from scenario.dialogue.current_run import current_config
from scenario.errors import ScriptTypeError

__all__ = ["KeptResults", "get_cache", "scenario_cache"]

P = ParamSpec("P")
R = TypeVar("R")
_MISSING: Final = object()


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
    Outside a scenario, and in one without a cache key, the function is simply called. Results are pickled under
    `SCENARIO_CACHE_DIR` (default `~/.scenario/cache`; set to nothing, it switches the cache off); one that cannot be
    pickled is not kept.

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
            key = _key(function, signature, args, kwargs, ignore)
            found = _MISSING if key is None else _load(key)
            if found is _MISSING:
                found = await function(*args, **kwargs)
                _keep(key, found)
            return found

        return call_async

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        key = _key(function, signature, args, kwargs, ignore)
        found = _MISSING if key is None else _load(key)
        if found is _MISSING:
            found = function(*args, **kwargs)
            # A plain function may still return something to await; that is no value yet.
            _keep(None if inspect.isawaitable(found) else key, found)
        return found

    return call


def _key(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    ignore: frozenset[str],
) -> str | None:
    config = current_config.get()
    if config is None or config.cache_key is None:
        return None
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return None  # the call itself will say what is wrong with the arguments
    bound.apply_defaults()
    owner = bound.arguments.get("self")
    identity = function_identity(function, owner)
    return call_key(config.cache_key, identity, bound.arguments, ignore | {"self", "cls"})


def _load(key: str) -> object:
    folder = cache_folder()
    stored = None if folder is None else CallCache(folder).get(key)
    if stored is None:
        return _MISSING
    try:
        return pickle.loads(stored)  # noqa: S301 - our own file, in a folder that is the user's alone
    except Exception:  # noqa: BLE001 - classes change between runs; what no longer loads is computed anew
        return _MISSING


def _keep(key: str | None, value: object) -> None:
    folder = cache_folder()
    if key is None or folder is None:
        return
    try:
        stored = pickle.dumps(value)
    except Exception:  # noqa: BLE001 - any class may refuse to be pickled, in its own words
        return
    CallCache(folder).put(key, stored)


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

    def __repr__(self) -> str:
        return f"KeptResults(location={self.location!r})"


def get_cache() -> KeptResults:
    """What is kept where `SCENARIO_CACHE_DIR` says now, to see where that is or to clear it."""
    folder = cache_folder()
    return KeptResults(None if folder is None else str(folder))


class _CallableModule(ModuleType):
    """A module that is also the decorator it holds."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return scenario_cache(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
