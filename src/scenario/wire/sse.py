"""Server-sent events, read to the letter of the WHATWG standard.

The reader is the algorithm of https://html.spec.whatwg.org/multipage/server-sent-events.html, section "Parsing an event
stream" and "Interpreting an event stream", on bytes that may be cut anywhere. Two observations make it fast without
leaving that algorithm:

- CR and LF are never part of a longer UTF-8 sequence, nor of what an invalid one is replaced by. So lines are cut
  from bytes, and only what an event carries is decoded.
- Most streams are blocks of one `data: …` line. A run of them is cut by one `split`; whatever looks any different
  goes through `_line`, which is the standard's text.

One liberty is taken: a reconnection time of more than 640 digits is ignored.
"""

from __future__ import annotations

from typing import Final, NoReturn

import msgspec

from scenario.errors import WireError, WireLimitError
from scenario.wire.event import EventRun, ServerSentEvent as ServerSentEvent, add_event, events_of
from scenario.wire.lines import MIB, checked_limit, limit_error, without_bom
from scenario.wire.stray_lines import StrayLines

# Looked for by number, a byte is found ten times as fast as by a string of one byte.
_LF: Final = 10
_CR: Final = 13
_SMALL: Final = 4096
# So many lines beside its data may be an event's own: its type, its id, a comment.
_OWN_LINES: Final = 16
# An integer of more digits is one that Python may be configured to refuse, since reading it takes quadratic time.
MAX_RETRY_DIGITS: Final = 640


class Comments(msgspec.Struct, frozen=True, kw_only=True):
    """The comment lines of a stream so far, which keep-alives usually are.

    Attributes:
        count: how many.
        last: the text of the last one, everything after its colon; None before the first.
    """

    count: int = 0
    last: str | None = None


