"""WebSocket servers that end with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest_asyncio

from tests.websocket.socket_server import SocketServer

Serve = Callable[..., Awaitable[SocketServer]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers."""
    async with AsyncExitStack() as stack:

        async def start(*arguments: object, **settings: object) -> SocketServer:
            return await stack.enter_async_context(SocketServer(*arguments, **settings))  # type: ignore[arg-type]

        yield start
