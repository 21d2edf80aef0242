"""The usual way: the response to a request is the answer."""

from __future__ import annotations

from scenario.agents.remote.call import LINGER_SECONDS
from scenario.agents.remote.channel import Carriage, Channel
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared


class HttpChannel(Channel):
    """Turns over HTTP, each a request of its own."""

    may_ask_again = True

    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """See `Channel.carriage`."""
        return Carriage(request, asking.transport, LINGER_SECONDS)
