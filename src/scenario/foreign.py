"""Calling foreign code: participants, steps and callbacks of whatever kind, never blocking the loop.

A coroutine function runs on the caller's loop. A plain function runs in a thread of its own with the caller's context
variables; those that it sets are set afterwards, as if it had been called in place. A generator's pieces are gathered;
those of an asynchronous one are told to `on_text` as they come.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

from scenario.errors import ScriptTypeError
from scenario.handover import Handover

TextCallback = Callable[[str], None]


def is_coroutine_function(function: Any) -> bool:
    """Whether calling it gives a coroutine; objects with an asynchronous `__call__` count."""
    # `__call__` of an instance is looked up on it on purpose: its class decides whether the call is asynchronous.
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


def check_takes_one(function: Any) -> None:
    """Refuse a function that cannot be called with the state alone.

    Raises:
        ScriptTypeError: it takes none, or demands more.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # built-in functions may have no signature to read
        return
    try:
        signature.bind(None)
    except TypeError:
        name = getattr(function, "__qualname__", repr(function))
        raise ScriptTypeError(
            f"{name}{signature} is called with the state: give it exactly one argument, `def {name}(state): ...`."
        ) from None


async def called(function: Any, argument: Any, *, on_text: TextCallback | None = None) -> Any:
    """What `function(argument)` gives in the end, whichever kind of function it is."""
    if is_coroutine_function(function):
        return await function(argument)
    if inspect.isasyncgenfunction(function):
        return await _gathered(function(argument), on_text)
    value = await in_thread(_called_and_drained, function, argument)
    if inspect.isawaitable(value):
        return await value
    if isinstance(value, AsyncIterator):
        return await _gathered(value, on_text)
    return value


def _called_and_drained(function: Any, argument: Any) -> Any:
    value = function(argument)
    return _joined(list(value)) if isinstance(value, Iterator) else value


async def _gathered(pieces: AsyncIterator[Any], on_text: TextCallback | None) -> Any:
    collected = []
    try:
        async for piece in pieces:
            if isinstance(piece, str) and on_text is not None:
                on_text(piece)
            collected.append(piece)
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    return _joined(collected)


def _joined(pieces: list[Any]) -> Any:
    """Pieces of text are one text; anything else is a list of messages."""
    return "".join(pieces) if all(isinstance(piece, str) for piece in pieces) else pieces


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a plain function in a daemon thread of its own; cancelling gives the thread up and returns at once.

    Not the loop's executor: that has few threads, so that blocking agents would wait for each other, and it is joined
    at the end of the program, so that one that hangs would hold it.
    """
    handover = Handover()

    def work() -> None:
        value, error = None, None
        try:
            value = handover.context.run(function, *arguments)
        except BaseException as raised:  # noqa: BLE001 - it is handed to the loop as it is, KeyboardInterrupt too
            error = raised
        handover.settle(value, error)

    threading.Thread(target=work, name=f"scenario-{getattr(function, '__name__', 'call')}", daemon=True).start()
    return await handover.awaited()
