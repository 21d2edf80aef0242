"""The chunked pattern: an agent that streams plain text, cut anywhere."""

from __future__ import annotations

import asyncio

from aiohttp import web

import scenario
from tests.patterns.conftest import Serve

TEXT = "Es ist 18 °C in Zürich — 晴れ, sagt der Wetterbericht."


async def text_handler(request: web.Request) -> web.StreamResponse:
    """Cut every five bytes, in the middle of characters."""
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    await response.prepare(request)
    body = TEXT.encode()
    for start in range(0, len(body), 5):
        await response.write(body[start : start + 5])
        await asyncio.sleep(0)
    await response.write_eof()
    return response


async def test_characters_that_are_cut_between_chunks_arrive_whole(serve: Serve) -> None:
    """UTF-8 is decoded across chunks; no character is lost or doubled."""
    url = await serve("/stream", text_handler)
    result = await scenario.run(
        name="chunked text",
        description="",
        agents=[scenario.RemoteAgent(f"{url}/stream")],
        script=[scenario.user("Wie ist das Wetter?"), scenario.agent(), scenario.succeed()],
    )
    assert result.messages[-1] == {"role": "assistant", "content": TEXT}
