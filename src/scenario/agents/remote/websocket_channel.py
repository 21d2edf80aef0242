"""Turns over WebSockets: a turn is a message, a conversation has a connection."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from scenario.agents.remote.channel import Carriage
from scenario.agents.remote.connecting import Connecting
from scenario.agents.remote.http_channel import HttpChannel
from scenario.agents.remote.preparation import Asking
from scenario.agents.remote.request import Prepared
from scenario.agents.remote.settings import RemoteSettings
from scenario.errors import ConfigurationError
from scenario.protocols.protocol import Dialect
from scenario.protocols.registry import AUTO, dialect_named

if TYPE_CHECKING:
    from scenario.transport.websocket import WebSocketTransport

SCHEMES: Final = ("ws", "wss")
# Conversations whose connection is known; the one that was used longest ago is forgotten first.
_MAX_THREADS: Final = 10_000


class WebSocketChannel(HttpChannel):
    """Turns over WebSockets; over HTTP where the URL, which the environment may hold, turns out to be one of HTTP's.

    Args:
        settings: what the agent was told.
        connecting: what it was told of its connections.

    Raises:
        ConfigurationError: the dialect puts a turn by several requests, which a WebSocket has no place for.
    """

    may_ask_again = False

    def __init__(self, settings: RemoteSettings, connecting: Connecting) -> None:
        super().__init__(settings, connecting)
        protocol = settings.protocol
        if is_socket(settings.plan.url) and protocol != AUTO and not fits_a_message(dialect_named(protocol)):
            raise ConfigurationError(
                f"RemoteAgent(protocol={protocol!r}): this protocol is spoken over HTTP, by several requests for a "
                "turn: give its http:// or https:// URL."
            )
        _check_seconds(connecting.quiet)
        self._max_message_bytes = settings.reception.max_event_bytes
        self._connections: OrderedDict[str, WebSocketTransport] = OrderedDict()

    async def carriage(self, request: Prepared, asking: Asking) -> Carriage:
        """See `Channel.carriage`."""
        if not is_socket(request.request.url):
            return await super().carriage(request, asking)
        # The connection goes on after the answer: there is no end of it to wait for.
        told, thread_id = self._connecting.transport, asking.turn.thread_id
        return Carriage(_as_message(request), self.taped(lambda: told or self._connection(thread_id)), 0.0)

    async def over(self, thread_id: str) -> None:
        """Close the conversation's connection."""
        await super().over(thread_id)
        if (transport := self._connections.pop(thread_id, None)) is not None:
            await transport.close()

    def _connection(self, thread_id: str) -> WebSocketTransport:
        from scenario.transport.websocket import WebSocketTransport  # loads the network's packages

        if (transport := self._connections.get(thread_id)) is None:
            transport = self._connections[thread_id] = WebSocketTransport(
                quiet=self._connecting.quiet,
                keep_open=self._connecting.keep_open,
                max_message_bytes=self._max_message_bytes,
                tls=self._connecting.tls,
            )
            if len(self._connections) > _MAX_THREADS:
                # Its connection closes by itself when nothing has gone over it for some time.
                self._connections.popitem(last=False)
        self._connections.move_to_end(thread_id)
        return transport


def _check_seconds(quiet: object) -> None:
    if quiet is not None and (isinstance(quiet, bool) or not isinstance(quiet, int | float) or not quiet > 0):
        raise ConfigurationError(f"RemoteAgent(quiet={quiet!r}): give a number of seconds above 0.")


def fits_a_message(dialect: Dialect) -> bool:
    """Whether a dialect puts a turn by one request, which can be a message as well."""
    return type(dialect).requests is Dialect.requests


def is_socket(url: str) -> bool:
    """Whether a URL is a WebSocket's."""
    return url.partition(":")[0].lower() in SCHEMES


def _as_message(request: Prepared) -> Prepared:
    """The request of a turn whose body is a message: it is a GET that asks for the upgrade."""
    replace = msgspec.structs.replace
    return request._replace(
        request=replace(request.request, method="GET"), recorded=replace(request.recorded, method="GET")
    )
