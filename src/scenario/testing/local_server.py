"""An aiohttp server on a free loopback port, for as long as an `async with` lasts."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

_MAX_REQUEST = 64 * 1024 * 1024


class LocalServer:
    """What the servers of this package have in common; they add their routes in `_routes`."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:40001`.

        Raises:
            RuntimeError: outside of `async with`.
        """
        if self._runner is None:
            name = type(self).__name__
            raise RuntimeError(f"{name} listens inside `async with {name}(...) as server` only.")
        return f"http://127.0.0.1:{self._port}"

    def _routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Start it on a free port."""
        application = web.Application(client_max_size=_MAX_REQUEST)
        application.add_routes(self._routes())
        # Without a grace period: a test that hangs in a handler has ended already. Who hangs up ends the answer, or
        # aiohttp would print the write that fails then.
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
