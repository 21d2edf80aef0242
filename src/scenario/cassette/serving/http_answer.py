"""A recorded call as the answer to an HTTP request: the same head and pieces at the same times, to the same end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from scenario.cassette.interaction import COMPLETE, LEFT, LIMIT, Interaction
from scenario.cassette.serving.changed_pieces import changed, changed_text
from scenario.cassette.serving.gate import for_pages
from scenario.cassette.serving.pace import Pace
from scenario.exchange import Chunk
from scenario.redaction import REDACTED

# They are about one connection, or said anew: bodies are recorded as they are once they are decoded.
_LEFT_OUT: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "transfer-encoding", "te", "trailer",
     "upgrade", "content-length", "content-encoding", "date", "server", "alt-svc", "strict-transport-security",
     "set-cookie"}
)  # fmt: skip
_OF_BROWSERS: Final = "access-control-"
# The server was silent, or its reader had enough: what came then is not known, and no end of it is made up.
_SILENT: Final = frozenset({LEFT, LIMIT, "first_byte", "idle", "total"})
_CODING: Final = "coding"
_EMPTY: Final = frozenset({204, 304})


async def answered(
    request: web.Request, call: Interaction, names: Mapping[str, str], pace: Pace, stopping: asyncio.Event
) -> web.StreamResponse:
    """Answer a request as the recording says.

    Args:
        request: what came.
        call: the recording.
        names: what stands in the answer for what.
        pace: when its parts are due.
        stopping: is set when the server ends, and nothing is waited for any more.
    """
    answer, pieces = call.answer, changed(call.chunks, names)
    if answer is None:
        await _to_the_end(request, call, pace, stopping)
        return web.Response(status=502)  # which nobody reads: the connection is closed
    response = web.StreamResponse(status=answer.status, headers=_headers(request, call, names))
    _say_the_length(response, call, pieces)
    await pace.reach(answer.opened)
    with contextlib.suppress(ConnectionError):  # it has hung up, as it may
        await response.prepare(request)
        for piece in pieces:
            await pace.reach(piece.at)
            if piece.data:
                await response.write(piece.data)
        if call.end.how == COMPLETE:
            await pace.reach(call.end.at)
            await response.write_eof()
        else:
            await _to_the_end(request, call, pace, stopping)
    return response


async def _to_the_end(request: web.Request, call: Interaction, pace: Pace, stopping: asyncio.Event) -> None:
    """What comes where no end came that HTTP knows: silence until the client has had enough, or a cut."""
    if call.end.how in _SILENT:
        await stopping.wait()
    await pace.reach(call.end.at)
    if request.transport is not None:
        request.transport.close()


def _headers(request: web.Request, call: Interaction, names: Mapping[str, str]) -> Mapping[str, str]:
    assert call.answer is not None  # noqa: S101 - its caller has looked
    coding = {"content-encoding"} if call.end.how == _CODING else set()
    told = {
        name: changed_text(value, names)
        for name, value in call.answer.headers.items()
        if name.lower() not in _LEFT_OUT - coding and not name.lower().startswith(_OF_BROWSERS) and value != REDACTED
    }
    headers = for_pages(request, list(told))
    if (vary := told.pop("vary", "")) and "Vary" in headers:
        headers["Vary"] = f"{vary}, Origin"
    elif vary:
        headers["Vary"] = vary
    headers.update(told)
    return headers


def _say_the_length(response: web.StreamResponse, call: Interaction, pieces: list[Chunk]) -> None:
    """Tell the body's length where it was told; of a body that was cut, the one that it was to have."""
    assert call.answer is not None  # noqa: S101 - its caller has looked
    headers = {name.lower(): value for name, value in call.answer.headers.items()}
    length = headers.get("content-length", "")
    if response.status in _EMPTY or not (length.isascii() and length.isdigit() and len(length) < 16):
        return
    size, was = sum(len(piece.data) for piece in pieces), len(call.body)
    if call.end.how == COMPLETE:
        response.content_length = size
    elif "content-encoding" not in headers and int(length) > was:
        response.content_length = int(length) + size - was
