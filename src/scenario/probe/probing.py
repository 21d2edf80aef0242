"""The probe: ask the agent's own description, then try one way to ask after the other, until an answer can be read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from scenario.agents.remote_agent import RemoteAgent
from scenario.agents.remote_call import fetched
from scenario.agents.remote_request import Prepared
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput, SilentObserver
from scenario.errors import AgentError, AgentUnreachableError, ConfigurationError, WireLimitError
from scenario.exchange import Exchange, HttpRequest
from scenario.probe.descriptions import DESCRIPTIONS
from scenario.probe.ledger import Ledger, Sent
from scenario.probe.refusals import shape_of_refusal
from scenario.probe.shape import Shape
from scenario.probe.shapes import common_shapes, given_shape, shape_of_path
from scenario.probe.target import Target
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.redaction import NO_SECRETS
from scenario.transport.transport import Transport, TransportError

MOST_REQUESTS: Final = 10
TIMEOUTS: Final = Timeouts(connect=10, first_byte=60, idle=60, total=180)
_DESCRIPTION_TIMEOUTS: Final = Timeouts(connect=10, first_byte=10, idle=10, total=15)
_LARGEST_DESCRIPTION: Final = 4 * 1024 * 1024
# From here on an answer is one that the way to ask was right for, be it sound or not.
_UNDERSTOOD: Final = 3
_REFUSES_EVERYTHING: Final = frozenset({401, 403, 407, 429, 503})


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask, and what came of it.

    Attributes:
        exchange: the call as it was recorded; None where it was never made.
        error: what the agent's participant would have raised; empty where it answered.
    """

    shape: Shape
    exchange: Exchange | None = None
    error: str = ""

    @property
    def merit(self) -> int:
        """How much of an answer came: 4 a whole one, 3 one that can be read, 2 an error, 1 a refusal, 0 nothing."""
        exchange = self.exchange
        if exchange is None or exchange.status is None:
            return 0
        if not 200 <= exchange.status < 300:
            return 1
        reply = exchange.reply
        if exchange.outcome == "complete":
            return 4
        return 3 if reply.text or reply.tool_calls or reply.interrupt is not None else 2


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found.

    Attributes:
        sent: every request, in order.
        attempts: every way to ask that was tried, in order.
        unreachable: why there is no server to ask; empty where there is one.
    """

    target: Target
    sent: list[Sent]
    attempts: list[Attempt]
    unreachable: str = ""

    @property
    def best(self) -> Attempt | None:
        """The attempt that brought most; the first of equals. None where nothing was tried."""
        return max(self.attempts, key=lambda attempt: attempt.merit, default=None)

    @property
    def answered(self) -> bool:
        """Whether an answer came that can be read."""
        return self.best is not None and self.best.merit >= _UNDERSTOOD


async def probe(
    target: Target,
    *,
    transport: Transport | None = None,
    limit: int = MOST_REQUESTS,
    timeouts: Timeouts = TIMEOUTS,
    on_sent: Callable[[Sent], None] | None = None,
) -> Probed:
    """Find out how an agent is spoken to.

    Args:
        target: the endpoint; see `scenario.probe.target.checked`.
        transport: how requests travel; by default over the network.
        limit: the most requests that are sent.
        timeouts: the deadlines of each attempt.
        on_sent: is told of each request.
    """
    ledger = Ledger(transport or default_transport(), limit=limit, on_sent=on_sent)
    prober = _Prober(target, ledger, timeouts)
    await prober.run()
    return Probed(target=target, sent=ledger.sent, attempts=prober.attempts, unreachable=prober.unreachable)


class _Prober:
    def __init__(self, target: Target, ledger: Ledger, timeouts: Timeouts) -> None:
        self.attempts: list[Attempt] = []
        self.unreachable = ""
        self._target = target
        self._ledger = ledger
        self._timeouts = timeouts
        self._tried: list[Shape] = []
        # Where there is nothing, whatever it is sent.
        self._empty: set[str] = set()

    async def run(self) -> None:
        if (given := given_shape(self._target)) is not None:
            await self._try(given)
            return
        by_path = shape_of_path(self._target)
        if by_path is not None and await self._try(by_path):
            return
        shapes = [] if self.unreachable else await self._described()
        for shape in (*shapes, *common_shapes(self._target)):
            if self.unreachable or self._ledger.left <= 0 or await self._try(shape):
                return

    async def _described(self) -> list[Shape]:
        """The ways to ask that the agent's own descriptions name, those of the first that says anything."""
        for path, read in DESCRIPTIONS:
            value = await self._fetch(path)
            if self.unreachable:
                return []
            if value is not NOT_JSON and (shapes := list(read(self._target, value))):
                return shapes
        return []

    async def _fetch(self, path: str) -> Any:
        headers = {"Accept": "application/json", **self._target.headers}
        request = HttpRequest(method="GET", url=self._target.at(path), headers=headers)
        prepared = Prepared(request, request, NO_SECRETS)
        try:
            answer = await fetched(prepared, self._ledger, _DESCRIPTION_TIMEOUTS, max_bytes=_LARGEST_DESCRIPTION)
        except TransportError as error:
            if error.kind == "connect":
                self.unreachable = str(error)
            return NOT_JSON
        except WireLimitError:
            return NOT_JSON
        return read_json(answer.body) if answer.head.status == 200 else NOT_JSON

    async def _try(self, shape: Shape) -> bool:
        """Whether it is settled: an answer that can be read, or that no other way to ask would bring one."""
        for one in self._with_follow_up(shape):
            attempt = await self._ask(one)
            self.attempts.append(attempt)
            exchange = attempt.exchange
            if attempt.merit >= _UNDERSTOOD:
                return True
            if exchange is not None and exchange.broke == "connect":
                self.unreachable = exchange.error or "no connection"
                return True
            if exchange is not None and exchange.status in _REFUSES_EVERYTHING:
                return True
            if exchange is not None and exchange.status == 404:
                self._empty.add(one.url)
        return False

    def _with_follow_up(self, shape: Shape) -> Iterator[Shape]:
        """A way to ask, and what its refusal asks for."""
        if shape.url in self._empty or _key(shape) in {_key(one) for one in self._tried}:
            return
        self._tried.append(shape)
        yield shape
        exchange = self.attempts[-1].exchange
        if self._target.data is not None or exchange is None or self._ledger.left <= 0:
            return
        asked = shape_of_refusal(exchange.status, exchange.headers, exchange.body)
        if asked is not None:
            asked = msgspec.structs.replace(asked, url=shape.url)
            known = {_key(one) for one in self._tried}
            self._tried.append(asked)
            if _key(asked) not in known:
                yield asked

    async def _ask(self, shape: Shape) -> Attempt:
        agent = remote_agent(self._target, shape, transport=self._ledger, timeouts=self._timeouts)
        observer = Observer()
        message = {"role": "user", "content": self._target.message}
        asked = AgentInput(
            thread_id=f"scenario-probe-{uuid.uuid4()}", messages=[message], new_messages=[message], observer=observer
        )
        error = ""
        try:
            await agent.call(asked)
        except AgentUnreachableError as unreachable:
            error = str(unreachable)
            observer.exchange = observer.exchange or unreachable.exchange
        except (AgentError, ConfigurationError) as failed:
            error = str(failed)
        finally:
            await agent.conversation_over(asked.thread_id)
        return Attempt(shape=shape, exchange=observer.exchange, error=error)


def _key(shape: Shape) -> tuple[object, ...]:
    """What a way to ask sends, whyever it is tried."""
    return shape.url, shape.protocol, shape.method, repr(shape.request)


class Observer(SilentObserver):
    """Keeps the newest exchange."""

    def __init__(self) -> None:
        self.exchange: Exchange | None = None

    def exchange_recorded(self, exchange: Exchange) -> None:
        """Keep it."""
        self.exchange = exchange


def remote_agent(target: Target, shape: Shape, *, transport: Transport, timeouts: Timeouts) -> RemoteAgent:
    """The participant that asks so."""
    return RemoteAgent(
        (shape.url or target.url).replace("$", "$$"),
        protocol=shape.protocol,
        method=shape.method,
        headers={name: value.replace("$", "$$") for name, value in target.headers.items()},
        request=shape.request,
        timeout=timeouts,
        transport=transport,
    )


def default_transport() -> Transport:
    """Requests over the network."""
    # The network's packages are loaded when something is sent.
    from scenario.transport.aiohttp_transport import AiohttpTransport

    return AiohttpTransport()
