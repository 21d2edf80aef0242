"""One call over the wire as it was recorded: request, bytes with their times, events, reply, timing.

Times are seconds of a monotonic clock since the call began, taken where the bytes arrive and before they are parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from scenario.config import Timeouts
from scenario.types import Outcome, Reading, ReceivedEvent as ReceivedEvent, Reply, StreamTiming

# No more bytes of a body, and characters of an answer, than these are shown by a record's repr.
_SHOWN: Final = 100_000
# What the record of a call says of a connection that trusted any certificate.
UNVERIFIED: Final = "the server's certificate was not verified (verify=False)"


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is sent. Header names are kept as they were given; they compare without regard to case."""

    method: str = "POST"
    url: str
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Bytes of a response body, as they came out of the socket at one moment.

    Attributes:
        at: seconds since the call began.
    """

    at: float
    data: bytes


class Exchange(msgspec.Struct, kw_only=True):
    """A call to an agent or a model, with everything that was seen of it.

    Attributes:
        request: what was sent; secrets in its headers are redacted.
        status: the HTTP status; None where no response came.
        headers: the response's headers, names in lower case; secrets are redacted.
        chunks: the body's bytes with their arrival times.
        events: the parsed events with the times of their bytes; of a recorded call, they are made from the chunks when
            somebody looks at one.
        reply: what was assembled from them.
        outcome: `complete`, or in which way the answer is not whole.
        timing: when what happened.
        malformed: how many events were skipped because they could not be read.
        protocol: the dialect that it was read as.
        protocol_reason: how that was decided.
        error: what broke, in words; None where nothing did.
        turn: the index of the conversation's turn that it belongs to; None outside a run.
        agent: the name of the participant that made the call.
        timeouts: the deadlines that it was held to; None where they are not known.
        broke: how the transfer broke, as `TransportError.kind` names it; empty where it ended as HTTP says it should.
        lingered: seconds that were waited for more after the answer's end, where the server kept the body open; they
            are in none of the timings.
        keeps_cookies: whether the cookies of the response go with the conversation's later requests.
        finish_reasons: what the test has declared that finish reasons mean, by their plain form.
        leaked: what looked like a secret in which event, by its index, before that was masked: the lint tells of it.
        http_version: such as "1.1" or "2"; empty where it is not known.
    """

    request: HttpRequest
    status: int | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    chunks: list[Chunk] = msgspec.field(default_factory=list)
    events: Sequence[ReceivedEvent] = msgspec.field(default_factory=list)
    reply: Reply = msgspec.field(default_factory=Reply)
    outcome: Outcome = "complete"
    timing: StreamTiming = StreamTiming()
    malformed: int = 0
    protocol: str = ""
    protocol_reason: str = ""
    error: str | None = None
    turn: int | None = None
    agent: str = ""
    timeouts: Timeouts | None = None
    broke: str = ""
    http_version: str = ""
    lingered: float = 0.0
    keeps_cookies: bool = False
    finish_reasons: dict[str, Literal["complete", "truncated", "error", ""]] = msgspec.field(default_factory=dict)

    leaked: list[tuple[int, str]] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        shown = [f"{name}={self._shown(name, getattr(self, name))}" for name in self.__struct_fields__]
        return f"{type(self).__name__}({', '.join(shown)})"

    @staticmethod
    def _shown(name: str, value: object) -> str:
        # asyncio.run has the repr of what its coroutine returns made, be it of many megabytes.
        if isinstance(value, Reply) and len(value.text) > _SHOWN:
            return f"[a reply of {len(value.text):,} characters]"
        if name != "chunks" or not isinstance(value, list):
            return repr(value)
        size = sum([len(chunk.data) for chunk in value])
        return repr(value) if size <= _SHOWN else f"[{len(value):,} chunks, {size:,} bytes]"

    @property
    def body(self) -> bytes:
        """The response's body, joined."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def text(self) -> str:
        """The text of the reply."""
        return self.reply.text

    @property
    def unverified(self) -> bool:
        """Whether it answered over a connection that trusted any certificate."""
        return self.status is not None and UNVERIFIED in self.reply.reading.notes

    @property
    def reading(self) -> Reading:
        """How the body was read."""
        return self.reply.reading