class EventStreamParser:
    """Reads one `text/event-stream` body, in pieces of any size.

    How the body is cut makes no difference to the events. The time is linear in the bytes, and what is held between
    two calls is bounded by the limits.

    A limit that is passed ends the parsing, and no event is lost by it: events that were complete before are returned
    by the `feed` that met the limit, and the next `feed` or `close` raises; without such events it raises at once.
    Every later call raises again.

    Attributes:
        stray_lines: those that the standard skips, and that may have been meant as data.

    Args:
        max_event_bytes: the most that one event's data may have, as UTF-8, line feeds between its lines included.
        max_line_bytes: the most that one line may have, without its line end. Names, ids and comments are lines too.

    Raises:
        ConfigurationError: a limit is below one byte.
    """

    def __init__(self, *, max_event_bytes: int = 8 * MIB, max_line_bytes: int = 8 * MIB) -> None:
        self._max_event = checked_limit("max_event_bytes", max_event_bytes)
        self._max_line = checked_limit("max_line_bytes", max_line_bytes)
        self._room = self._least = min(self._max_line, self._max_event)
        self._at_start = True
        self._after_cr = False
        # Nothing about the next piece is special: neither a mark nor the half of a line end, and no call to refuse.
        self._plain = False
        self._closed = False
        self._failure: tuple[str, str, int] | None = None
        self._tail = bytearray()
        self._data = bytearray()
        self._event_type = b""
        self._head, self._between, self._name = b"data: ", b"\n\ndata: ", "message"
        self._id_buffer = ""
        self._last_event_id = ""
        self._retry: int | None = None
        self._new_retry: int | None = None
        self._comment_count = 0
        self._last_comment: bytes | None = None
        self._error_field: bytes | None = None
        self._count = 0
        self.stray_lines = StrayLines()
        self._idle = 0
        self._beside = 0

    @property
    def error_field(self) -> str | None:
        """The first line of a field named `error`, which the standard knows nothing of: some servers tell errors so."""
        return None if self._error_field is None else self._error_field.decode("utf-8", "replace")

    @property
    def last_event_id(self) -> str:
        """The standard's last event ID string: what a reconnection would send as `Last-Event-ID`."""
        return self._last_event_id

    @property
    def retry(self) -> int | None:
        """The reconnection time in milliseconds, from the last valid `retry` line; None before the first."""
        return self._retry

    @property
    def comments(self) -> Comments:
        """How many comment lines came, and the last one's text."""
        last = self._last_comment
        return Comments(count=self._comment_count, last=None if last is None else last.decode("utf-8", "replace"))

    @property
    def idle_lines(self) -> int:
        """How many lines and empty blocks have brought no event.

        What stands beside an event's data is its own, up to 16 lines; of empty lines in a row most are not counted.
        """
        return self._idle + max(0, self._beside - _OWN_LINES)

    @property
    def pending(self) -> int:
        """Bytes held: the unfinished line, and the data of the unfinished event. Their end would discard them."""
        return len(self._tail) + len(self._data)

    def feed(self, data: bytes | bytearray | memoryview) -> list[ServerSentEvent]:
        """Read the next piece of the body.

        Returns:
            The events that this piece completes, in order.

        Raises:
            WireLimitError: a line or an event is larger than its limit; see the class about events before it.
            WireError: the stream was closed.
        """
        runs = self.feed_runs(data)
        return events_of(runs) if runs else []

    def feed_runs(self, data: bytes | bytearray | memoryview) -> list[EventRun]:
        """The same as `feed`, with events that are alike together, which costs less than each by itself."""
        if self._plain and type(data) is bytes and _CR not in data:
            piece = data
            # Of a stream that drips, most pieces are the middle of a line: nothing to do but keep them.
            if _LF not in piece and len(self._tail) + len(piece) <= self._room:
                self._tail += piece
                return []
        else:
            piece = self._prepared(data)
        runs: list[EventRun] = []
        try:
            end = piece.rfind(b"\n") + 1
            if end:
                # Of a large piece no second copy is made; of a small one that is cheaper than a view of it.
                start = piece[:end] if len(piece) <= _SMALL else memoryview(piece)[:end]
                lines = b"".join((self._tail, start)) if self._tail else bytes(start)
                if self._tail or end < len(piece):
                    self._tail = bytearray(piece[end:])
                self._blocks(lines, runs)
                room = self._max_event - len(self._data)
                self._room = room if room < self._max_line else self._max_line
            else:
                self._tail += piece
            # What may still become a byte-order mark is no part of a line.
            if len(self._tail) > self._room and not self._at_start:
                self._check_line(self._tail)
        except WireLimitError:
            self._discard()
            if not runs:
                raise
        return runs

    def close(self) -> list[ServerSentEvent]:
        """End the stream: an event that no blank line completed is discarded, as the standard says.

        Returns:
            Always an empty list: a CR at the very end has ended its line already. It is there for symmetry with
            readers of other formats.

        Raises:
            WireLimitError: a limit had been passed.
        """
        self._refuse_if_over()
        self._closed = True
        self._discard()
        return []

    def _refuse_if_over(self) -> None:
        if self._failure is not None:
            raise limit_error(*self._failure, parser="EventStreamParser")

    def _discard(self) -> None:
        self._plain = False
        self._tail = bytearray()
        self._data = bytearray()
        self._event_type = b""

    def _prepared(self, data: bytes | bytearray | memoryview) -> bytes:
        """The piece as bytes, without the byte-order mark, with LF for every line end."""
        self._refuse_if_over()
        if self._closed:
            raise WireError("Bytes came after the end of the stream: the parser was closed. One parser reads one body.")
        piece = data if type(data) is bytes else bytes(data)
        if self._at_start:
            piece = self._start(piece)
        if self._after_cr or _CR in piece:
            piece = self._with_line_feeds(piece)
        self._plain = not self._at_start and not self._after_cr
        return piece

    def _start(self, piece: bytes) -> bytes:
        start = without_bom(bytes(self._tail) + piece)
        if start is None:
            return piece
        self._at_start = False
        self._tail.clear()
        return start

    def _with_line_feeds(self, piece: bytes) -> bytes:
        """The piece with every line end as LF; a CR at its end has ended the line, an LF after it is swallowed."""
        if self._after_cr and piece:
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        if piece:
            self._after_cr = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _blocks(self, lines: bytes, runs: list[EventRun]) -> None:
        """Read whole lines, the last one's LF included."""
        end = len(lines) if lines.endswith(b"\n\n") else lines.rfind(b"\n\n") + 2
        if end > 1:
            whole, lines = lines[:end], lines[end:]
            if self._data or self._event_type or self._new_retry is not None:
                # The next event would carry what has been read, so it is not like those after it.
                first, _, whole = whole.partition(b"\n\n")
                self._block(first, runs)
                self._dispatch(runs)
            if whole and not self._alike(whole, runs):
                # After the first empty line, others mean nothing, and a body may hold millions of them.
                while b"\n\n\n" in whole:
                    whole = whole.replace(b"\n\n\n", b"\n\n")
                for block in whole[:-2].split(b"\n\n"):
                    self._block(block, runs)
                    self._dispatch(runs)
        if lines:
            self._block(lines[:-1], runs)

    def _alike(self, lines: bytes, runs: list[EventRun]) -> bool:
        """Read blocks of one data line each, all of one event type; False, and nothing is read, where they are not."""
        if self._new_retry is not None:
            return False
        if not lines.startswith(self._head):
            event_type = lines[7 : lines.index(b"\n")] if lines.startswith(b"event: ") else b""
            head = b"event: %s\ndata: " % event_type if event_type else b"data: "
            if not lines.startswith(head):
                return False
            # Events of one type come in a row, so the next ones begin like these.
            self._head, self._between = head, b"\n\n" + head
            self._name = event_type.decode("utf-8", "replace") or "message"
        head = self._head
        values = lines.split(self._between)
        values[0] = values[0][len(head) :]
        values[-1] = values[-1][:-2]
        if _LF in b"".join(values):
            return False
        if len(lines) > self._least and max(len(head), 6 + max(map(len, values))) > self._least:
            return False
        self._last_event_id = last_id = self._id_buffer
        try:
            data = list(map(bytes.decode, values))
        except UnicodeDecodeError:
            data = [value.decode("utf-8", "replace") for value in values]
        self._count += len(data)
        runs.append(EventRun(data, self._name, last_id))
        return True

    def _block(self, block: bytes, runs: list[EventRun]) -> None:
        """Read lines, the last one's LF left off."""
        if len(block) <= self._max_line and len(self._data) + len(block) <= self._max_event:
            if block.startswith(b"event: ") and _LF in block:
                line, _, block = block.partition(b"\n")
                self._event_type = line[7:]
            if block.startswith(b"data: "):
                values = block[6:].split(b"\ndata: ")
                if _LF not in b"".join(values):
                    self._data += b"\n".join(values)
                    self._data += b"\n"
                    return
        for line in block.split(b"\n"):
            self._line(line, runs)

    def _line(self, line: bytes, runs: list[EventRun]) -> None:
        self._check_line(line)
        if not line:
            self._dispatch(runs)
            return
        field, _, value = line.partition(b":")
        self._beside += field != b"data"
        if not field:
            self._comment(line, value)
            return
        value = value.removeprefix(b" ")
        if field not in (b"data", b"event"):
            self.stray_lines.look_at(line, self._count)
        match field:
            case b"data":
                self._data += value
                self._data += b"\n"
                if len(self._data) > self._max_event + 1:
                    self._fail("An event", "max_event_bytes", self._max_event)
            case b"event":
                self._event_type = value
            case b"id" if 0 not in value:
                self._id_buffer = value.decode("utf-8", "replace")
            case b"error" if self._error_field is None:
                self._error_field = value
            # On bytes, isdigit() means the ASCII digits.
            case b"retry" if value.isdigit() and len(value.lstrip(b"0")) <= MAX_RETRY_DIGITS:
                self._retry = self._new_retry = int(value.lstrip(b"0") or b"0")

    def _comment(self, line: bytes, value: bytes) -> None:
        self._comment_count += 1
        self._last_comment = value
        # One that does not name it was not meant as data; there may be a million of them.
        if b"data" in value:
            self.stray_lines.look_at(line, self._count)

    def _dispatch(self, runs: list[EventRun]) -> None:
        self._last_event_id = self._id_buffer
        event_type, self._event_type = self._event_type, b""
        if b"{" in event_type:
            self.stray_lines.look_at(b"event: " + event_type, self._count)
        beside, self._beside = self._beside, 0
        if not self._data:
            self._idle += beside + 1
            return
        if beside > _OWN_LINES:
            self._idle += beside - _OWN_LINES
        del self._data[-1:]
        data = self._data.decode("utf-8", "replace")
        name = event_type.decode("utf-8", "replace") or "message"
        self._count += 1
        add_event(runs, data, name, self._last_event_id, self._new_retry)
        self._data.clear()
        self._new_retry = None

    def _check_line(self, line: bytes | bytearray) -> None:
        """Hold a line, finished or not, against the limit that its bytes reach first."""
        if line.startswith(b"data:"):
            name = 6 if line[5:6] == b" " else 5
            room = self._max_event - len(self._data) + name
            if room <= self._max_line and len(line) > room:
                self._fail("An event", "max_event_bytes", self._max_event)
        if len(line) > self._max_line:
            self._fail("A line", "max_line_bytes", self._max_line)

    def _fail(self, what: str, limit: str, maximum: int) -> NoReturn:
        self._failure = (what, limit, maximum)
        raise limit_error(what, limit, maximum, parser="EventStreamParser")
