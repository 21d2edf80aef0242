"""The usual way: the response to a request is the answer."""

from __future__ import annotations

from scenario.agents.remote.call import LINGER_SECONDS
from scenario.agents.remote.channel import Carriage, Channel
from scenario.agents.remote.connecting import Connecting
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared
from scenario.agents.remote.settings import RemoteSettings
from scenario.protocols.registry import AUTO, dialect_named
from scenario.transport.reconnecting import ReconnectingTransport


class HttpChannel(Channel):
    """Turns over HTTP, each a request of its own.

    Args:
        settings: what the agent was told.
        connecting: what it was told of its connections.
    """

    may_ask_again = True

    def __init__(self, settings: RemoteSettings, connecting: Connecting) -> None:
        super().__init__(connecting)
        self._linger = LINGER_SECONDS if settings.linger is None else settings.linger
        self._times = connecting.reconnect if settings.plan.method == "GET" else False
        reception, protocol = settings.reception, settings.protocol
        self._owes_end = bool(reception.done) or reception.end is not None
        self._owes_end = self._owes_end or (protocol != AUTO and dialect_named(protocol).has_terminal)

    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """See `Channel.carriage`."""
        if self._times is False:
            return Carriage(request, asking.transport, self._linger)
        # None and True: as often as the stream goes on.
        times = None if self._times is None or self._times is True else self._times
        # A stream that is connected to again is one answer, and is recorded as one.
        transport = self.taped(
            lambda: ReconnectingTransport(self.network(asking.turn.thread_id), times=times, owes_end=self._owes_end)
        )
        return Carriage(request, transport, self._linger)
