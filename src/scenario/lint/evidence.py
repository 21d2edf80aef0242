"""What rules look at: an exchange, with what is derived from it once and used by many of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

import msgspec

from scenario.exchange import Exchange
from scenario.lint.data import Data
from scenario.lint.dialect_groups import JSON_ONLY, is_sentinel
from scenario.lint.errors_seen import errors_among
from scenario.lint.sse_scan import Scan, scan
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Framing, Head
from scenario.protocols.registry import DIALECTS, dialect_named
from scenario.protocols.rejection import is_page
from scenario.protocols.sniffing import framing_of

_NO_CODING: Final = frozenset({"", "identity", "none"})
_FRAMINGS: Final[tuple[Framing, ...]] = ("sse", "ndjson", "json", "text")
# More of a body than this is not needed to tell its framing.
_SNIFFED: Final = 128 * 1024
# And so much to tell a web page.
_PAGE_START: Final = 1024


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Where rules about time and size draw the line; seconds and bytes.

    Attributes:
        first_byte: the longest time to the first byte of the body.
        first_content: the longest time to the first part of the answer.
        silence: the longest time between two bytes.
        fatal_silence: the time after which proxies close connections: 60 s is what many of them ship with.
        slow: a reply that takes as long has to come in more than one piece.
        long_line: the longest line that every reader takes.
        huge_line: lines that clients in use refuse.
    """

    first_byte: float = 5.0
    first_content: float = 30.0
    silence: float = 15.0
    fatal_silence: float = 55.0
    slow: float = 2.0
    long_line: int = 64 * 1024
    huge_line: int = 1024 * 1024


DEFAULT_THRESHOLDS: Final = Thresholds()


class Evidence:
    """An exchange as rules look at it.

    Attributes:
        exchange: as it was recorded.
        thresholds: where rules about time and size draw the line.
        dialect: the name of what it was read as.
        headers: the response's.
    """

    def __init__(self, exchange: Exchange, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        self.exchange = exchange
        self.thresholds = thresholds
        self.dialect = exchange.protocol
        self.headers: Mapping[str, str] = exchange.headers

    @cached_property
    def body(self) -> bytes:
        """The response's body, joined once."""
        return self.exchange.body

    @cached_property
    def head(self) -> Head:
        """The response's status and headers."""
        return Head(status=self.exchange.status or 0, headers=self.headers)

    @cached_property
    def framing(self) -> Framing | None:
        """How the body was cut into events; None where there is no body, and where a WebSocket cuts it."""
        if self.head.is_websocket:
            return None
        start = self.body[:_SNIFFED]
        # A body that the dialect does not know was read as the dialect's own all the same.
        allowed = dialect_named(self.dialect).framings if self.dialect in DIALECTS else _FRAMINGS
        framed = framing_of(self.head, start, allowed, ended=len(start) == len(self.body)) if start else None
        return None if framed is None else framed.framing

    @cached_property
    def scan(self) -> Scan:
        """The lines of an event stream."""
        return scan(self.body)

    @cached_property
    def data(self) -> tuple[Data, ...]:
        """The events with their data as JSON, each read once; but for the half line that a cut leaves behind."""
        events = self.exchange.events
        if (
            self.is_cut
            and (self.framing == "ndjson" or self.dialect == "vercel-data")
            and not self.body.endswith(b"\n")
        ):
            events = events[:-1]
        return tuple([Data(index, event, read_json(event.data)) for index, event in enumerate(events)])

    @cached_property
    def broken(self) -> frozenset[int]:
        """The indices of the events that are not what the dialect's events are: no reader makes anything of them."""
        return frozenset([data.index for data in self.data if self._is_broken(data)])

    def _is_broken(self, data: Data) -> bool:
        text = data.event.data
        is_merged = data.value is NOT_JSON and self.dialect == "sse" and text.startswith("{") and "}\n{" in text
        if not (data.event.malformed or is_merged or (data.value is NOT_JSON and self.dialect in JSON_ONLY)):
            return False
        return not is_sentinel(text) and bool(text.strip())

    @cached_property
    def asked(self) -> Any:
        """The request's body as JSON; `NOT_JSON` where it is none or not known."""
        body = self.exchange.request.body
        return read_json(body) if body else NOT_JSON

    def asked_for(self, *keys: str) -> Any:
        """What the request's JSON has at a path of keys; None where it has nothing there."""
        value = self.asked
        for key in keys:
            value = value.get(key) if type(value) is dict else None
        return value

    @property
    def is_live(self) -> bool:
        """Whether it was recorded while it happened: its times mean something, and its headers are all there."""
        return self.exchange.timing.headers is not None

    @property
    def has_whole_head(self) -> bool:
        """Whether a header that is not there was not sent; a record may hold only a part of them."""
        return self.is_live or bool(self.exchange.http_version) or "date" in self.headers

    @property
    def is_stream(self) -> bool:
        """Whether an answer came that is to arrive in pieces."""
        if not self.was_answered or self.is_page or self.framing not in ("sse", "ndjson", "text"):
            return False
        # Text of a length that is known from the start is an answer in one piece, unless a dialect streams in it.
        return self.framing != "text" or self.dialect != "text" or "content-length" not in self.headers

    @property
    def is_compressed(self) -> bool:
        """Whether the body came in another coding; servers say "none" to keep proxies from compressing it."""
        return self.headers.get("content-encoding", "").strip().lower() not in _NO_CODING

    @property
    def was_answered(self) -> bool:
        """Whether the status says that an answer follows."""
        return 200 <= (self.exchange.status or 0) < 300

    @cached_property
    def is_page(self) -> bool:
        """Whether a web page came."""
        return is_page(self.head, self.body[:_PAGE_START])

    @property
    def may_be_answer(self) -> bool:
        """Whether it is no refusal, and no web page: what answers are held to means nothing for these."""
        return (self.was_answered or self.head.is_websocket) and not self.is_page

    @property
    def is_cut(self) -> bool:
        """Whether the end is missing for a reason that another rule tells: what follows from it is no news."""
        return bool(self.exchange.broke) or self.exchange.outcome in ("stalled", "timed_out", "aborted")

    @cached_property
    def is_misdeclared(self) -> bool:
        """Whether a body is not what it is declared as: an event stream that is JSON or a web page, JSON that is text.

        What follows from it is no news.
        """
        start = self.body[:64].lstrip()
        if self.framing == "json":
            return bool(start) and len(self.data) == 1 and self.data[0].value is NOT_JSON and start[:1] not in b"{["
        return self.framing == "sse" and not self.exchange.events and start.startswith((b"{", b"[", b"<"))

    @property
    def has_lost_tail(self) -> bool:
        """Whether an event at the end was never completed, and so never seen by any reader."""
        return self.framing == "sse" and any(line.field for line in self.scan.tail)

    def time_of(self, offset: int) -> float | None:
        """When the byte at that place of the body arrived; None where times are not known."""
        chunks = self.exchange.chunks
        if not chunks or not self.is_live:
            return None
        return chunks[min(bisect_right(self._ends, offset), len(chunks) - 1)].at

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(len(chunk.data) for chunk in self.exchange.chunks))

    @cached_property
    def objects(self) -> tuple[Data, ...]:
        """The events whose data is a JSON object."""
        return tuple([data for data in self.data if type(data.value) is dict])

    @cached_property
    def errors(self) -> frozenset[int]:
        """The indices of the events that report an error."""
        return errors_among(self.data, self.dialect)
