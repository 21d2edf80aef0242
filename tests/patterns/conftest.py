"""A model server on loopback, reachable as code that uses the `openai` client expects: by the environment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web

from scenario.testing import ModelServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[str, Handler], Awaitable[str]]


@pytest_asyncio.fixture
async def model_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """The server; the environment points at it."""
    async with ModelServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        yield server


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves a handler at a path of a free loopback port; gives the base URL."""
    runners: list[web.AppRunner] = []

    async def start(path: str, handler: Handler) -> str:
        app = web.Application()
        app.router.add_post(path, handler)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()
