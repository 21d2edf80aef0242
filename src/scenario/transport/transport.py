"""The seam between Scenario and the network: one method.

Record, replay, faults, retries and limits are wrappers around it; `scenario.testing` holds its fake.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeAlias

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest

# What is to be done about a certificate that is not trusted, where a connection has no setting of its own for it.
SSL_CERT_FILE: Final = "point SSL_CERT_FILE at the certificate that it is signed by"


# Is handed one piece of a body after the other. What it returns is until when more is waited for, in seconds since the
# call began; None for as long as the deadlines allow. It is called from the loop, not from a task: it must not wait.
Take: TypeAlias = Callable[[Chunk], float | None]


class Response(Protocol):
    """A response whose body is still to come.

    Attributes:
        status: the HTTP status.
        headers: names in lower case; repeated headers are joined with ", ".
        connect: seconds from the call's beginning until the connection stood; 0.0 for a reused one.
        opened: seconds until the headers were read.
    """

    status: int
    headers: Mapping[str, str]
    connect: float | None
    opened: float

    def chunks(self) -> AsyncIterator[Chunk]:
        """The body's pieces as they arrive, each with its time.

        Raises:
            TransportError: the transfer broke (`kind` says how).
        """
        ...


class TransportError(Exception):
    """The network failed. Never shown to users as it is: agents and models translate it, as it is their fault to tell.

    Attributes:
        kind: "connect" (no connection), "first_byte" (no headers in time), "idle" (silence in the body),
            "total" (the whole call's deadline), "broken" (the transfer ended before its end), "protocol" (no HTTP),
            "coding" (it is compressed in a way that is not read), "redirects" (they lead on and on), "doubled" (two
            responses came to one request), "closed" (the server closed a WebSocket).
        at: seconds since the call began.
        connect: as `Response.connect`; None where no connection stood.
        waited: seconds before the call began, in which this machine had no connection to spare for it.
    """

    def __init__(
        self, message: str, *, kind: str, at: float = 0.0, connect: float | None = None, waited: float = 0.0
    ) -> None:
        super().__init__(message)
        self.waited = waited
        self.kind = kind
        self.at = at
        self.connect = connect


class Transport(Protocol):
    """A way to send a request and read what comes back."""

    def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AbstractAsyncContextManager[Response]:
        """Send `request`; entering the context waits for the response's headers, leaving it lets go of the connection.

        Raises:
            TransportError: no response came; or, from `chunks`, its body broke.
        """
        ...
