"""One hostile behaviour of an agent, with what is right to say of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import msgspec

from scenario.config import Timeouts
from scenario.errors import Fault
from scenario.types import Outcome
from tests.remote.raw_server import CHUNKED, LAST, Behaviour, Connection, RawServer, chunk, whole

# What an agent must never be able to have us write down: it is sent as a key with every request.
SECRET: Final = "k3y-9f2a~7c41/d8?e6"  # noqa: S105 - made up
# Deadlines that no slow machine passes: the behaviour ends by itself.
PATIENT: Final = Timeouts(connect=20, first_byte=20, idle=20, total=30)
# For silence, and for what never ends.
SHORT_SILENCE: Final = Timeouts(connect=20, first_byte=0.25, idle=0.25, total=30)
SHORT: Final = Timeouts(connect=20, first_byte=20, idle=20, total=0.5)
MIB: Final = 1024 * 1024
MAX_BODY_BYTES: Final = MIB // 4
MAX_EVENT_BYTES: Final = MIB // 16


class Hostile(msgspec.Struct, frozen=True, kw_only=True):
    """A behaviour, and what must be said of it.

    Attributes:
        kind: which group it belongs to.
        name: what it does, in words.
        behave: what it does with each request.
        outcome: what the last exchange must be called.
        fault: whose fault the error says it was; None where the answer is whole.
        text: what must have been read of the last answer; None where that is not the point.
        said: what the error must tell, of the cause.
        turns: how many turns are played.
        timeouts: the deadlines.
        agent: more settings of the `RemoteAgent`.
        path: what is asked for, with placeholders.
        secure: whether it is asked over TLS.
        serve: what listens; by default a server that reads each request and then behaves.
        reaches: how many requests may reach the server, at the most.
    """

    kind: str
    name: str
    outcome: Outcome
    behave: Behaviour | None = None
    fault: Fault | None = "agent"
    text: str | None = None
    said: str = ""
    turns: int = 1
    timeouts: Timeouts = PATIENT
    agent: Mapping[str, Any] = {}
    path: str = "/chat"
    secure: bool = False
    serve: Callable[[], AbstractAsyncContextManager[Any]] | None = None
    reaches: int = 1

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"

    def server(self) -> AbstractAsyncContextManager[Any]:
        """What listens, with its `url`."""
        if self.serve is not None:
            return self.serve()
        assert self.behave is not None
        return RawServer(self.behave)


class Kind:
    """A group of behaviours: how each of them is noted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.all: list[Hostile] = []

    def add(self, name: str, behave: Behaviour | None, outcome: Outcome, **more: Any) -> None:
        """Note one; nobody is to blame for an answer that is whole."""
        if outcome == "complete":
            more.setdefault("fault", None)
        self.all.append(Hostile(kind=self.name, name=name, behave=behave, outcome=outcome, **more))


def sends(*pieces: bytes) -> Behaviour:
    """Writes these pieces and closes the connection cleanly."""

    async def behave(connection: Connection) -> None:
        for piece in pieces:
            await connection.send(piece)

    return behave


def holds(*pieces: bytes) -> Behaviour:
    """Writes these pieces and is silent."""

    async def behave(connection: Connection) -> None:
        await sends(*pieces)(connection)
        await connection.hold()

    return behave


def repeats(start: bytes, piece: bytes, *, every: float = 0.0) -> Behaviour:
    """Writes the start, and then the piece until the client has gone."""

    async def behave(connection: Connection) -> None:
        await connection.send(start)
        while True:
            await connection.send(piece)
            await asyncio.sleep(every)

    return behave


def in_turn(*behaviours: Behaviour) -> Callable[[], RawServer]:
    """A server whose n-th request gets the n-th behaviour, and the last one from then on."""

    def serve() -> RawServer:
        async def behave(connection: Connection) -> None:
            number = len(server.requests)
            await behaviours[min(number, len(behaviours)) - 1](connection)

        server = RawServer(behave)
        return server

    return serve


def stream(*events: bytes) -> bytes:
    """A whole event stream, whose connection closes."""
    return CHUNKED + chunk(b"".join(events)) + LAST


def json_answer(body: bytes, *, status: str = "200 OK", more: str = "") -> bytes:
    """A whole answer in JSON."""
    return whole(body, "application/json", status=status, more=more)
