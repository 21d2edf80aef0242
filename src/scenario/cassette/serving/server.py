"""A cassette served as an agent on loopback: what is recorded is answered, what is not is a problem that says why."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Final, NamedTuple, Self

from aiohttp import web

from scenario.cassette.ignored_fields import ignored
from scenario.cassette.interaction import Conversation
from scenario.cassette.serving.answers import Answered, Answers, Found, Missing, Place
from scenario.cassette.serving.gate import for_pages, is_preflight, preflight, refusal
from scenario.cassette.serving.http_answer import answered
from scenario.cassette.serving.pace import Pace
from scenario.cassette.serving.socket_answers import conversed
from scenario.config.cassette import Cassette
from scenario.errors import ConfigurationError
from scenario.exchange import HttpRequest

_MAX_REQUEST: Final = 64 * 1024 * 1024
# A message of a client's is read whole.
_MAX_MESSAGE: Final = 16 * 1024 * 1024
_NOT_FOUND: Final = 404
_NOT_RECORDED: Final = 501
_FORBIDDEN: Final = 403
_SWITCHING: Final = 101


class Asked(NamedTuple):
    """A request that came, and what is answered.

    Attributes:
        method: "WS" of a message over a WebSocket.
        path: with its query.
        answer: the recorded call, or that there is none; the words of a refusal.
    """

    method: str
    path: str
    answer: Answered | str


class CassetteServer:
    """Answers requests from recorded calls, for as long as an `async with` lasts.

    Args:
        conversations: whose calls of agents are served.
        cassette: how they are matched, what does not count, and how fast they play.
        host: where to listen: an address of this machine alone.
        port: 0 takes a free one.
        tell: is told of each request.

    Attributes:
        port: where it listens.

    Raises:
        ConfigurationError: the address is none of loopback, or the port is taken.
    """

    def __init__(
        self,
        conversations: Iterable[Conversation],
        cassette: Cassette,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tell: Callable[[Asked], None] = lambda _: None,
    ) -> None:
        self._host = _loopback(host)
        self.port = port
        self._tell = tell
        speed = cassette.speed
        self._factor = None if speed == "instant" else 1.0 if speed == "recorded" else float(speed)
        self._answers = Answers(conversations, match=cassette.match, ignore=ignored(cassette.ignore))
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        """Where it listens: `http://127.0.0.1:40001`."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    @property
    def places(self) -> Sequence[Place]:
        """The calls that are served."""
        return self._answers.places

    async def __aenter__(self) -> Self:
        """Listen."""
        application = web.Application(client_max_size=_MAX_REQUEST)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"Port {self.port} of {self._host} cannot be listened on: {error.strerror or error}. "
                "Name another one with --port, or 0 for any that is free."
            ) from error
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening, and cut what is open."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if why := refusal(request, self.port):
            self._tell(Asked(request.method, request.path_qs, why))
            return _problem(request, _FORBIDDEN, "Refused", why)
        if is_preflight(request):
            return preflight(request)
        origin = f"{request.scheme}://{request.host}"
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, f"ws{origin.removeprefix('http')}")
        pace = Pace(self._factor)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(request, 413, "Too large", f"A request has {_MAX_REQUEST:,} bytes at most.")
        sent = HttpRequest(method=request.method, url=f"{origin}{request.raw_path}", body=body)
        found = self._answers.find(sent, request.raw_path, origin)
        self._tell(Asked(request.method, request.raw_path, found))
        if isinstance(found, Missing):
            return self._not_recorded(request, found)
        return await answered(request, found.place.call, _names(found, origin), pace, self._stopping)

    async def _socket(self, request: web.Request, origin: str) -> web.StreamResponse:
        path = request.raw_path
        ask = partial(self._message, path, origin)
        here = self._answers.at(path)
        if not here:
            found = ask(b"")
            assert isinstance(found, Missing)  # noqa: S101 - nothing is there
            return self._not_recorded(request, found)
        refused = [one for one in here if one.call.answer is not None and one.call.answer.status != _SWITCHING]
        if len(refused) == len(here):
            found = Found(refused[0], {})
            self._tell(Asked("WS", path, found))
            return await answered(request, refused[0].call, {}, Pace(self._factor), self._stopping)
        websocket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, protocols=_protocols(request))
        with contextlib.suppress(ConnectionError):  # it has hung up, as it may
            await websocket.prepare(request)
            await conversed(
                request,
                websocket,
                ask,
                factor=self._factor,
                names_of=lambda found: _names(found, origin),
                goes_on=self._goes_on,
            )
        return websocket

    def _message(self, path: str, origin: str, data: bytes) -> Answered:
        found = self._answers.find(HttpRequest(url=f"{origin}{path}", body=data), path, origin, over_socket=True)
        self._tell(Asked("WS", path, found))
        return found

    def _goes_on(self, found: Found) -> bool:
        """Whether the call behind this one came on the same connection."""
        following = self._answers.after(found.place)
        return following is not None and following.call.answer is not None and following.call.answer.connect == 0.0

    def _not_recorded(self, request: web.Request, missing: Missing) -> web.Response:
        status, title = (_NOT_RECORDED, "Not recorded") if missing.is_known else (_NOT_FOUND, "Nothing recorded here")
        near = missing.nearest
        detail = "The cassette has no call of an agent." if near is None else f"The nearest, {near}, differs."
        more: dict[str, object] = {} if near is None else {"nearest": str(near), "differences": missing.differences}
        return _problem(request, status, title, detail, more)


def _problem(
    request: web.Request, status: int, title: str, detail: str, more: dict[str, object] | None = None
) -> web.Response:
    """A problem as RFC 9457 has it."""
    value = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(more or {})}
    headers = {} if status == _FORBIDDEN else for_pages(request, [])
    return web.json_response(value, status=status, headers=headers, content_type="application/problem+json")


def _names(found: Found, origin: str) -> dict[str, str]:
    """What stands in an answer for what: this client's ids, and this server's address."""
    recorded = found.place.recorded.origin
    if not recorded:
        return found.names
    written = {recorded.replace("/", "\\/"): origin.replace("/", "\\/")}
    return {**found.names, recorded: origin, **written}


def _protocols(request: web.Request) -> list[str]:
    """The first subprotocol that a client offers: which one was spoken is not recorded."""
    return [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()][:1]


def _loopback(host: str) -> str:
    """An address of this machine alone.

    Raises:
        ConfigurationError: it is none.
    """
    with contextlib.suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return "127.0.0.1" if host == "localhost" else host
    raise ConfigurationError(
        f"--host {host!r:.120}: a cassette is served to this machine alone: 127.0.0.1, ::1 or localhost. For another "
        "machine: ssh -L 8000:127.0.0.1:8000 this-machine."
    )
