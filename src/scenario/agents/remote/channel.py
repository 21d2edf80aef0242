"""How a turn's request travels to an agent, and its answer back: one interface, a file to each way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from scenario.agents.remote.connecting import Connecting
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared
from scenario.agents.remote.thread import MOST_THREADS
from scenario.cassette.tapes import TapedTransport
from scenario.config.cassette import Cassette
from scenario.transport.transport import Transport


class Carriage(NamedTuple):
    """One turn's request, ready to be sent.

    Attributes:
        request: as it is sent this way.
        transport: what sends it, and whose response is the answer.
        linger: so many seconds are waited for the end of the body after the terminal event; 0 where it is not to end.
    """

    request: Prepared
    transport: Transport
    linger: float


class Channel(ABC):
    """A way in which turns travel.

    Args:
        connecting: what the agent was told of its connections.

    Attributes:
        notes: what each answer's record tells of the connection.
        keeps_cookies: whether a conversation's cookies go with its later requests.
        may_ask_again: whether a request that was refused may be put in another dialect's way.
    """

    may_ask_again = False

    def __init__(self, connecting: Connecting) -> None:
        self._connecting = connecting
        self._jars: OrderedDict[str, Any] = OrderedDict()
        self.notes = connecting.notes
        self.keeps_cookies = connecting.cookies is not None

    @property
    def cassette(self) -> Cassette | None:
        """The cassette that the agent was given itself."""
        return self._connecting.cassette

    def transport(self, thread_id: str) -> Transport:
        """What a conversation's plain requests go through, those that prepare a turn among them."""
        return self.taped(lambda: self.network(thread_id))

    def taped(self, inner: Callable[[], Transport]) -> Transport:
        """What calls go through: recorded or played, where the run has it so.

        Args:
            inner: makes what sends them.
        """
        return TapedTransport(inner, self._connecting.participant, self._connecting.cassette)

    def network(self, thread_id: str) -> Transport:
        """What sends a conversation's plain requests."""
        told = self._connecting
        if told.transport is not None:
            return told.transport
        # The one place where the network's packages are loaded: importing this module stays light.
        from scenario.transport.aiohttp_transport import AiohttpTransport

        jar = None if told.cookies is None else self._jar(thread_id)
        return AiohttpTransport(tls=told.tls, cookies=jar, redirects=told.redirects)

    def load(self) -> None:
        """Load the network's packages, which take longer than all the rest."""
        if self._connecting.transport is None:
            import scenario.transport.aiohttp_transport  # noqa: F401

    def _jar(self, thread_id: str) -> Any:
        from scenario.transport.cookies import new_jar

        if (jar := self._jars.get(thread_id)) is None:
            jar = self._jars[thread_id] = new_jar()
            if len(self._jars) > MOST_THREADS:
                self._jars.popitem(last=False)
        self._jars.move_to_end(thread_id)
        return jar

    @abstractmethod
    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """How the request of a turn is sent.

        Args:
            request: the one that the reply answers.
            asking: what it was made from.
        """

    async def over(self, thread_id: str) -> None:
        """A conversation is over: let go of what was kept for it."""
        self._jars.pop(thread_id, None)
