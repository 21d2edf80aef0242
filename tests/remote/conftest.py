"""A server that behaves as a test says, and what a run would be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from scenario.dialogue.adapter import AgentInput
from scenario.exchange import Exchange
from scenario.redaction import NO_SECRETS, Secrets
from scenario.types import Message, Usage
from tests.remote.raw_server import Behaviour, RawServer

Serve = Callable[[Behaviour], Awaitable[RawServer]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(behaviour: Behaviour) -> RawServer:
            return await stack.enter_async_context(RawServer(behaviour))

        yield start


class Observer:
    """What the run would be told of a call."""

    def __init__(self) -> None:
        self.deltas: list[str] = []
        self.exchanges: list[Exchange] = []
        self.secrets = NO_SECRETS
        self.first_delta = asyncio.Event()

    def text_delta(self, text: str) -> None:
        self.deltas.append(text)
        self.first_delta.set()

    def exchange_recorded(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:
        raise AssertionError("a remote agent calls no model")

    def keeps_secret(self, secrets: Secrets) -> None:
        self.secrets |= secrets

    @property
    def exchange(self) -> Exchange:
        """The one call's record."""
        (exchange,) = self.exchanges
        return exchange


@pytest.fixture
def observer() -> Observer:
    """An observer for one call."""
    return Observer()


def given(observer: Observer | None = None, *texts: str, thread_id: str = "thread-1") -> AgentInput:
    """An input whose user says these texts, the last of them just now."""
    messages: list[Message] = []
    for text in texts or ("How is the weather?",):
        if messages:
            messages.append({"role": "assistant", "content": "I see."})
        messages.append({"role": "user", "content": text})
    return AgentInput(thread_id=thread_id, messages=messages, new_messages=messages[-1:], observer=observer)
