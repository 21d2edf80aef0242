"""Cutting a body into events, whatever its framing, so that every dialect reads the same kind of value."""

from __future__ import annotations

import codecs
from typing import Final, Protocol

from scenario.errors import WireLimitError
from scenario.protocols.framed_messages import FramedMessages
from scenario.protocols.protocol import Framing
from scenario.protocols.values_in_a_row import Rows
from scenario.wire.event import EventRun
from scenario.wire.ndjson import NdjsonParser
from scenario.wire.sse import EventStreamParser
from scenario.wire.stray_lines import StrayLines

DEFAULT_MAX_EVENTS: Final = 1_000_000


class Framer(Protocol):
    """Bytes to events.

    Attributes:
        half_event: whether an unfinished event was left over when the body ended; set by `close`.
        left_over: the data of that event, as far as it came.
    """

    half_event: bool
    left_over: str

    @property
    def error_field(self) -> str | None:
        """What an event stream says in a field named `error`; None where it has none."""
        ...

    @property
    def stray_lines(self) -> StrayLines:
        """The lines of an event stream that its readers skip."""
        ...

    @property
    def idle_lines(self) -> int:
        """How many lines of an event stream have brought no event."""
        ...

    def feed(self, data: bytes) -> list[EventRun]:
        """The events that this piece of the body completes.

        Raises:
            WireLimitError: an event is larger than the limit.
        """
        ...

    def close(self) -> list[EventRun]:
        """The events that the end of the body completes."""
        ...


def framer(framing: Framing, *, max_event_bytes: int, max_events: int = DEFAULT_MAX_EVENTS) -> Framer:
    """A framer for one body.

    Args:
        framing: the body's.
        max_event_bytes: the most that one event may have.
        max_events: where one line or message holds more than so many, the others are not made. Counting the events of
            the whole body is left to whoever reads them.
    """
    match framing:
        case "sse":
            return SseFramer(max_event_bytes)
        case "ndjson":
            return NdjsonFramer(max_event_bytes, max_events)
        case "json":
            return JsonFramer(max_event_bytes)
        case "text":
            return TextFramer()


class _WithoutFields:
    @property
    def error_field(self) -> str | None:
        """None: only event streams have fields."""
        return None

    @property
    def stray_lines(self) -> StrayLines:
        """None: only event streams have lines that are skipped."""
        return StrayLines()

    @property
    def idle_lines(self) -> int:
        """0: only event streams have such lines."""
        return 0


class SseFramer:
    """Server-sent events."""

    @property
    def error_field(self) -> str | None:
        """The first line of a field named `error`."""
        return self._parser.error_field

    @property
    def stray_lines(self) -> StrayLines:
        """The lines that are skipped, and not what is left over."""
        return self._stray_lines

    @property
    def idle_lines(self) -> int:
        """How many lines and empty blocks have brought no event; see the parser."""
        return self._parser.idle_lines

    def __init__(self, max_event_bytes: int) -> None:
        # The name of the field and a space come before an event's data.
        self._parser = EventStreamParser(max_event_bytes=max_event_bytes, max_line_bytes=max_event_bytes + 16)
        self._stray_lines = self._parser.stray_lines
        self._maximum = max_event_bytes
        self.half_event = False
        self.left_over = ""

    def feed(self, data: bytes) -> list[EventRun]:
        """The events that this piece completes."""
        try:
            return self._parser.feed_runs(data)
        except WireLimitError as error:
            raise _too_large(self._maximum) from error

    def close(self) -> list[EventRun]:
        """Nothing: what no blank line has completed is discarded, as the standard says, and noted."""
        parser = self._parser
        try:
            if parser.pending:
                comments = parser.comments.count
                parser.stray_lines = StrayLines()
                # What is held may be the beginning of a comment, which is no loss: the line's end tells.
                left = parser.feed(b"\n\n")
                self.left_over = left[-1].data if left else ""
                self.half_event = bool(left) or parser.comments.count == comments
            parser.close()
        except WireLimitError as error:
            raise _too_large(self._maximum) from error
        return []


