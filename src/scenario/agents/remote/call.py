"""One call to a remote agent: send, read as it arrives, record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from scenario.agents.remote.errors import reason_of
from scenario.agents.remote.request import Prepared
from scenario.config import Timeouts
from scenario.errors import DialectError, WireLimitError
from scenario.exchange import Chunk, Exchange, ReceivedEvent
from scenario.metrics.stream_timing import stream_timing
from scenario.protocols.protocol import Answered, Head
from scenario.protocols.reception import Reception
from scenario.protocols.reception_options import ReceptionOptions
from scenario.redaction import Secrets, redacted_headers
from scenario.transport.receiving import received
from scenario.transport.transport import Transport, TransportError
from scenario.types import Outcome, Reply

# After an end that may be the last, so long is waited for the end of the body, or for more to begin: agents stream
# several runs in one body. A server that keeps the stream open loses nothing but this.
LINGER_SECONDS: Final = 1.0
# A deadline that passes where the answer has reached an end of its own ends nothing but the waiting for more.
_SILENCE: Final = frozenset({"idle", "total"})

_OUTCOMES: Final[dict[str, Outcome]] = {
    "idle": "stalled",
    "first_byte": "stalled",
    "total": "timed_out",
    "broken": "truncated",
    "closed": "error",
    "coding": "error",
    "doubled": "error",
}


def _unheard(text: str) -> None:
    """Nobody listens yet."""


class RemoteCall:
    """One request and its response.

    Args:
        linger: after an end that may be the last, so many seconds are waited for the end of the body or for more to
            begin; 0 where the body is not to end.
        notes: what the record tells of the connection.
        keeps_cookies: whether the conversation keeps what the response's cookies are.

    Attributes:
        exchange: the record, when `run` has ended, however it ended.
        failure: the kind of `TransportError` that ended it; None where none did.
        saw_terminal: whether the reply's terminal event was read.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        timeouts: Timeouts,
        options: ReceptionOptions,
        agent: str,
        linger: float = LINGER_SECONDS,
        notes: tuple[str, ...] = (),
        keeps_cookies: bool = False,
    ) -> None:
        self._agent = agent
        self._notes = notes
        self._keeps_cookies = keeps_cookies
        self._linger = linger
        self._error: str | None = None
        self._status: int | None = None
        self._headers: dict[str, str] | None = None
        self.exchange: Exchange
        self.failure: str | None = None
        self.cause: BaseException | None = None
        self.saw_terminal = False
        self._prepared = prepared
        self._timeouts = timeouts
        self._options = options
        self._reception: Reception | None = None
        self._broken: DialectError | None = None
        self._connect: float | None = None
        self._opened: float | None = None
        self._outcome: Outcome | None = None
        self._ended: float | None = None
        self._waited = 0.0
        self._last_end = 0.0
        self._quiet_at: float | None = None
        self._text_delta: Callable[[str], None] = _unheard
        # Of a call that is recorded or played, the recording knows how long it took.
        self._opened_call: object = None
        self._now = asyncio.get_running_loop().time

    @property
    def secrets(self) -> Secrets:
        """What is secret in the request."""
        return self._prepared.secrets

    async def run(self, transport: Transport, text_delta: Callable[[str], None]) -> None:
        """Send the request and read its response to the end.

        Nothing that the network or the agent does raises; it is in the exchange. Being cancelled is recorded there,
        too, before it goes on.

        Raises:
            DialectError: a dialect that another package brings could not read it; what came is in the exchange.
        """
        began = self._now()
        try:
            await self._exchange(transport, text_delta)
        except TransportError as error:
            if error.kind in _SILENCE and self._reception is not None and self._reception.has_ended:
                self._ended = self._reception.chunks[-1].at
                return
            self.failure, self.cause = error.kind, error
            if self._connect is None:
                self._connect = error.connect
            self._waited = self._waited or error.waited
            self._outcome = _OUTCOMES.get(error.kind, "error" if self._reception is None else "truncated")
            self._error = str(error)
        except WireLimitError as error:
            self._outcome = "aborted"
            self._error = str(error)
        except DialectError as error:
            self._fail(error)
        except BaseException as error:
            self._outcome = "aborted"
            self._error = "the call was cancelled" if isinstance(error, asyncio.CancelledError) else repr(error)
            raise
        finally:
            over_at = getattr(self._opened_call, "over_at", None)
            self._record(self._now() - began - self._waited if over_at is None else over_at)
        if self._broken is not None:
            raise self._without_secrets(self._broken)
        if self._reception is not None and (late := self._reception.late_text):
            text_delta(late)

    async def _exchange(self, transport: Transport, text_delta: Callable[[str], None]) -> None:
        self._opened_call = transport.open(self._prepared.request, timeouts=self._timeouts)
        async with self._opened_call as response:
            self._connect, self._opened = response.connect, response.opened
            # The call began when this machine had a connection for it.
            self._waited = getattr(response, "waited", 0.0)
            self._status, self._headers = response.status, redacted_headers(response.headers)
            head = Head(status=response.status, headers=response.headers)
            self._reception = Reception(head, self._options)
            self._text_delta = text_delta
            try:
                # A server that keeps the stream open behind the answer's end: what was waited for it is not counted.
                if await received(response, self._take) and self._linger:
                    self._ended = self._last_end
            finally:
                self._notes += getattr(response, "notes", ())

    def _take(self, chunk: Chunk) -> float | None:
        """Read one piece; until when more is waited for, after an end that may be the last."""
        reception = self._reception
        assert reception is not None  # noqa: S101 - made before anything is read
        if text := reception.feed(chunk):
            self._text_delta(text)
        if not reception.over:
            self._quiet_at = None
        elif self._quiet_at is None or not reception.only_keep_alives:
            self._last_end = chunk.at
            self._quiet_at = chunk.at + self._linger
        return self._quiet_at

    def _record(self, total: float) -> None:
        reception = self._reception
        if reception is not None:
            reply = self._finished(reception)
            self.saw_terminal = reception.saw_terminal
            if reception.limit_passed and self._outcome is None:
                self._outcome, self._error = "aborted", reception.limit_passed
        else:
            reply = Reply(protocol=self._options.protocol)
        # An error that the agent reported is the cause of whatever came after it.
        if self._outcome is not None and (reply.error is None or self._outcome == "aborted"):
            reply.outcome = self._outcome
        reply.complete = reply.outcome == "complete"
        if self._notes:
            reply.reading = msgspec.structs.replace(reply.reading, notes=(*self._notes, *reply.reading.notes))
        lingered = 0.0 if self._ended is None else max(0.0, total - self._ended)
        chunks: list[Chunk] = [] if reception is None else reception.chunks
        events: Sequence[ReceivedEvent] = [] if reception is None else reception.events
        self.exchange = exchange = Exchange(
            request=self._prepared.recorded,
            status=self._status,
            headers=self._headers or {},
            chunks=chunks,
            events=events,
            reply=reply,
            outcome=reply.outcome,
            timing=stream_timing(
                chunks=chunks, events=events, connect=self._connect, headers=self._opened, total=total - lingered
            ),
            malformed=reply.malformed,
            protocol=self._options.protocol if reception is None else reception.protocol,
            protocol_reason="" if reception is None else reception.reason,
            error=self._error,
            agent=self._agent,
            timeouts=self._timeouts,
            broke=self.failure or "",
            lingered=lingered,
            keeps_cookies=self._keeps_cookies,
            finish_reasons=dict(self._options.finish_reasons),
        )
        if not reply.complete and (exchange.error is None or reply.error is not None):
            exchange.error = reason_of(exchange)
        if exchange.error is not None:
            # It is made to be shown, and what is raised quotes it.
            exchange.error = self._prepared.secrets.in_text(exchange.error)

    def _finished(self, reception: Reception) -> Reply:
        try:
            return reception.finish(clean=self._outcome is None)
        except DialectError as error:
            self._fail(error)
            return Reply(protocol=reception.protocol)

    def _fail(self, error: DialectError) -> None:
        self._broken, self._outcome, self._error = error, "aborted", str(error)

    def _without_secrets(self, error: DialectError) -> DialectError:
        """The error as it may be shown: it quotes an event, and so may what caused it."""
        text = self._prepared.secrets.in_text(str(error))
        return error if text == str(error) else DialectError(text)


async def fetched(prepared: Prepared, transport: Transport, timeouts: Timeouts, *, max_bytes: int) -> Answered:
    """The whole answer to a request that only prepares a turn.

    Raises:
        TransportError: none came, or it broke.
        WireLimitError: it is larger than `max_bytes`.
    """
    pieces: list[bytes] = []
    size = 0

    def take(chunk: Chunk) -> None:
        nonlocal size
        size += len(chunk.data)
        if size > max_bytes:
            raise WireLimitError(
                f"The body is longer than max_body_bytes ({max_bytes} bytes) allows.",
                limit="max_body_bytes",
                maximum=max_bytes,
            )
        pieces.append(chunk.data)

    async with transport.open(prepared.request, timeouts=timeouts) as response:
        await received(response, take)
        return Answered(Head(status=response.status, headers=response.headers), b"".join(pieces))
