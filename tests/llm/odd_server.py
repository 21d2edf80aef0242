"""A model's server with habits of its own: every request goes to one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from scenario.protocols.json_text import read_json
from scenario.testing.local_server import LocalServer


class OddServer(LocalServer):
    """Answers what a function of the path and the body makes.

    Args:
        answering: makes a response of a path and the decoded body, which is None where there is none.

    Attributes:
        asked: paths and bodies, in order.
    """

    def __init__(self, answering: Callable[[str, Any], web.Response]) -> None:
        super().__init__()
        self.asked: list[tuple[str, Any]] = []
        self._answering = answering

    def _routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{path:.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = read_json(raw) if raw else None
        self.asked.append((request.path, body))
        return self._answering(request.path, body)


def complaint(message: str, status: int = 400, **more: str) -> web.Response:
    """An error response in OpenAI's shape."""
    return web.json_response({"error": {"message": message, **more}}, status=status)


def completion(text: str) -> web.Response:
    """A whole answer in OpenAI's shape."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return web.json_response({"object": "chat.completion", "choices": [choice]})


def stream(*chunks: str, content_type: str = "text/event-stream") -> web.Response:
    """The data of events, in one body."""
    return web.Response(text="".join(f"data: {chunk}\n\n" for chunk in chunks), content_type=content_type)
