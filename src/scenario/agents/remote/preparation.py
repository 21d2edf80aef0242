"""The requests of a turn: those that prepare it are sent, the one that the reply answers is made."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from scenario.agents.remote.call import fetched
from scenario.agents.remote.errors import blamed
from scenario.agents.remote.request import Prepared, RequestPlan, prepared
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.thread import Threads
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentUnreachableError, WireLimitError
from scenario.exchange import Exchange
from scenario.protocols.protocol import Answered, Dialect, RequestDraft, Turn
from scenario.transport.transport import Transport, TransportError


class Asking(NamedTuple):
    """What a turn's requests are made from, and how those travel that prepare it."""

    plan: RequestPlan
    turn: Turn
    input: AgentInput
    transport: Transport
    timeouts: Timeouts
    max_bytes: int

    @classmethod
    def of(
        cls,
        plan: RequestPlan,
        turn: Turn,
        input: AgentInput,  # noqa: A002
        transport: Transport,
        settings: RemoteSettings,
    ) -> Asking:
        """A turn's, with the headers that link it with its run's trace."""
        if input.propagation_headers:
            plan = msgspec.structs.replace(plan, headers={**input.propagation_headers, **plan.headers})
        return cls(plan, turn, input, transport, settings.timeouts, settings.reception.max_body_bytes)

    async def get(self, path: str) -> Answered | None:
        """What is at a path of the server's; None where nothing came."""
        request = await self.prepared(RequestDraft(method="GET", url=path), own=False)
        try:
            return await self.fetched(request)
        except (TransportError, WireLimitError):
            return None

    async def prepared(self, draft: RequestDraft, *, own: bool) -> Prepared:
        """The request of a draft; see `scenario.agents.remote.request.prepared`."""
        return await prepared(self.plan, draft, self.turn, self.input, own=own)

    async def fetched(self, request: Prepared) -> Answered:
        """The whole answer to a request; see `scenario.agents.remote.call.fetched`."""
        return await fetched(request, self.transport, self.timeouts, max_bytes=self.max_bytes)


async def final_request(dialect: Dialect, asking: Asking, *, agent: str, threads: Threads) -> Prepared:
    """The request whose response is the reply, after those that the dialect needs before it.

    Args:
        dialect: how the turn is put.
        asking: what its requests are made from.
        agent: what the agent is called.
        threads: is told what each request leaves for the turns to come.

    Raises:
        AgentUnreachableError: a request that prepares the turn was not answered.
        AgentError: its answer is such that the turn cannot be put.
        ConfigurationError: an environment variable that a placeholder names is not set, or `request=` raised.
    """
    requests = dialect.requests(asking.turn)
    put = False
    try:
        draft = next(requests)
        while True:
            answered = await _answered(draft, asking, agent)
            put = put or draft.puts_turn
            threads.prepared(asking.turn.thread_id, draft.session)
            draft = requests.send(answered)
    except StopIteration as stop:
        final: RequestDraft = stop.value
    threads.prepared(asking.turn.thread_id, final.session)
    return await asking.prepared(final, own=not put)


async def _answered(draft: RequestDraft, asking: Asking, agent: str) -> Answered:
    request = await asking.prepared(draft, own=draft.puts_turn)
    try:
        return await asking.fetched(request)
    except (TransportError, WireLimitError) as error:
        shown = f"{request.recorded.method} {request.recorded.url}"
        exchange = Exchange(request=request.recorded, outcome="error", error=str(error), agent=agent)
        said = f"{agent}: {shown}: a request that prepares the turn failed: {error}."
        kind = error.kind if isinstance(error, TransportError) else "broken"
        raise blamed(AgentUnreachableError(said, exchange=exchange), kind) from error
