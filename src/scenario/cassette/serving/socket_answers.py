"""Recorded messages over a WebSocket, as the answers to a client's messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from scenario.cassette.interaction import COMPLETE, LEFT, Interaction
from scenario.cassette.serving.answers import Answered, Found
from scenario.cassette.serving.changed_pieces import changed
from scenario.cassette.serving.pace import Pace

# Who asks for a message's answer: what is found, and what stands in the answer for what.
Ask = Callable[[bytes], Answered]
_CODE: Final = re.compile(r"with the code (\d{4})(?:: (.*))?", re.DOTALL)
# A closing message's reason may have 123 bytes.
_LONGEST_REASON: Final = 120


async def conversed(
    request: web.Request,
    websocket: web.WebSocketResponse,
    ask: Ask,
    *,
    factor: float | None,
    names_of: Callable[[Found], Mapping[str, str]],
    goes_on: Callable[[Found], bool],
) -> None:
    """Answer message after message, until either side ends it.

    Args:
        request: the handshake.
        websocket: the connection, prepared.
        ask: finds the recorded call that answers a message.
        factor: how many times as fast as it was recorded; None for at once.
        names_of: what stands in an answer for what.
        goes_on: whether the recording had another message on the same connection.
    """
    async for message in websocket:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            break
        data = message.data.encode(errors="surrogatepass") if isinstance(message.data, str) else message.data
        found = ask(data)
        if not isinstance(found, Found):
            await websocket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"This is not recorded.")
            return
        pace, call = Pace(factor), found.place.call
        for piece in changed(call.chunks, names_of(found)):
            await pace.reach(piece.at)
            await _sent(websocket, piece.data)
        if await _ended(request, websocket, call, pace, goes_on=goes_on(found)):
            return


async def _sent(websocket: web.WebSocketResponse, data: bytes) -> None:
    try:
        await websocket.send_str(data.decode())
    except UnicodeDecodeError:
        await websocket.send_bytes(data)


async def _ended(
    request: web.Request, websocket: web.WebSocketResponse, call: Interaction, pace: Pace, *, goes_on: bool
) -> bool:
    """End the connection as the recording did; whether it did."""
    end = call.end
    if end.how == LEFT or (end.how == COMPLETE and goes_on):
        return False  # its reader let go of it: the client may say more, or go
    if end.how in ("first_byte", "idle", "total", "limit"):
        return False  # it was silent; the next message may come, if the client waits for any
    await pace.reach(end.at)
    if end.how == COMPLETE:
        await websocket.close()
    elif (said := _CODE.search(end.message)) is not None:
        reason = (said[2] or "").encode()[:_LONGEST_REASON].decode(errors="ignore")
        await websocket.close(code=int(said[1]), message=reason.encode())
    elif request.transport is not None:
        request.transport.close()
    return True
