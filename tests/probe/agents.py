"""Agents of several kinds on one loopback server, each at a path of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from scenario.testing.local_server import LocalServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "sk-test-0123456789abcdef"  # noqa: S105 - nobody's
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Agents(LocalServer):
    """Serves the handlers that it is given.

    Args:
        posts: a handler for each path.
        gets: the same for GET; a mapping is sent as JSON.

    Attributes:
        asked: method and path of each request, in order.
        bodies: the JSON bodies of the POST requests, in order.
    """

    def __init__(self, posts: dict[str, Handler], gets: dict[str, Handler | dict[str, Any]] | None = None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self._posts = posts
        self._gets = gets or {}

    def _routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{path:.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.method == "GET":
            found = self._gets.get(request.path)
            if isinstance(found, dict):
                return web.json_response(found)
        else:
            found = self._posts.get(request.path)
            self.bodies.append(msgspec.json.decode(await request.read() or b"null"))
        return web.Response(status=404) if found is None else await found(request)


async def events(request: web.Request, *values: Any, end: bool = True) -> web.StreamResponse:
    """Answer with these values as events, and `[DONE]`."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    for value in values:
        await response.write(b"data: " + msgspec.json.encode(value) + b"\n\n")
    if end:
        await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


async def body_of(request: web.Request) -> dict[str, Any]:
    """The request's JSON object."""
    body = msgspec.json.decode(await request.read())
    assert isinstance(body, dict)
    return body


async def home_made(request: web.Request) -> web.StreamResponse:
    """Takes what home-made endpoints take, and says it again."""
    said = (await body_of(request))["messages"][-1]["content"]
    return await events(request, {"content": "You said: "}, {"content": said})


async def particular(request: web.Request) -> web.StreamResponse:
    """Takes a question and a session's id, and says what is missing."""
    body = await body_of(request)
    missing = [name for name in ("question", "session_id") if name not in body]
    if missing:
        detail = [{"type": "missing", "loc": ["body", name], "msg": "Field required"} for name in missing]
        return web.json_response({"detail": detail}, status=422)
    return await events(request, {"token": "It is "}, {"token": "18 degrees."})


async def ag_ui(request: web.Request) -> web.StreamResponse:
    """Speaks AG-UI, and refuses everything else with a list of what is missing."""
    body = await body_of(request)
    missing = [name for name in ("threadId", "runId", "messages") if name not in body]
    if missing:
        return web.json_response([{"type": "missing", "loc": [name]} for name in missing], status=422)
    run = {"threadId": body["threadId"], "runId": body["runId"]}
    message = {"messageId": "m1"}
    return await events(
        request,
        {"type": "RUN_STARTED", **run},
        {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", **message, "delta": "Hello."},
        {"type": "TEXT_MESSAGE_END", **message},
        {"type": "RUN_FINISHED", **run},
        end=False,
    )


async def private(request: web.Request) -> web.StreamResponse:
    """Wants to know who asks."""
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return web.json_response({"error": "who are you?"}, status=401)
    return await home_made(request)


async def refusing(_request: web.Request) -> web.StreamResponse:
    """Takes nothing, and does not say why."""
    return web.json_response({"error": "no"}, status=400)


class Memory:
    """An agent that remembers a word for each thread; or for everybody, where it is `leaky`."""

    def __init__(self, *, leaky: bool = False, forgetful: bool = False) -> None:
        self._words: dict[str, str] = {}
        self._leaky = leaky
        self._forgetful = forgetful

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Remember or recall."""
        body = await body_of(request)
        said, thread = body["message"], body["thread"]
        if "remember this word" in said:
            self._words[thread] = said.partition("me: ")[2].partition(".")[0]
            return await events(request, {"content": "OK"})
        if self._forgetful:
            return await events(request, {"content": "I do not know."})
        known = " ".join(self._words.values()) if self._leaky else self._words.get(thread, "nothing")
        return await events(request, {"content": known})
