"""A small agent behind an HTTP endpoint, for tests of what calls agents."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, TypeAlias

import msgspec
from aiohttp import web

from scenario.protocols.json_text import read_json
from scenario.testing.local_server import LocalServer
from scenario.testing.model_reply import ModelReply, openai_chunks

Style: TypeAlias = Literal["openai-chat", "sse", "ndjson", "json", "text"]
_CONTENT_TYPES: dict[Style, str] = {
    "openai-chat": "text/event-stream",
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
}

# What a stream should be sent with, so that nothing on the way keeps it.
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class AgentServer(LocalServer):
    """An agent at `url` that answers every POST, word by word where its style streams.

    It listens within its `async with` block.

    Args:
        reply: the answer, or a function of the request's JSON body that gives it; it may be a coroutine function.
        style: how it answers: "openai-chat" (chunks and `[DONE]`), "sse" (`{"content": …}` and `[DONE]`), "ndjson"
            (a line for each word), "json" (`{"content": …}`) or "text".

    Attributes:
        requests: the decoded bodies that came, in order.

    Example:
        async with AgentServer(lambda body: f"You said {body['messages'][-1]['content']}") as agent:
            agents = [scenario.RemoteAgent(agent.url)]
    """

    def __init__(
        self,
        reply: str | Callable[[dict[str, Any]], str | Awaitable[str]] = "Hello, how can I help you?",
        *,
        style: Style = "openai-chat",
    ) -> None:
        super().__init__()
        self.requests: list[dict[str, Any]] = []
        self._reply = reply
        self._style = style

    @property
    def url(self) -> str:
        """The endpoint: `http://127.0.0.1:40001/chat`."""
        return f"{super().url}/chat"

    def _routes(self) -> list[web.RouteDef]:
        return [web.post("/chat", self._answer), web.post("/chat/completions", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = read_json(await request.read())
        if not isinstance(body, dict):
            return web.json_response({"error": "The body of the request is no JSON object."}, status=400)
        self.requests.append(body)
        text = self._reply(body) if callable(self._reply) else self._reply
        if inspect.isawaitable(text):
            text = await text
        response = web.StreamResponse(headers={"Content-Type": _CONTENT_TYPES[self._style], **_UNBUFFERED})
        await response.prepare(request)
        async for piece in self._pieces(text):
            await response.write(piece)
        await response.write_eof()
        return response

    async def _pieces(self, text: str) -> AsyncIterator[bytes]:
        words = [word if index == 0 else f" {word}" for index, word in enumerate(text.split(" "))]
        encode = msgspec.json.encode
        match self._style:
            case "openai-chat":
                for chunk in openai_chunks(ModelReply(text=text), "test-agent", usage=False):
                    yield b"data: " + encode(chunk) + b"\n\n"
                yield b"data: [DONE]\n\n"
            case "sse":
                for word in words:
                    yield b"data: " + encode({"content": word}) + b"\n\n"
                yield b"data: [DONE]\n\n"
            case "ndjson":
                for word in words:
                    yield encode({"content": word}) + b"\n"
            case "json":
                yield encode({"content": text})
            case "text":
                for word in words:
                    yield word.encode()
