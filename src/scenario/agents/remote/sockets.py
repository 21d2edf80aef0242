"""The WebSocket connections of an agent whose URL begins with ws:// or wss://, one to a conversation."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from scenario.agents.remote.request import Prepared
from scenario.errors import ConfigurationError
from scenario.protocols.protocol import Dialect
from scenario.protocols.registry import AUTO, dialect_named
from scenario.redaction import redacted_url

if TYPE_CHECKING:
    from scenario.transport.websocket import WebSocketTransport

SCHEMES: Final = ("ws", "wss")
# Conversations whose connection is known; the one that was used longest ago is forgotten first.
_MAX_THREADS: Final = 10_000


class SocketPlan:
    """How turns are put over WebSockets; see `scenario.agents.remote.agent.RemoteAgent`.

    Args:
        protocol: the agent's dialect, or "auto".
        quiet: so many seconds without a message end a turn.
        keep_open: whether a conversation keeps its connection.
        max_message_bytes: the most that one message may have.

    Raises:
        ConfigurationError: the dialect puts a turn by several requests, which a WebSocket has no place for.
    """

    def __init__(self, *, protocol: str, quiet: float | None, keep_open: bool, max_message_bytes: int) -> None:
        if protocol != AUTO and not fits_a_message(dialect_named(protocol)):
            raise ConfigurationError(
                f"RemoteAgent(protocol={protocol!r}): this protocol is spoken over HTTP, by several requests for a "
                "turn: give its http:// or https:// URL."
            )
        _check_seconds(quiet)
        self._quiet = quiet
        self._keep_open = keep_open
        self._max_message_bytes = max_message_bytes
        self._threads: OrderedDict[str, WebSocketTransport] = OrderedDict()

    @classmethod
    def of(
        cls,
        url: str,
        *,
        protocol: str,
        quiet: float | None,
        keep_open: bool,
        max_message_bytes: int,
        events_url: str | None,
    ) -> SocketPlan | None:
        """The plan for an agent's URL; None where it is one of HTTP's.

        Raises:
            ConfigurationError: the settings do not fit the URL.
        """
        # Where the URL comes from the environment, its scheme is known when a turn is put.
        if not is_socket(url) and not url.startswith("$env."):
            for argument, given in (("quiet", quiet is not None), ("keep_open", not keep_open)):
                if given:
                    raise ConfigurationError(
                        f"RemoteAgent({argument}=…) is for WebSockets, and {redacted_url(url)!r} is none: its answers "
                        "end by themselves, or with the event for which end=… holds."
                    )
            return None
        if is_socket(url) and events_url is not None:
            raise ConfigurationError(
                "RemoteAgent(events_url=…) is for agents behind HTTP: over a WebSocket, the answer comes on the "
                "connection that the message was sent on."
            )
        protocol = protocol if is_socket(url) else AUTO
        return cls(protocol=protocol, quiet=quiet, keep_open=keep_open, max_message_bytes=max_message_bytes)

    def transport(self, thread_id: str) -> WebSocketTransport:
        """The transport for a conversation's turns."""
        from scenario.transport.websocket import WebSocketTransport  # loads the network's packages

        if (transport := self._threads.get(thread_id)) is None:
            transport = self._threads[thread_id] = WebSocketTransport(
                quiet=self._quiet, keep_open=self._keep_open, max_message_bytes=self._max_message_bytes
            )
            if len(self._threads) > _MAX_THREADS:
                # Its connection closes by itself when nothing has gone over it for some time.
                self._threads.popitem(last=False)
        self._threads.move_to_end(thread_id)
        return transport

    async def over(self, thread_id: str) -> None:
        """The conversation is over: close its connection."""
        if (transport := self._threads.pop(thread_id, None)) is not None:
            await transport.close()


def _check_seconds(quiet: object) -> None:
    if quiet is not None and (isinstance(quiet, bool) or not isinstance(quiet, int | float) or not quiet > 0):
        raise ConfigurationError(f"RemoteAgent(quiet={quiet!r}): give a number of seconds above 0.")


def fits_a_message(dialect: Dialect) -> bool:
    """Whether a dialect puts a turn by one request, which can be a message as well."""
    return type(dialect).requests is Dialect.requests


def is_socket(url: str) -> bool:
    """Whether a URL is a WebSocket's."""
    return url.partition(":")[0].lower() in SCHEMES


def as_message(request: Prepared) -> Prepared:
    """The request of a turn whose body is a message: it is a GET that asks for the upgrade."""
    replace = msgspec.structs.replace
    return request._replace(
        request=replace(request.request, method="GET"), recorded=replace(request.recorded, method="GET")
    )
