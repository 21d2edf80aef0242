"""Asynchronous tests that nobody runs, and runs that nobody awaits: what is said of them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Final

import pytest

# So pytest begins what it says of a test that it cannot run.
_REFUSED: Final = "async def function"


def never_awaited(runs: Sequence[str], item: pytest.Item) -> str:
    """The failure of a test that handed out runs and awaited none of them.

    Args:
        runs: which, in words.
        item: the test.
    """
    was, it = ("was", "it") if len(runs) == 1 else ("were", "them")
    return (
        f"{', '.join(runs)} {was} never awaited, so nothing of {it} was played or tested. Write "
        "`result = await scenario.run(...)` in an `async def` test, or `result = asyncio.run(scenario.run(...))` in a "
        f"plain one, and `assert result.success`.{_how_to_mark(item)}"
    )


def why_not_run(said: str, item: pytest.Item) -> str | None:
    """What to say instead of pytest's own words of an asynchronous test; None where those are right.

    pytest-asyncio leaves alone what is not marked, unless it is told otherwise: then pytest asks for a plug-in to be
    installed, which is there.

    Args:
        said: pytest's words.
        item: the test.
    """
    if not said.startswith(_REFUSED):
        return None
    function = getattr(item, "obj", None)
    if not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        return (
            f"{item.name} is no `async def` and returned what is to be awaited, which nobody does: make it an "
            f"`async def`, and `await` it there.{_how_to_mark(item)}"
        )
    if not _is_strict(item.config):
        return None
    return (
        f"{item.name} is an `async def`, and pytest-asyncio runs those that are marked, as its mode is strict.{_MARK}"
    )


_MARK: Final = (
    " Mark the test with @pytest.mark.asyncio, or have all asynchronous tests run: `asyncio_mode = auto` in pytest's "
    'configuration (in pyproject.toml, asyncio_mode = "auto" under [tool.pytest.ini_options]).'
)


def _how_to_mark(item: pytest.Item) -> str:
    """How an `async def` test is made to run, where that takes a mark which this one has not."""
    marked = item.get_closest_marker("asyncio") is not None
    return _MARK if _is_strict(item.config) and not marked else ""


def _is_strict(config: pytest.Config) -> bool:
    """Whether pytest-asyncio is there, and leaves alone what is not marked."""
    if not config.pluginmanager.hasplugin("asyncio"):
        return False
    try:
        mode = config.getoption("asyncio_mode", default=None) or config.getini("asyncio_mode")
    except ValueError:  # another plug-in of that name
        return False
    return str(getattr(mode, "value", mode)) == "strict"
