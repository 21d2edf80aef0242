"""Reading a body to its end by handing its pieces to a function, in the way that costs the response least."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from scenario.exchange import Chunk
from scenario.transport.transport import Response, Take

# What a response may have beside `chunks`, under the name `receive`, to hand its pieces out by itself: many at a time,
# while the reader's task sleeps until the end. It does what `received` says.
Receive: TypeAlias = Callable[[Take], Awaitable[bool]]


async def received(response: Response, take: Take) -> bool:
    """Read a response's body to its end, or until `take` has waited long enough for more.

    Args:
        response: what is read. It needs no more than `chunks`.
        take: is handed each piece, with the time at which it arrived.

    Returns:
        Whether the wait for more has ended it; False where the body has.

    Raises:
        TransportError: the transfer broke; and whatever `take` raises.
    """
    receive: Receive | None = getattr(response, "receive", None)
    return await pulled(response.chunks(), take) if receive is None else await receive(take)


async def pulled(chunks: AsyncIterator[Chunk], take: Take) -> bool:
    """The same for pieces that have to be asked for."""
    now = asyncio.get_running_loop().time
    until: float | None = None
    try:
        async with asyncio.timeout(None) as quiet:
            async for chunk in chunks:
                before, until = until, take(chunk)
                if until == before:
                    continue
                if until is not None and until <= chunk.at:
                    return True
                # From now on and not from the piece's time on: a replay's times are not this loop's.
                quiet.reschedule(None if until is None else now() + until - chunk.at)
    except TimeoutError:
        if not quiet.expired():
            raise
        return True
    finally:
        if (close := getattr(chunks, "aclose", None)) is not None:
            await close()
    return False
