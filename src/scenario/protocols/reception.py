"""The reading of one response: pieces with their times go in, events with their times and the reply come out.

Nothing here waits or knows a clock: a transport's chunks carry their times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.errors import WireLimitError
from scenario.exchange import Chunk
from scenario.protocols import nearest
from scenario.protocols.body_ends import block_at_the_end, end_of, start_of
from scenario.protocols.detection import Choice, choose
from scenario.protocols.event_names import is_keep_alive
from scenario.protocols.folding import Folding
from scenario.protocols.framed_body import CONTENT, MALFORMED, Cutting, EventNotes
from scenario.protocols.framing import DEFAULT_MAX_EVENTS, Framer, too_many
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, is_utf8, read_json, repaired
from scenario.protocols.no_text import error_of_no_text, note_bytes_that_are_no_text
from scenario.protocols.protocol import Dialect, Ending, Framing, Head, ReadOptions, Sample
from scenario.protocols.reception_options import ReceptionOptions as ReceptionOptions
from scenario.protocols.registry import AUTO, dialect_named
from scenario.protocols.rejection import another_kind, beside_events, is_page, is_refusal, is_unreadable, refusal
from scenario.protocols.session_value import SessionValue
from scenario.protocols.sniffing import Framed, framing_of
from scenario.protocols.sound_values import make_sound
from scenario.protocols.unread import is_unread
from scenario.received_events import ReceivedEvents
from scenario.types import ReceivedEvent, Reply, ReplyError
from scenario.wire.event import EventRun, ServerSentEvent, events_of, first_of

_ALL_FRAMINGS: Final[Sequence[Framing]] = ("sse", "ndjson", "json", "text")
# So many events are looked at before a stream that nobody is sure of is taken for home-made.
_EVENTS_TO_LOOK_AT: Final = 4
# Where events that came at once cannot be read at once, so many of them may be.
_AT_ONCE: Final = 256


class Reception:
    """Reads one response.

    Args:
        head: its status and headers.
        options: how it is to be read.
        dialect: the one of `options.protocol`, where no name is registered for it.

    Attributes:
        chunks: the body's pieces, as they came.
        size: the body's bytes.
        protocol: the dialect; "auto" until it is decided.
        reason: how that was decided.
        late_text: the text that only the end of the body has brought.
        limit_passed: which limit was found to be passed when the body had ended, in words; empty where none was.
        only_keep_alives: whether the piece that was read last, after an end, has brought nothing else.
    """

    def __init__(self, head: Head, options: ReceptionOptions, dialect: Dialect | None = None) -> None:
        self.chunks: list[Chunk] = []
        self.size = 0
        self.late_text = ""
        self.limit_passed = ""
        self.only_keep_alives = True
        self.protocol = options.protocol
        self.reason = "" if options.protocol == AUTO else "it was asked for"
        self._head = head
        self._options = options
        self._dialect = dialect
        if dialect is None and options.protocol != AUTO:
            self._dialect = dialect_named(options.protocol)
        self._framing: Framing | None = None
        self._cutting: Cutting | None = None
        self._framer: Framer | None = None
        self._notes = EventNotes()
        self._framed = 0
        self._last: tuple[float, EventRun] | None = None
        self._events: ReceivedEvents | None = None
        # A limit was passed, or a dialect has failed: nothing more is cut into events.
        self._stopped: Exception | None = None
        self._folding: Folding | None = None
        self._refused = is_refusal(head)
        self._page = False
        self._next_sniff = 0
        self._waiting: list[tuple[float, EventRun]] | None = None
        self._ends_at = None if options.end is None else JsonPath(options.end, argument="end")
        self._session = None if options.session_path is None else SessionValue(options.session_path, head)

    @property
    def over(self) -> bool:
        """Whether an end, or an error, has been read that may be the last: a moment tells whether more begins."""
        return self._folding is not None and self._folding.is_over

    @property
    def saw_terminal(self) -> bool:
        """Whether the reply's terminal event has been read."""
        return self._folding is not None and self._folding.reader.over

    @property
    def has_ended(self) -> bool:
        """Whether what was read last has an end of its own, after which more may still come."""
        return self._folding is not None and self._folding.has_ended

    @property
    def events(self) -> ReceivedEvents:
        """The events so far, with the times of the pieces that completed them."""
        if self._events is not None:
            return self._events
        last = None
        if self._last is not None and len(self._notes) == self._framed:
            at, run = self._last
            last = ReceivedEvent(at, run.data[-1], run.event, run.id)
        return self._notes.events(self.chunks, self._cutting, last)

    def feed(self, chunk: Chunk) -> str:
        """Take in the next piece of the body.

        Returns:
            What it adds to the answer's text.

        Raises:
            WireLimitError: the body or an event is larger than its limit, or there are too many of them. Events that
                came before it in the same piece are taken in first, and the next call raises.
        """
        if self._stopped is not None:
            raise self._stopped
        options = self._options
        size = self.size + len(chunk.data)
        if size > options.max_body_bytes:
            raise WireLimitError(
                f"The body is longer than max_body_bytes ({options.max_body_bytes} bytes) allows.",
                limit="max_body_bytes",
                maximum=options.max_body_bytes,
            )
        if len(self.chunks) >= options.max_events and len(self.chunks) >= DEFAULT_MAX_EVENTS:
            # Tiny pieces take more memory than tiny events, and no body comes in so many that has fewer events.
            raise too_many("pieces", max(options.max_events, DEFAULT_MAX_EVENTS))
        self.size = size
        self.chunks.append(chunk)
        self.only_keep_alives = True
        return self._sniff(ended=False) if self._framer is None else self._cut(self._framer, chunk)

    def _cut(self, framer: Framer, chunk: Chunk) -> str:
        """Cut a piece into events, and read them."""
        texts: list[str] = []
        assert self._cutting is not None  # noqa: S101 - there is a framer
        for data in self._cutting.slices(chunk.data):
            if self._stopped is not None:
                break
            try:
                if runs := framer.feed(data):
                    texts.append(self._taken(runs, chunk.at))
                if framer.idle_lines > self._options.max_events:
                    raise too_many("lines without an event", self._options.max_events)
            except WireLimitError as error:
                self._stopped = error
                if not texts:
                    raise
        return "".join(texts)

    def _taken(self, runs: list[EventRun], at: float) -> str:
        """Count events, and read them; those that are too many are not read, and nothing is any more."""
        room = self._options.max_events - self._framed
        if (count := sum([len(run.data) for run in runs])) > room:
            runs, count = first_of(runs, room), room
            self._stopped = too_many("events", self._options.max_events)
            if not runs:
                raise self._stopped
        self._framed += count
        self._last = (at, runs[-1])
        if self.over and not all(map(is_keep_alive, events_of(runs))):
            self.only_keep_alives = False
        try:
            return self._take(runs, at)
        except Exception as error:
            self._stopped = error
            self._notes.add_unread(at, self._framed)
            raise

    def finish(self, *, clean: bool) -> Reply:
        """The reply, when the body has ended.

        Args:
            clean: the transfer ended as HTTP says it should, and nobody gave up on it.
        """
        if self._refused:
            return self._failed(refusal(self._head, start_of(self.chunks)))
        clean = self._close() and clean
        if self._folding is None and self._framer is not None:
            self.late_text += self._decide(ended=True)
        if self._page or (self._folding is None and is_unreadable(self._head)):
            kind = "a web page" if self._page else self._head.content_type
            return self._failed(another_kind(kind, start_of(self.chunks)))
        framer, beside = self._framer, None
        if framer is not None and not self._head.is_websocket:
            beside = beside_events(self._framing, framer.error_field, end_of(self.chunks), over=self.over)
        if self._folding is None or framer is None:
            return self._nothing(clean=clean) if beside is None else self._failed(beside)
        if beside is not None:
            self._folding.reader.reply.fail(beside.message, beside.code)
        last = block_at_the_end(self.chunks) if self._framing == "sse" else ()
        ending = Ending(clean=clean, half_event=framer.half_event, left_over=framer.left_over, last_block=last)
        reply = self._folding.finish(ending, framer.stray_lines)
        self.late_text += self._folding.late_text
        if reply.error is None and (no_text := error_of_no_text(reply, self._head, self.chunks)) is not None:
            return self._failed(no_text)
        if (
            clean
            and not framer.half_event
            and is_unread(reply, self._folding, framing=self._framing, events=len(self._notes), chunks=self.chunks)
        ):
            return self._nothing(clean=clean)
        return self._complemented(reply)

    def _close(self) -> bool:
        """Read what only the end of the body completes; whether no limit was passed."""
        try:
            if self._framer is None:
                self.late_text += self._sniff(ended=True)
            if self._framer is not None and self._stopped is None and (runs := self._framer.close()):
                self.late_text += self._taken(runs, self.chunks[-1].at)
            if isinstance(self._stopped, WireLimitError):
                raise self._stopped
        except WireLimitError as error:
            # Events that came before it in the same piece were handed out first.
            self.limit_passed = str(error)
        return not self.limit_passed

    def _sniff(self, *, ended: bool) -> str:
        """Decide the framing by the first bytes, and read what has come."""
        if self._refused or is_unreadable(self._head) or (self.size < self._next_sniff and not ended):
            return ""
        start = start_of(self.chunks)
        dialect = self._dialect
        allowed = _ALL_FRAMINGS if dialect is None else dialect.framings
        if self._head.is_websocket:
            # Events as a stream's, whatever the dialect is used to.
            framed: Framed | None = Framed("sse" if "sse" in allowed else allowed[0], "it came over a WebSocket")
        else:
            framed = framing_of(self._head, start, allowed, ended=ended) if start else None
        if framed is None:
            # Seldom once there is much of it, so that a body in tiny pieces is not looked at for each of them.
            self._next_sniff = self.size * 5 // 4 if self.size > 1024 else 0
            return ""
        if is_page(self._head, start) and not (self._head.is_websocket and framed.framing in ("sse", "ndjson")):
            self._page = True
            self._next_sniff = 1 << 62
            return ""
        self._framing = framed.framing
        self._cutting = Cutting.of(
            self._head,
            framed.framing,
            max_event_bytes=self._options.max_event_bytes,
            max_events=self._options.max_events,
        )
        self._framer = framer = self._cutting.framer()
        if dialect is None:
            self.reason = framed.reason
        else:
            self._use(dialect)
        return "".join([self._cut(framer, chunk) for chunk in self.chunks if self._stopped is None])

    def _use(self, dialect: Dialect) -> None:
        assert self._framing is not None  # noqa: S101 - decided before the dialect
        options = self._options
        self.protocol = dialect.name
        ends_so = options.end is not None or dialect.name in options.known_terminals
        done = True if options.done is None and ends_so else options.done
        self._folding = Folding(
            dialect,
            ReadOptions(framing=self._framing, text_path=options.text_path, done=done, pieces=options.pieces),
            malformed=options.malformed,
            finish_reasons=options.finish_reasons,
            before=len(self._notes),
        )

    def _take(self, runs: list[EventRun], at: float) -> str:
        """Hand events to the reader, and note them."""
        folding = self._folding
        if folding is None:
            if self._waiting is None and self._framing in ("sse", "ndjson"):
                runs = self._without_keep_alives(runs, at)
            if not runs:
                return ""
            self._waiting = (self._waiting or []) + [(at, run) for run in runs]
            return self._decide(ended=any(map(self._is_end, events_of(runs))))
        texts: list[str] = []
        for run in runs:
            if self._session is not None or self._ends_at is not None:
                texts += [self._read(folding, event, at) for event in run.events()]
                continue
            pieces = self._read_texts(folding, run, at)
            texts += self._read_apart(folding, run, at) if pieces is None else pieces
        text = "".join(texts)
        return text if is_utf8(text) else repaired(text)

    def _without_keep_alives(self, runs: list[EventRun], at: float) -> list[EventRun]:
        """Note the keep-alives that a stream begins with: no dialect is known by them, however many there are."""
        for index, run in enumerate(runs):
            for count, data in enumerate(run.data):
                event = ServerSentEvent(run.event, data, run.id, None if count else run.retry)
                if not is_keep_alive(event) or self._is_end(event):
                    rest = EventRun(run.data[count:], run.event, run.id, event.retry) if count else run
                    return [rest, *runs[index + 1 :]]
                self._notes.add(at, 0)
                if self._session is not None:
                    self._session.look_into(event.data)
        return []

    def _read_texts(self, folding: Folding, run: EventRun, at: float) -> list[str] | None:
        """Hand events that are alike to the reader at once, and note them; None where it does not take them so."""
        data = run.data
        pieces = folding.read_texts(data, run.event)
        if pieces is None:
            return None
        self._notes.add(at, CONTENT, len(data))
        return pieces

    def _read_apart(self, folding: Folding, run: EventRun, at: float) -> list[str]:
        """Hand them to the reader in parts: at once those in a row that it takes for nothing but text."""
        texts: list[str] = []
        if len(parts := run.parts(_AT_ONCE)) > 1:
            for part in parts:
                pieces = self._read_texts(folding, part, at)
                texts += self._read_apart(folding, part, at) if pieces is None else pieces
            return texts
        events, place, most = run.events(), 0, _AT_ONCE
        while place < len(events):
            count = folding.texts_ahead(run.data[place : place + most])
            part = EventRun(run.data[place : place + count], run.event, run.id)
            if count and (pieces := self._read_texts(folding, part, at)) is not None:
                texts += pieces
                place, most = place + count, 2 * most
            elif count > 1:  # they decode as text alone, and may be more to the reader: one by one then, at first
                most = 1
            else:
                texts.append(self._read(folding, events[place], at))
                place += 1
        return texts

    def _read(self, folding: Folding, event: ServerSentEvent, at: float) -> str:
        """Hand one event to the dialect's reader, and note it; the text that it brought."""
        if ends := self._is_end(event):
            folding.reader.closing = True
        brought = folding.read(event)
        self._notes.add(at, CONTENT * brought.content + MALFORMED * (brought.kind == "malformed"))
        if self._session is not None:
            self._session.look_into(event.data)
        if ends and not folding.reader.over:
            folding.close()
        return brought.text

    def _decide(self, *, ended: bool) -> str:
        """Decide the dialect by the first events, and read them."""
        waiting = self._waiting
        if not waiting or self._framing is None:
            return ""
        first = events_of(first_of([run for _, run in waiting], _EVENTS_TO_LOOK_AT))
        samples: list[Sample] = []
        choice: Choice | None = None
        # One event after the other, so that how many came in one piece makes no difference.
        for count, event in enumerate(first, start=1):
            samples.append(Sample(event, read_json(event.data)))
            last_chance = count == _EVENTS_TO_LOOK_AT or (ended and count == len(first))
            choice = choose(self._head, self._framing, tuple(samples), last_chance=last_chance)
            if choice is not None:
                break
        if choice is None:
            return ""
        self.reason = f"{self.reason}; {choice.reason}"
        self._use(choice.dialect)
        self._waiting = None
        return "".join([self._take([run], at) for at, run in waiting])

    def _is_end(self, event: ServerSentEvent) -> bool:
        """Whether this event ends the reply by the user's own condition."""
        return (
            self._ends_at is not None
            and (value := read_json(event.data)) is not NOT_JSON
            and self._ends_at.holds(value)
        )

    def _nothing(self, *, clean: bool) -> Reply:
        """No answer at all: an error where the server ended it so, a truncated reply where the transfer broke."""
        if not clean:
            return self._complemented(Reply(protocol=self.protocol, outcome="truncated", complete=False))
        error = error_of_no_text(Reply(), self._head, self.chunks)
        return self._failed(nearest.unreadable(start_of(self.chunks), self.size) if error is None else error)

    def _failed(self, error: ReplyError) -> Reply:
        return self._complemented(Reply(protocol=self.protocol, error=error, outcome="error", complete=False))

    def _complemented(self, reply: Reply) -> Reply:
        if self._session is not None and self._session.value is not None:
            reply.session[self._options.session_key] = self._session.value
        make_sound(reply)
        note_bytes_that_are_no_text(reply, self._head, self.chunks)
        reply.events = self._events = self.events  # they are as they came
        return reply