class NdjsonFramer(_WithoutFields):
    """Lines of JSON."""

    def __init__(self, max_event_bytes: int, max_events: int = DEFAULT_MAX_EVENTS) -> None:
        self._parser = NdjsonParser(max_line_bytes=max_event_bytes)
        self._rows = Rows(max_event_bytes, max_events)
        self._maximum = max_event_bytes
        self.half_event = False
        self.left_over = ""

    def feed(self, data: bytes) -> list[EventRun]:
        """The lines that this piece completes."""
        try:
            return _run(self._rows.feed(self._parser.feed(data)))
        except WireLimitError as error:
            raise _too_large(self._maximum) from error

    def close(self) -> list[EventRun]:
        """The last line, which needs no end."""
        try:
            return _run(self._rows.feed(self._parser.close()) + self._rows.close())
        except WireLimitError as error:
            raise _too_large(self._maximum) from error


def _too_large(maximum: int) -> WireLimitError:
    """The error in the words of who set the limit: it is the agent's, and no argument of a parser's."""
    text = f"An event is longer than max_event_bytes ({maximum} bytes) allows."
    return WireLimitError(text, limit="max_event_bytes", maximum=maximum)


def too_many(what: str, maximum: int) -> WireLimitError:
    """The error of an answer that comes in more events, or pieces, than it may."""
    return WireLimitError(
        f"The answer has more {what} than max_events ({maximum}) allows.", limit="max_events", maximum=maximum
    )


class MessageFramer(_WithoutFields):
    """The messages of a WebSocket: each piece is one, and each is an event, unless it is framed once more."""

    def __init__(self, max_event_bytes: int, max_events: int = DEFAULT_MAX_EVENTS) -> None:
        self._framed = FramedMessages(max_events)
        self._maximum = max_event_bytes
        self.half_event = False
        self.left_over = ""

    def feed(self, data: bytes) -> list[EventRun]:
        """The message."""
        if len(data) > self._maximum:
            raise WireLimitError(
                f"A message is longer than max_event_bytes ({self._maximum} bytes) allows.",
                limit="max_event_bytes",
                maximum=self._maximum,
            )
        runs = self._framed.runs(data)
        return [EventRun([data.decode("utf-8", "replace")])] if runs is None else runs

    def close(self) -> list[EventRun]:
        """Nothing: messages come whole or not at all."""
        return []


class JsonFramer(_WithoutFields):
    """The whole body as one event."""

    def __init__(self, max_event_bytes: int) -> None:
        self._maximum = max_event_bytes
        self._size = 0
        self._pieces: list[bytes] = []
        self.half_event = False
        self.left_over = ""

    def feed(self, data: bytes) -> list[EventRun]:
        """Nothing yet: JSON means something when it is whole."""
        self._size += len(data)
        if self._size > self._maximum:
            raise WireLimitError(
                f"The JSON body is longer than max_event_bytes ({self._maximum} bytes) allows.",
                limit="max_event_bytes",
                maximum=self._maximum,
            )
        self._pieces.append(data)
        return []

    def close(self) -> list[EventRun]:
        """The body, if there is one."""
        text = b"".join(self._pieces).decode("utf-8-sig", "replace")
        return [EventRun([text])] if text.strip() else []


class TextFramer(_WithoutFields):
    """Pieces of text as they arrive; a character cut between two pieces comes with the second."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.half_event = False
        self.left_over = ""

    def feed(self, data: bytes) -> list[EventRun]:
        """The text that this piece completes."""
        text = self._decoder.decode(data)
        return [EventRun([text])] if text else []

    def close(self) -> list[EventRun]:
        """Nothing: what has come of an unfinished character is discarded, and noted."""
        self.half_event = bool(self._decoder.decode(b"", final=True))
        return []


def _run(lines: list[str]) -> list[EventRun]:
    return [EventRun(lines)] if lines else []
