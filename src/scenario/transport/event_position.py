"""Where an event stream stands, over connections that break: what is whole, what has been seen, what to go on from.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html. What a connection leaves unfinished is no event,
and must not become part of the next connection's first one; an event that a server sends again after a reconnection is
known by its id.
"""

from __future__ import annotations

from typing import Final

from scenario.errors import WireLimitError
from scenario.exchange import Chunk
from scenario.late_pattern import late_pattern
from scenario.transport.transport import TransportError
from scenario.wire.event import ServerSentEvent
from scenario.wire.sse import EventStreamParser

# Of so many ids is it known that they have been seen; the oldest are forgotten first.
_MAX_IDS: Final = 100_000
# Lines that belong to no event yet are held; so many bytes of them.
_MAX_HELD: Final = 16 * 1024 * 1024
# Any number of digits is one to the standard; milliseconds.
_LONGEST_RETRY: Final = 10**9
_BOM: Final = b"\xef\xbb\xbf"
_LINE: Final = late_pattern(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_ENDS: Final = (b"\n", b"\r", b"\r\n")


class StreamPosition:
    """Where one stream stands.

    Attributes:
        last_id: the last event id, for `Last-Event-ID`; empty where there is none.
        wait: seconds that the server wants to pass before a reconnection; None where it says nothing.
    """

    def __init__(self) -> None:
        self.last_id = ""
        self.wait: float | None = None
        # The events of each id, in order, each as a number that stands for what it held.
        self._seen: dict[str, list[int]] = {}
        self._first: int | None = None

    def begins_anew(self, held: int) -> bool:
        """Whether an event that a connection begins with is the one that the stream began with; None has been yet."""
        if self._first is None:
            self._first = held
            return False
        return self._first == held

    def has_seen(self, event_id: str, times: int) -> bool:
        """Whether so many events of that id had come on one connection before this one."""
        return bool(event_id) and times <= len(self._seen.get(event_id, ()))

    def was(self, event_id: str, times: int, held: int) -> bool:
        """Whether that event, which had come before, held the same."""
        return self._seen[event_id][times - 1] == held

    def ended(self, events: dict[str, list[int]]) -> None:
        """Note what came under each id on a connection that has ended."""
        for event_id, held in events.items():
            self._seen[event_id] = max(self._seen.pop(event_id, []), held, key=len)
        while len(self._seen) > _MAX_IDS:
            del self._seen[next(iter(self._seen))]


class ConnectionReader:
    """The bytes of one connection, given on in whole events, without those that an earlier connection had brought.

    Attributes:
        brought: whether it has brought an event that is new.
    """

    def __init__(self, position: StreamPosition, *, first: bool) -> None:
        self.brought = False
        self._position = position
        self._parser = EventStreamParser()
        self._first = first
        self._at_start = True
        self._in_line = False
        self._after_cr = False
        self._held: list[Chunk] = []
        self._size = 0
        self._events: dict[str, list[int]] = {}
        self._has_begun = False
        self._last_id = ""

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """What this piece of the body completes.

        Raises:
            WireLimitError: an event is larger than any reader would take.
            TransportError: an event that is sent again is not what it was: the server has begun another answer.
        """
        whole: list[Chunk] = []
        for line in _LINE.findall(chunk.data):
            whole += self._line(line, chunk.at)
        return _joined(whole)

    @property
    def is_in_an_event(self) -> bool:
        """Whether an event has begun, and its end has not come."""
        return bool(self._held)

    def rest(self) -> list[Chunk]:
        """What belongs to no whole event."""
        return _joined(self._held)

    def close(self) -> None:
        """The connection has ended; what it left unfinished is dropped."""
        self._position.ended(self._events)

    def _line(self, line: bytes, at: float) -> list[Chunk]:
        """Take in a line, or a part of one."""
        rest_of_crlf = self._after_cr and line == b"\n"
        blank = not self._in_line and not rest_of_crlf and line in _LINE_ENDS
        begins = not self._in_line and not rest_of_crlf
        self._after_cr = line.endswith(b"\r")
        self._in_line = not line.endswith((b"\n", b"\r"))
        events = self._parser.feed(line)
        self._note()
        if self._at_start and not self._first:
            # A byte-order mark in the midst of what is read as one stream would be a part of a field's name.
            line = line.removeprefix(_BOM)
        self._at_start = False
        piece = Chunk(at, line)
        if not self._held and (rest_of_crlf or (begins and line.startswith(b":") and not self._in_line)):
            return [piece]
        self._hold(piece)
        if not blank:
            return []
        held, self._held, self._size = self._held, [], 0
        # A blank line ends one event at the most.
        if events and self._is_known(events[0], at):
            return []
        self.brought = self.brought or bool(events)
        return held

    def _hold(self, piece: Chunk) -> None:
        self._held.append(piece)
        self._size += len(piece.data)
        if self._size > _MAX_HELD:
            raise WireLimitError(
                f"An event is longer than {_MAX_HELD} bytes.", limit="max_event_bytes", maximum=_MAX_HELD
            )

    def _note(self) -> None:
        parser, position = self._parser, self._position
        if parser.retry is not None:
            position.wait = min(parser.retry, _LONGEST_RETRY) / 1000
        # An id holds for later connections too, until another one takes its place.
        if parser.last_event_id != self._last_id:
            self._last_id = position.last_id = parser.last_event_id

    def _is_known(self, event: ServerSentEvent, at: float) -> bool:
        held = hash((event.event, event.data))
        events = self._events.setdefault(event.id, [])
        events.append(held)
        begins = bool(event.id) and not self._has_begun and self._position.begins_anew(held)
        self._has_begun = self._has_begun or bool(event.id)
        if not self._position.has_seen(event.id, len(events)):
            if begins:
                said = f"after the reconnection the answer began anew, with the id {event.id[:60]!r}"
                raise TransportError(said, kind="refused", at=at)
            return False
        if not self._position.was(event.id, len(events), held):
            # What was read before belongs to another answer than what comes now.
            said = f"after the reconnection the event with the id {event.id[:60]!r} holds something else than before"
            raise TransportError(said, kind="refused", at=at)
        return True


def _joined(chunks: list[Chunk]) -> list[Chunk]:
    """The pieces with those of one moment joined."""
    joined: list[Chunk] = []
    start = 0
    for index in range(1, len(chunks) + 1):
        if index == len(chunks) or chunks[index].at != chunks[start].at:
            joined.append(Chunk(chunks[start].at, b"".join([chunk.data for chunk in chunks[start:index]])))
            start = index
    return joined
