"""The live page's server: the page itself, what it asks of the store, and what happens there as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec
from aiohttp import web

from scenario.errors import ConfigurationError
from scenario.record.account_parts import json_of
from scenario.report.files.html import page
from scenario.viewer.desk import Desk, query_of
from scenario.viewer.gate import Gate, new_token
from scenario.wire.sse import ServerSentEvent
from scenario.wire.sse_writing import encode, encode_comment

_LOOK_SECONDS: Final = 0.25
_ALIVE_SECONDS: Final = 15.0
_LARGEST_BODY: Final = 256 * 1024

T = TypeVar("T")


class _Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of a criterion; None takes it back."""

    criterion: str
    met: bool | None


class ViewerServer:
    """Serves a store to a browser on this machine, for as long as an `async with` lasts.

    Args:
        folder: the store's.
        port: where to listen on 127.0.0.1; 0 takes a free one.
        token: what the page must carry; a new one by default.

    Raises:
        ConfigurationError: there is no store, it cannot be read, or the port is taken.
    """

    def __init__(self, folder: Path, *, port: int = 0, token: str | None = None) -> None:
        self._folder = folder
        self._port = port
        self._token = new_token() if token is None else token
        self._gate = Gate(self._token)
        self._stopping = asyncio.Event()
        # The store's readers belong to one thread, and a search must not hold up those who follow along.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scenario-view")
        self._stack = contextlib.AsyncExitStack()

    @property
    def origin(self) -> str:
        """Where it listens: `http://127.0.0.1:40001`."""
        return f"http://127.0.0.1:{self._gate.port}"

    @property
    def address(self) -> str:
        """What to open: the token is in the fragment, which no browser sends anywhere."""
        return f"{self.origin}/#token={self._token}"

    async def __aenter__(self) -> Self:
        """Open the store and listen."""
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._thread.shutdown, wait=False)
            self._desk = await self._blocking(lambda: Desk(self._folder))
            stack.push_async_callback(self._blocking, self._desk.close)
            application = web.Application(middlewares=[self._gate.middleware], client_max_size=_LARGEST_BODY)
            application.on_response_prepare.append(self._gate.on_prepare)
            application.add_routes(self._routes())
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            stack.callback(self._stopping.set)
            try:
                await web.TCPSite(runner, "127.0.0.1", self._port).start()
            except OSError as error:
                raise ConfigurationError(
                    f"Port {self._port} of 127.0.0.1 cannot be listened on: {error.strerror or error}. "
                    "Name another one with --port, or 0 for any that is free."
                ) from error
            self._gate.port = runner.addresses[0][1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening, end the streams, close the store."""
        await self._stack.aclose()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.get("/api/invocations", self._invocations),
            web.get("/api/scenarios", self._scenarios),
            web.get("/api/scenarios/{run_id}", self._scenario),
            web.get("/api/scenarios/{run_id}/labels", self._labels),
            web.put("/api/scenarios/{run_id}/labels", self._label),
            web.get("/api/overview", self._overview),
            web.get("/api/compare", self._compare),
            web.get("/api/events", self._events),
        ]

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _answered(self, work: Callable[[], object]) -> web.Response:
        try:
            value = await self._blocking(work)
        except ConfigurationError as error:
            return web.json_response({"error": str(error)}, status=404)
        return web.Response(text=json_of(value), content_type="application/json")

    async def _page(self, _: web.Request) -> web.Response:
        text = "".join(page({"live": True, "title": "Scenario"}, title="Scenario", live=True))
        return web.Response(text=text, content_type="text/html")

    async def _invocations(self, request: web.Request) -> web.Response:
        return await self._answered(lambda: self._desk.invocations(_number(request, "before")))

    async def _scenarios(self, request: web.Request) -> web.Response:
        return await self._answered(lambda: self._desk.scenarios(query_of(request.query.items())))

    async def _scenario(self, request: web.Request) -> web.Response:
        return await self._answered(lambda: self._desk.account(request.match_info["run_id"]))

    async def _labels(self, request: web.Request) -> web.Response:
        return await self._answered(lambda: self._desk.labels(request.match_info["run_id"]))

    async def _label(self, request: web.Request) -> web.Response:
        """The one thing that can be written: what a person says of a criterion."""
        # A form of another site can be of no such type; a script of it is refused before by what it cannot set.
        if request.content_type != "application/json":
            return web.json_response({"error": "A label comes as application/json."}, status=415)
        try:
            told = msgspec.json.decode(await request.read(), type=_Label)
        except msgspec.DecodeError as error:
            return web.json_response({"error": f"This is no label: {error}."}, status=400)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        run_id = request.match_info["run_id"]
        return await self._answered(lambda: self._desk.label(run_id, told.criterion, told.met, at=at))

    async def _overview(self, request: web.Request) -> web.Response:
        return await self._answered(lambda: self._desk.overview(request.query.get("invocation") or None))

    async def _compare(self, request: web.Request) -> web.Response:
        query = request.query
        return await self._answered(lambda: self._desk.compare(query.get("before", ""), query.get("after", "")))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """What changes in the store, from now or from a cursor on, as server-sent events whose ids are cursors."""
        try:
            cursor = _number(request, "after")
        except ConfigurationError as error:
            return web.json_response({"error": str(error)}, status=404)
        if cursor is None:
            cursor = await self._blocking(self._desk.cursor)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            await response.write(encode(ServerSentEvent(event="hello", data="{}", id=str(cursor))))
            await self._follow(response, cursor)
        return response

    async def _follow(self, response: web.StreamResponse, cursor: int) -> None:
        clock = asyncio.get_running_loop().time
        said, last = str(cursor), clock()
        while not self._stopping.is_set():
            after = cursor
            cursor, rows = await self._blocking(lambda: self._desk.changes(after))  # noqa: B023 - called at once
            if rows:
                event = ServerSentEvent(event="changed", data=json_of(rows), id=str(cursor))
                await response.write(encode(event, last_event_id=said))
                said, last = str(cursor), clock()
                continue
            if clock() - last > _ALIVE_SECONDS:
                await response.write(encode_comment(" alive"))
                last = clock()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK_SECONDS)


def _number(request: web.Request, name: str) -> int | None:
    value = request.query.get(name)
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise ConfigurationError(f"{name} is a number, not {value[:40]!r}.")
    return int(value)
