"""Which model a server lists first, asked once for everybody on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from scenario.cassette.tapes import current_tapes

_ATTRIBUTE: Final = "_scenario_listed_models"
# Seconds for which an answer holds: servers are given other models while tests are written.
_HOLDS: Final = 60.0


class _Listed:
    def __init__(self) -> None:
        self.asking = asyncio.Lock()
        self.model: str | None = None
        self.at = 0.0


async def listed_model(
    url: str, key: str | None, ask: Callable[[], Awaitable[str | None]], *, clock: Callable[[], float]
) -> str | None:
    """The model that `ask` finds at a server; what it found for somebody else a moment ago holds for a while.

    The answers hang on the event loop, so that no module holds them. That there is none is not kept.

    Args:
        url: which server.
        key: with which key; another one may see other models.
        ask: asks the server.
        clock: a monotonic clock, in seconds.
    """
    listed = _known().setdefault((url, key), _Listed())
    async with listed.asking:
        if listed.model is None or clock() - listed.at > _HOLDS:
            listed.model = await ask()
            listed.at = clock()
        return listed.model


def _known() -> dict[tuple[str, str | None], _Listed]:
    """What is known in this loop; of a run with a cassette, what it has asked itself."""
    if (tapes := current_tapes.get()) is not None:
        own: dict[tuple[str, str | None], _Listed] = tapes.memory.setdefault(_ATTRIBUTE, {})
        return own
    loop = asyncio.get_running_loop()
    known: dict[tuple[str, str | None], _Listed] | None = getattr(loop, _ATTRIBUTE, None)
    if known is None:
        known = {}
        setattr(loop, _ATTRIBUTE, known)
    return known
