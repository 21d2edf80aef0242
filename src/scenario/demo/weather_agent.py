"""The bundled agent under test: a server on loopback that streams OpenAI-style chunks, and ends with [DONE]."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from scenario.demo.forecast import answer
from scenario.types import Message, Usage
from scenario.wire.sse import ServerSentEvent
from scenario.wire.sse_writing import encode

# What is said to a conversation, and the tokens that a model has spent on it.
Answer = Callable[[list[Message]], Awaitable[tuple[str, Usage]]]

_WORDS = re.compile(r"\s*\S+")


# Proxies that buffer a stream, or keep it, are told not to.
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def by_rules(messages: list[Message]) -> tuple[str, Usage]:
    """The answer from the table of cities, which costs no tokens."""
    return answer(messages), Usage()


@asynccontextmanager
async def weather_agent(respond: Answer = by_rules, *, pace: float = 0.005, port: int = 0) -> AsyncIterator[str]:
    """Serve the weather agent on loopback while the context lasts; gives its URL.

    Args:
        respond: what it says to a conversation.
        pace: seconds between two words.
        port: where; 0 takes a free one.
    """

    async def chat(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json(loads=msgspec.json.decode)
            messages = [message for message in body["messages"] if isinstance(message, dict)]
        except (msgspec.DecodeError, KeyError, TypeError):
            error = {"error": {"message": 'send {"messages": [...]}', "type": "invalid_request_error"}}
            return web.json_response(error, status=400)
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        text, usage = await respond(messages)
        for piece in ("", *_WORDS.findall(text)):
            await response.write(_chunk({"role": "assistant"} if not piece else {"content": piece}))
            await asyncio.sleep(pace)
        await response.write(_chunk({}, finish_reason="stop"))
        if _wants_usage(body):
            await response.write(_usage_chunk(usage))
        await response.write(encode(ServerSentEvent(data="[DONE]")))
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    # Who hangs up (Ctrl-C does) ends the answer; without this, aiohttp prints the write that fails then.
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        taken = runner.addresses[0][1]
        yield f"http://127.0.0.1:{taken}/v1/chat/completions"
    finally:
        await runner.cleanup()


def _wants_usage(body: dict[str, object]) -> bool:
    options = body.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def _chunk(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    return _event(choices=[{"index": 0, "delta": delta, "finish_reason": finish_reason}])


def _usage_chunk(usage: Usage) -> bytes:
    tokens = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    return _event(choices=[], usage=tokens)


def _event(**fields: object) -> bytes:
    body = {
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "weather-by-rules",
        **fields,
    }
    return encode(ServerSentEvent(data=msgspec.json.encode(body).decode()))
