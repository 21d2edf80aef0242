"""How a turn's request travels to an agent, and its answer back: one interface, a file to each way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared
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
        transport: the user's own; None for what is usual this way.

    Attributes:
        may_ask_again: whether a request that was refused may be put in another dialect's way.
    """

    may_ask_again = False

    def __init__(self, transport: Transport | None) -> None:
        self._given = transport

    def transport(self) -> Transport:
        """What sends plain requests: those that prepare a turn."""
        if self._given is not None:
            return self._given
        # The one place where the network's packages are loaded: importing this module stays light.
        from scenario.transport.aiohttp_transport import AiohttpTransport

        return AiohttpTransport()

    @abstractmethod
    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """How the request of a turn is sent.

        Args:
            request: the one that the reply answers.
            asking: what it was made from.
        """

    async def over(self, _thread_id: str, /) -> None:
        """A conversation is over: let go of what was kept for it."""
        return
