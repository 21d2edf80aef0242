"""How a remote agent is called: a turn is put, its answer read, and what the answer teaches is remembered."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Hashable

from scenario.agents.remote.call import RemoteCall
from scenario.agents.remote.channel import Channel
from scenario.agents.remote.errors import refuse_incomplete
from scenario.agents.remote.learning import Learnt, Way, way_of
from scenario.agents.remote.preparation import Asking, final_request
from scenario.agents.remote.refusals import lessons_of
from scenario.agents.remote.self_description import wanted_after
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.thread import Threads
from scenario.agents.remote.turn import answer_of, turn_of
from scenario.cassette.request_ids import request_id_of
from scenario.cassette.tapes import current_tapes, is_played
from scenario.config.cassette import Cassette
from scenario.dialogue.adapter import AgentAdapter, AgentInput, AgentReturnTypes
from scenario.errors import AgentError
from scenario.exchange import Exchange
from scenario.masking import mask_error
from scenario.protocols.registry import AUTO
from scenario.types import AgentRole


class _Known:
    """What is known of an agent's server, and remembered of conversations with it."""

    __slots__ = ("dialect_is_open", "learnt", "threads")

    def __init__(self, *, dialect_is_open: bool) -> None:
        self.learnt = Learnt()
        self.threads = Threads()
        self.dialect_is_open = dialect_is_open


class CallingAgent(AgentAdapter):
    """What `scenario.agents.remote.agent.RemoteAgent` does with its settings.

    Attributes:
        learns: whether a refusal may still change how it asks.
    """

    role = AgentRole.AGENT
    name: str | None
    # What its calls take is on the wire, and so in a recording of it.
    is_wired = True

    def __init__(self, settings: RemoteSettings, channel: Channel) -> None:
        self._settings = settings
        self._channel = channel
        self._of_all_runs = _Known(dialect_is_open=settings.protocol == AUTO and not settings.has_own_request)
        self.learns: bool = channel.may_ask_again
        self._first = self._of_all_runs.dialect_is_open

    @property
    def cassette(self) -> Cassette | None:
        """The cassette that it was given itself."""
        return self._channel.cassette

    @property
    def _known(self) -> _Known:
        """What is known of its server: what all runs have learnt, or this one alone, where it has a cassette."""
        tapes = current_tapes.get()
        if tapes is None or tapes.of(self.cassette) is None:
            return self._of_all_runs
        known: _Known = tapes.memory.setdefault(self, _Known(dialect_is_open=self._first))
        return known

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """Put the conversation to the agent and return its answer: text, or messages where it called tools.

        Raises:
            AgentUnreachableError: no response came.
            IncompleteReplyError: the answer is not whole; which of its subclasses says how.
            ConfigurationError: an environment variable that a placeholder names is not set, or `request=` raised.
        """
        settings, name, known = self._settings, self.name or "", self._known
        thread = known.threads.of(input.thread_id)
        turn = turn_of(input, thread, settings, known.learnt, request_id=self._request_id(input))
        way = way_of(settings, known.learnt, None if turn.resume is None else thread.waiting)
        asking = Asking.of(way.plan, turn, input, self._channel.transport(input.thread_id), settings)
        final = await final_request(way.dialect, asking, agent=name, threads=known.threads)
        request, transport, linger = await self._channel.carriage(final, asking)
        call = RemoteCall(
            request,
            timeouts=settings.timeouts,
            options=known.learnt.options(settings.reception_for(input)),
            agent=name,
            linger=linger,
            notes=self._channel.notes,
            keeps_cookies=self._channel.keeps_cookies,
        )
        learnt = False
        try:
            await call.run(transport, input.observer.text_delta)
            call.exchange.protocol_reason = (call.exchange.protocol_reason + way.reason).removeprefix("; ")
            learnt = await self._learns_from(call.exchange, way, asking)
        finally:
            if not learnt:
                input.observer.exchange_recorded(call.exchange)
        return await self.call(input) if learnt else self._answer(call, input.thread_id)

    def scenario_loads(self) -> dict[Hashable, Callable[[], object]]:
        """What its first call would import, for whoever can do so where nobody waits for it."""
        settings = self._settings
        way = "loads", settings.protocol, settings.plan.url
        network: dict[Hashable, Callable[[], object]] = {"network": self._channel.load}
        return {way: lambda: way_of(settings, Learnt(), None), **({} if is_played(self.cassette) else network)}

    async def conversation_over(self, thread_id: str) -> None:
        """Let go of what was kept for the conversation: its WebSocket, its cookies."""
        await self._channel.over(thread_id)

    async def _learns_from(self, exchange: Exchange, way: Way, asking: Asking) -> bool:
        """Whether a refusal has shown how the server wants to be asked, so that it is asked again."""
        if exchange.outcome != "error" or not self.learns:
            return False
        known = self._known
        if (learnt := await lessons_of(exchange, asking, known.learnt)) is not None:
            known.learnt = learnt
            return True
        if not known.dialect_is_open or not way.may_be_refused_by(exchange):
            return False
        if (wanted := await wanted_after(exchange, asking)) is not None:
            known.learnt = known.learnt.with_wanted(wanted)
        known.dialect_is_open = wanted is not None
        return known.dialect_is_open

    def _request_id(self, input: AgentInput) -> str:  # noqa: A002
        """A new one; where it is recorded or played, the same for the same turn each time."""
        tapes = current_tapes.get()
        if tapes is None or tapes.of(self.cassette) is None:
            return uuid.uuid4().hex
        asked: Counter[str] = tapes.memory.setdefault("requests", Counter())
        asked[input.thread_id] += 1
        return request_id_of(input.thread_id, asked[input.thread_id] - 1)

    def _answer(self, call: RemoteCall, thread_id: str) -> AgentReturnTypes:
        reply = call.exchange.reply
        try:
            refuse_incomplete(call.exchange, call.failure, self._settings, call.cause)
        except AgentError as error:
            mask_error(error, call.secrets)
            raise
        known = self._known
        known.threads.replied(thread_id, reply)
        if call.saw_terminal:
            known.learnt = known.learnt.with_terminal(reply.protocol)
        return answer_of(reply)
