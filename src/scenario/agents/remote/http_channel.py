"""The usual way: the response to a request is the answer."""

from __future__ import annotations

from scenario.agents.remote.call import LINGER_SECONDS
from scenario.agents.remote.channel import Carriage, Channel
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared
from scenario.transport.transport import Transport


class HttpChannel(Channel):
    """Turns over HTTP, each a request of its own.

    Args:
        transport: the user's own; None for the usual one.
        linger: so many seconds are waited for more, after an end that may be the last.
    """

    may_ask_again = True

    def __init__(self, transport: Transport | None, *, linger: float = LINGER_SECONDS) -> None:
        super().__init__(transport)
        self._linger = linger

    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """See `Channel.carriage`."""
        return Carriage(request, asking.transport, self._linger)
